package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.Structures.MsrEntry;
import dev.skerry.execution.kvm.Structures.Msrs;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A virtual CPU's state as bytes: magic, version, the structures of {@link StateKind} in their
 * order, each with its length, then MSRs as a count and pairs of number and value. Numbers are
 * big-endian, the structures as the kernel gives them.
 */
final class CpuState {
    /** "SKVC". */
    private static final int MAGIC = 0x534b_5643;

    private static final int VERSION = 1;

    private static final int TSC = 0x10;
    private static final int TSC_ADJUST = 0x3b;
    private static final int TSC_DEADLINE = 0x6e0;

    /** MTRRs, which KVM keeps and does not list. Intel SDM 3A, section 12.11. */
    private static final int[] MTRRS = {
        0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f, 0x2ff, 0x200,
        0x201, 0x202, 0x203, 0x204, 0x205, 0x206, 0x207, 0x208, 0x209, 0x20a, 0x20b, 0x20c, 0x20d,
        0x20e, 0x20f
    };

    private final Fd fd;
    private final int index;

    /** Those that can be read here, the deadline timer's last. */
    private int[] msrs = {};

    private byte[] powerOn;

    CpuState(Fd fd, int index) {
        this.fd = fd;
        this.index = index;
    }

    /** Remembers the state of a new CPU, which is its state after every reset. */
    void powerOn(int[] listed) throws LinuxException {
        int[] wanted = Arrays.copyOf(listed, listed.length + MTRRS.length);
        System.arraycopy(MTRRS, 0, wanted, listed.length, MTRRS.length);
        int[] readable = new int[wanted.length];
        int count = 0;
        boolean hasDeadline = false;
        for (int msr : wanted) {
            if (msr == TSC_DEADLINE) {
                hasDeadline = true;
            } else if (canKeep(msr)) {
                readable[count++] = msr;
            }
        }
        if (hasDeadline && canKeep(TSC_DEADLINE)) {
            readable[count++] = TSC_DEADLINE;
        }
        msrs = Arrays.copyOf(readable, count);
        powerOn = save();
    }

    /** Whether KVM gives an MSR and takes its value back: some are listed and are neither. */
    private boolean canKeep(int msr) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = msrTable(arena, msr);
            return Request.GET_MSRS.tryCall(fd, one) == 1 && Request.SET_MSRS.tryCall(fd, one) == 1;
        }
    }

    private static MemorySegment msrTable(Arena arena, int... numbers) {
        MemorySegment s =
                arena.allocate(Msrs.BYTES + (long) numbers.length * MsrEntry.BYTES, Long.BYTES);
        Words.put32(s, Msrs.COUNT, numbers.length);
        for (int i = 0; i < numbers.length; i++) {
            Words.put32(s, msrAt(i) + MsrEntry.INDEX, numbers[i]);
        }
        return s;
    }

    private static long msrAt(int entry) {
        return Msrs.BYTES + (long) entry * MsrEntry.BYTES;
    }

    byte[] save() throws LinuxException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(8192);
        put(out, MAGIC);
        put(out, VERSION);
        try (Arena arena = Arena.ofConfined()) {
            for (StateKind kind : StateKind.values()) {
                MemorySegment s = arena.allocate(kind.sizeBytes, Long.BYTES);
                kind.get.call(fd, s);
                put(out, kind.sizeBytes);
                out.writeBytes(s.toArray(ValueLayout.JAVA_BYTE));
            }
            MemorySegment table = msrTable(arena, msrs);
            long got = Request.GET_MSRS.call(fd, table);
            if (got != msrs.length) {
                throw new LinuxException("KVM_GET_MSRS", 5, msrName(msrs[(int) got]));
            }
            put(out, msrs.length);
            for (int i = 0; i < msrs.length; i++) {
                put(out, msrs[i]);
                long value = Words.i64(table, msrAt(i) + MsrEntry.DATA);
                put(out, (int) (value >>> 32));
                put(out, (int) value);
            }
        }
        return out.toByteArray();
    }

    private static void put(ByteArrayOutputStream out, int value) {
        out.write(value >>> 24);
        out.write(value >>> 16);
        out.write(value >>> 8);
        out.write(value);
    }

    private static String msrName(int number) {
        return String.format("MSR 0x%x", number);
    }

    void restore(byte[] bytes) throws IOException {
        restore(bytes, false);
    }

    void reset() {
        try {
            restore(powerOn, true);
        } catch (IOException e) {
            throw new IllegalStateException("CPU " + index + " cannot be reset", e);
        }
    }

    private void restore(byte[] bytes, boolean keepTime) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try (Arena arena = Arena.ofConfined()) {
            if (in.getInt() != MAGIC) {
                throw new IOException(
                        "not the state of a virtual CPU: its first bytes are not SKVC");
            }
            int version = in.getInt();
            if (version != VERSION) {
                throw new IOException(
                        "the state of a virtual CPU is of version "
                                + version
                                + ", wanted "
                                + VERSION);
            }
            StateKind[] kinds = StateKind.values();
            MemorySegment[] parts = new MemorySegment[kinds.length];
            for (StateKind kind : kinds) {
                parts[kind.ordinal()] = part(in, kind, arena);
            }
            MemorySegment table = readMsrs(in, arena, keepTime);
            if (in.hasRemaining()) {
                throw new IOException(
                        "the state of a virtual CPU has " + in.remaining() + " bytes too many");
            }
            for (StateKind kind : kinds) {
                if (kind == StateKind.MP_STATE) {
                    setMsrs(table);
                }
                kind.set.call(fd, parts[kind.ordinal()]);
            }
        } catch (BufferUnderflowException e) {
            throw new IOException("the state of a virtual CPU is cut short", e);
        }
    }

    private static MemorySegment part(ByteBuffer in, StateKind kind, Arena arena)
            throws IOException {
        int length = in.getInt();
        if (length != kind.sizeBytes) {
            throw new IOException(
                    "the state of a virtual CPU has "
                            + length
                            + " bytes of "
                            + kind
                            + ", wanted "
                            + kind.sizeBytes);
        }
        byte[] content = new byte[length];
        in.get(content);
        MemorySegment s = arena.allocate(length, Long.BYTES);
        MemorySegment.copy(content, 0, s, ValueLayout.JAVA_BYTE, 0, length);
        return s;
    }

    private static MemorySegment readMsrs(ByteBuffer in, Arena arena, boolean keepTime) {
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / 12) {
            throw new BufferUnderflowException();
        }
        MemorySegment s = arena.allocate(msrAt(count), Long.BYTES);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int number = in.getInt();
            long value = in.getLong();
            if (keepTime && (number == TSC || number == TSC_ADJUST)) {
                continue;
            }
            Words.put32(s, msrAt(kept) + MsrEntry.INDEX, number);
            Words.put64(s, msrAt(kept) + MsrEntry.DATA, value);
            kept++;
        }
        Words.put32(s, Msrs.COUNT, kept);
        return s;
    }

    private void setMsrs(MemorySegment table) throws IOException {
        int count = Words.i32(table, Msrs.COUNT);
        long set = Request.SET_MSRS.call(fd, table);
        if (set != count) {
            int number = Words.i32(table, msrAt((int) set) + MsrEntry.INDEX);
            throw new IOException("this host's KVM does not take " + msrName(number));
        }
    }
}
