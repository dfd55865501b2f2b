package dev.skerry.execution.kvm;

import dev.skerry.platform.memory.AddressSpace;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/**
 * {@code kvm_run}, the pages through which the kernel says why a virtual CPU left the guest, and
 * takes the answer. Everything is read where the kernel put it; nothing is allocated but for the
 * description of an error.
 */
final class RunPage {
    // Exit reasons. KVM API documentation, section 5.
    static final int UNKNOWN = 0;
    static final int IO = 2;
    static final int DEBUG = 4;
    static final int HLT = 5;
    static final int MMIO = 6;
    static final int IRQ_WINDOW_OPEN = 7;
    static final int SHUTDOWN = 8;
    static final int FAIL_ENTRY = 9;
    static final int INTR = 10;
    static final int INTERNAL_ERROR = 17;
    static final int SYSTEM_EVENT = 24;
    static final int IOAPIC_EOI = 26;
    static final int DIRTY_RING_FULL = 31;
    static final int BUS_LOCK = 33;
    static final int NOTIFY = 37;

    static final int SYSTEM_EVENT_SHUTDOWN = 1;
    static final int SYSTEM_EVENT_RESET = 2;
    static final int SYSTEM_EVENT_CRASH = 3;

    private static final int ERROR_EMULATION = 1;
    private static final int HAS_INSTRUCTION_BYTES = 1;
    private static final int MOST_INSTRUCTION_BYTES = 15;

    private static final Layout L = new Layout("kvm_run");
    private static final int REQUEST_INTERRUPT_WINDOW = L.u8();
    private static final int IMMEDIATE_EXIT = L.u8();
    private static final int PADDING = L.bytes(6);
    private static final int EXIT_REASON = L.u32();
    private static final int READY_FOR_INTERRUPT = L.u8();
    private static final int IF_FLAG = L.u8();
    private static final int FLAGS = L.u16();
    private static final int CR8 = L.u64();
    private static final int APIC_BASE = L.u64();
    private static final int UNION = L.bytes(256);
    private static final int VALID_REGS = L.u64();
    private static final int DIRTY_REGS = L.u64();
    private static final int SYNC_REGS = L.bytes(2048);
    static final int BYTES = L.end(2352);

    private static final Layout IO_LAYOUT = new Layout("kvm_run.io");
    private static final int IO_DIRECTION = UNION + IO_LAYOUT.u8();
    private static final int IO_SIZE = UNION + IO_LAYOUT.u8();
    private static final int IO_PORT = UNION + IO_LAYOUT.u16();
    private static final int IO_COUNT = UNION + IO_LAYOUT.u32();
    private static final int IO_DATA_OFFSET = UNION + IO_LAYOUT.u64();

    private static final Layout MMIO_LAYOUT = new Layout("kvm_run.mmio");
    private static final int MMIO_ADDRESS = UNION + MMIO_LAYOUT.u64();
    private static final int MMIO_DATA = UNION + MMIO_LAYOUT.u64();
    private static final int MMIO_LENGTH = UNION + MMIO_LAYOUT.u32();
    private static final int MMIO_IS_WRITE = UNION + MMIO_LAYOUT.u8();

    private static final Layout ERROR_LAYOUT = new Layout("kvm_run.emulation_failure");
    private static final int SUBERROR = UNION + ERROR_LAYOUT.u32();
    private static final int DATA_COUNT = UNION + ERROR_LAYOUT.u32();
    private static final int ERROR_FLAGS = UNION + ERROR_LAYOUT.u64();
    private static final int INSTRUCTION_SIZE = UNION + ERROR_LAYOUT.u8();
    private static final int INSTRUCTION = UNION + ERROR_LAYOUT.bytes(MOST_INSTRUCTION_BYTES);

    private final MemorySegment page;

    RunPage(MemorySegment page) {
        if (page.byteSize() < BYTES) {
            throw new AssertionError("the run page has " + page.byteSize() + " bytes");
        }
        this.page = page;
    }

    /** Has the next run return at once, after what the last exit left to do. */
    void setImmediateExit(boolean on) {
        Words.put8(page, IMMEDIATE_EXIT, on ? 1 : 0);
    }

    int exitReason() {
        return Words.i32(page, EXIT_REASON);
    }

    /** Does the port accesses of an {@link #IO} exit: one, or as many as a string instruction's. */
    void doPorts(AddressSpace ports) {
        int size = Words.u8(page, IO_SIZE);
        int port = Words.u16(page, IO_PORT);
        int count = Words.i32(page, IO_COUNT);
        long at = Words.i64(page, IO_DATA_OFFSET);
        if (Words.u8(page, IO_DIRECTION) != 0) {
            for (int i = 0; i < count; i++, at += size) {
                ports.write(port, size, Words.get(page, at, size));
            }
        } else {
            for (int i = 0; i < count; i++, at += size) {
                Words.put(page, at, size, ports.read(port, size));
            }
        }
    }

    /**
     * Does the access of an {@link #MMIO} exit. What crosses a page comes as two exits of any length
     * up to eight bytes; those are made of powers of two.
     */
    void doMemory(AddressSpace memory) {
        long gpa = Words.i64(page, MMIO_ADDRESS);
        int length = Words.i32(page, MMIO_LENGTH);
        boolean write = Words.u8(page, MMIO_IS_WRITE) != 0;
        for (int done = 0; done < length; ) {
            int size = Integer.highestOneBit(length - done);
            if (write) {
                memory.write(gpa + done, size, Words.get(page, MMIO_DATA + done, size));
            } else {
                Words.put(page, MMIO_DATA + done, size, memory.read(gpa + done, size));
            }
            done += size;
        }
    }

    int systemEvent() {
        return Words.i32(page, SUBERROR);
    }

    boolean isEmulationFailure() {
        return exitReason() == INTERNAL_ERROR && Words.i32(page, SUBERROR) == ERROR_EMULATION;
    }

    /** For a person: why the guest cannot go on. */
    String describe() {
        return switch (exitReason()) {
            case UNKNOWN ->
                    String.format(
                            "an exit KVM does not know, hardware reason 0x%x",
                            Words.i64(page, UNION));
            case FAIL_ENTRY ->
                    String.format(
                            "the processor refused to enter the guest, hardware reason 0x%x",
                            Words.i64(page, UNION));
            case HLT -> "the guest halts and there is no interrupt controller to wake it";
            case INTERNAL_ERROR -> describeInternalError();
            default -> "an exit of kind " + exitReason() + ", which nobody asked for";
        };
    }

    private String describeInternalError() {
        int suberror = Words.i32(page, SUBERROR);
        String kind =
                switch (suberror) {
                    case ERROR_EMULATION -> "KVM cannot emulate an instruction";
                    case 2 -> "two exceptions at once that KVM did not expect";
                    case 3 -> "an exit while an event was delivered";
                    case 4 -> "an exit KVM did not expect";
                    default -> "KVM internal error " + suberror;
                };
        int count = Math.clamp(Words.i32(page, DATA_COUNT), 0, 16);
        if (suberror == ERROR_EMULATION
                && count >= 3
                && (Words.i64(page, ERROR_FLAGS) & HAS_INSTRUCTION_BYTES) != 0) {
            int size = Math.min(Words.u8(page, INSTRUCTION_SIZE), MOST_INSTRUCTION_BYTES);
            byte[] bytes = new byte[size];
            for (int i = 0; i < size; i++) {
                bytes[i] = (byte) Words.u8(page, INSTRUCTION + i);
            }
            return kind + ", bytes " + HexFormat.ofDelimiter(" ").formatHex(bytes);
        }
        StringBuilder text = new StringBuilder(kind);
        for (int i = 0; i < count; i++) {
            text.append(String.format(" 0x%x", Words.i64(page, ERROR_FLAGS + 8L * i)));
        }
        return text.toString();
    }
}
