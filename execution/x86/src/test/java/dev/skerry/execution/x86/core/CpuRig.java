package dev.skerry.execution.x86.core;

import dev.skerry.execution.x86.interpreter.Exit;
import dev.skerry.execution.x86.interpreter.Interpreter;
import dev.skerry.execution.x86.mmu.CodeCache;
import dev.skerry.execution.x86.mmu.GuestMemory;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.IntConsumer;

/**
 * CPUs with {@value #RAM_BYTES} bytes of memory and one port space, for tests. A write to port
 * {@value #STOP_PORT} stops the CPU; writes to others are kept as {@code port=value}. Interrupts are
 * taken from a queue.
 */
public final class CpuRig implements Platform, AutoCloseable {
    public static final int RAM_BYTES = 16 << 20;
    public static final int STOP_PORT = 0xf4;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private final RamBlock block;
    private final Container ports = new Container("ports", 0x10000);

    /** What is at which physical address: RAM, and what a test adds. */
    public final Container root = new Container("memory", Long.MAX_VALUE);

    public final GuestMemory memory;
    public final CodeCache code;
    public final CpuState state = new CpuState();
    public final Core core;
    public final Interpreter interpreter;
    public final List<String> written = new ArrayList<>();
    public final Deque<Integer> interrupts = new ConcurrentLinkedDeque<>();
    public int priority;

    /** Called with the port of each write, before the CPU goes on. */
    public IntConsumer onWrite = port -> {};

    public CpuRig() {
        try {
            block = RamBlock.allocate("test", RAM_BYTES);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
        root.add(new RamRegion("ram", block, false), 0);
        memory = new GuestMemory(new AddressSpace("memory", root), block, 2);
        code = new CodeCache(memory);
        ports.add(new IoRegion("ports", 0x10000, AccessSizes.ANY, new Ports()), 0);
        Mmu mmu = new Mmu(state, memory, code);
        core = new Core(state, mmu, new AddressSpace("ports", ports), this);
        code.attach(core);
        interpreter = new Interpreter(core, TestJit.translator(memory));
        for (Segment segment : state.segments) {
            segment.set(0, 0, 0xffff, 0x93);
        }
        state.ldtr.usable = false;
        state.tr.set(0, 0, 0xffff, 0x8b);
        state.idtrLimit = 0x3ff;
        state.dr[6] = 0xffff_0ff0L;
        state.dr[7] = 0x400;
        state.cr0 = Control.CR0_ET;
        state.updateMode();
        mmu.updatePrivilege();
    }

    private final class Ports implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return offset;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (offset == STOP_PORT) {
                core.request(Core.STOP);
            } else {
                written.add("%x=%x".formatted(offset, value));
            }
            onWrite.accept((int) offset);
        }
    }

    /** RAM as a device sees it: the CPU does not notice writes. */
    public MemorySegment ram() {
        return block.segment();
    }

    public void put(long gpa, byte... bytes) {
        MemorySegment.copy(bytes, 0, ram(), ValueLayout.JAVA_BYTE, gpa, bytes.length);
    }

    public void put64(long gpa, long value) {
        ram().set(LONG, gpa, value);
    }

    public long get64(long gpa) {
        return ram().get(LONG, gpa);
    }

    public void put32(long gpa, int value) {
        ram().set(ValueLayout.JAVA_INT_UNALIGNED, gpa, value);
    }

    public int get32(long gpa) {
        return ram().get(ValueLayout.JAVA_INT_UNALIGNED, gpa);
    }

    /** Runs until the guest stops; a guest that runs wild is stopped after ten seconds. */
    public Exit run() {
        Thread watch =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        Thread.sleep(10_000);
                                        written.add("timeout");
                                        core.request(Core.STOP);
                                    } catch (InterruptedException done) {
                                        Thread.currentThread().interrupt();
                                    }
                                });
        try {
            return interpreter.run();
        } finally {
            watch.interrupt();
        }
    }

    /** Makes an interrupt pending. From any thread. */
    public void interrupt(int vector) {
        interrupts.add(vector);
        core.request(Core.INTERRUPT);
    }

    @Override
    public void cpuid(Core core) {
        state.gpr[CpuState.RAX] = 0;
    }

    @Override
    public long readMsr(Core core, int number) {
        return switch (number) {
            case 0xc000_0080 -> state.efer;
            case 0xc000_0100 -> state.segments[Segment.FS].base;
            default -> throw state.fault(GuestFault.GP, 0);
        };
    }

    @Override
    public void writeMsr(Core core, int number, long value) {
        switch (number) {
            case 0xc000_0080 ->
                    state.efer = value & ~Control.EFER_LMA | state.efer & Control.EFER_LMA;
            case 0xc000_0081 -> state.star = value;
            case 0xc000_0082 -> state.lstar = value;
            case 0xc000_0084 -> state.sfmask = value;
            case 0x174 -> state.sysenterCs = value;
            case 0x175 -> state.sysenterEsp = value;
            case 0x176 -> state.sysenterEip = value;
            default -> throw state.fault(GuestFault.GP, 0);
        }
    }

    @Override
    public long timeStamp() {
        return 0x1122_3344_5566L;
    }

    @Override
    public int taskPriority() {
        return priority;
    }

    @Override
    public void setTaskPriority(int value) {
        priority = value;
    }

    @Override
    public int acknowledgeInterrupt() {
        Integer vector = interrupts.poll();
        return vector == null ? -1 : vector;
    }

    @Override
    public void initialize(Core core) {
        throw new AssertionError("no INIT in these tests");
    }

    @Override
    public void startUp(Core core) {
        throw new AssertionError("no startup messages in these tests");
    }

    @Override
    public long random() {
        return 0x0123_4567_89ab_cdefL;
    }

    @Override
    public void pause() {
        Thread.onSpinWait();
    }

    @Override
    public void waitForRequest(Core core) {
        while (!core.isRequested()) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void wake() {
        // Waiting is a spin.
    }

    @Override
    public void unknownInstruction(Core core, long rip) {
        written.add("unknown");
    }

    @Override
    public void floatingPointError() {
        written.add("fp error");
    }

    @Override
    public void close() {
        block.release();
    }
}
