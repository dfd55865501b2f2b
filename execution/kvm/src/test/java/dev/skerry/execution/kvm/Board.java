package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.KvmRegisters.SegmentName;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.verify.asm.Assembler;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * A machine of memory, a register window and ports, for guests of a few instructions. What the
 * guest does to window and ports is recorded as lines of text; what it reads counts up.
 */
final class Board implements AutoCloseable {
    static final long RAM_BYTES = 4 << 20;
    static final long WINDOW = 0xd000_0000L;
    static final int PORTS = 0x500;

    /** Stops the CPU that writes to it. */
    static final int STOP_PORT = 0xf4;

    /** Says something to the test, which waits for it. */
    static final int SIGNAL_PORT = 0xf8;

    private static final long LONGEST_MS = 60_000;
    private static final long GDT = 0x1000;
    private static final long PML4 = 0x1_0000;
    private static final int CODE_SELECTOR = 0x10;
    private static final int DATA_SELECTOR = 0x18;
    private static final int CODE32_SELECTOR = 0x20;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    final RamBlock ram;
    final Container memory = new Container("memory", 1L << 40);
    final AddressSpace memorySpace = new AddressSpace("memory", memory);
    final IoRegion window = new IoRegion("window", 0x1000, AccessSizes.ANY, new Recorder("mem"));
    final KvmSystem system;
    final KvmVm vm;
    final List<String> trace = new ArrayList<>();
    final LinkedBlockingQueue<Integer> signals = new LinkedBlockingQueue<>();

    /** Answers what the guest says, on its CPU's thread and before the guest goes on. */
    volatile IntConsumer answer = _ -> {};

    /** Whether reading the stop port stops the CPU too. */
    volatile boolean stopOnRead;

    private long next = 0x1122_3344_5566_7788L;

    Board(int cpus) throws IOException {
        system = openOrSkip();
        ram = RamBlock.allocate("board", RAM_BYTES);
        memory.add(new RamRegion("ram", ram, false), 0);
        memory.add(window, WINDOW);
        Container ports = new Container("ports", 0x1_0000);
        ports.add(new IoRegion("ports", 0x100, AccessSizes.ANY, new Recorder("port")), PORTS);
        ports.add(new IoRegion("stop", 1, AccessSizes.ANY, new Control(true)), STOP_PORT);
        ports.add(new IoRegion("signal", 1, AccessSizes.ANY, new Control(false)), SIGNAL_PORT);
        Log log = Log.of(new LogSink("board", 0, System.err, Level.WARNING));
        vm = system.createVm(memorySpace, new AddressSpace("ports", ports), log);
        CpuidTable cpuid = system.supportedCpuid();
        for (int i = 0; i < cpus; i++) {
            vm.createCpu(i, cpuid.forCpu(i, cpus));
        }
    }

    static KvmSystem openOrSkip() {
        try {
            return KvmSystem.open();
        } catch (KvmMissingException e) {
            Assumptions.abort(e.getMessage());
            throw new AssertionError(e);
        }
    }

    private final class Recorder implements IoHandler {
        private final String name;

        Recorder(String name) {
            this.name = name;
        }

        @Override
        public long read(long offset, int size) {
            long value = next & AccessSizes.ones(size);
            next += 0x0101_0101_0101_0101L;
            trace.add(String.format("%s read%d %x gives %x", name, size, offset, value));
            return value;
        }

        @Override
        public void write(long offset, int size, long value) {
            trace.add(String.format("%s write%d %x = %x", name, size, offset, value));
        }
    }

    private final class Control implements IoHandler {
        private final boolean stops;

        Control(boolean stops) {
            this.stops = stops;
        }

        @Override
        public long read(long offset, int size) {
            if (stopOnRead) {
                running.get().stop();
            }
            return 0x5a;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (stops) {
                running.get().stop();
            } else {
                answer.accept((int) value);
                signals.add((int) value);
            }
        }
    }

    private final ThreadLocal<KvmCpu> running = new ThreadLocal<>();

    KvmCpu cpu(int index) {
        return vm.cpus().get(index);
    }

    void load(Assembler program, long gpa) {
        byte[] code = program.bytes();
        MemorySegment.copy(code, 0, ram.segment(), ValueLayout.JAVA_BYTE, gpa, code.length);
    }

    int get32(long gpa) {
        return ram.segment().get(INT, gpa);
    }

    /** Has a CPU begin in real mode, at an address below 64 KiB. */
    void realMode(int cpu, int gpa) {
        KvmRegisters r = cpu(cpu).registers();
        for (SegmentName name : List.of(SegmentName.CS, SegmentName.DS, SegmentName.SS)) {
            r.setSegment(name, 0, 0, 0xffff, name == SegmentName.CS ? 0x9b : 0x93);
        }
        r.setGeneral(4, 0x7000);
        r.setRip(gpa);
    }

    private void tables() {
        MemorySegment m = ram.segment();
        m.set(LONG, GDT + CODE_SELECTOR, 0x00af_9b00_0000_ffffL);
        m.set(LONG, GDT + DATA_SELECTOR, 0x00cf_9300_0000_ffffL);
        m.set(LONG, GDT + CODE32_SELECTOR, 0x00cf_9b00_0000_ffffL);
        m.set(LONG, PML4, PML4 + 0x1000 | 3);
        for (int i = 0; i < 4; i++) {
            m.set(LONG, PML4 + 0x1000 + 8L * i, PML4 + 0x2000 + 0x1000L * i | 3);
            for (int j = 0; j < 512; j++) {
                m.set(LONG, PML4 + 0x2000 + 0x1000L * i + 8L * j, (i * 512L + j) << 21 | 0x83);
            }
        }
    }

    private void flat(KvmRegisters r, int code, int attributes) {
        r.setGdt(GDT, CODE32_SELECTOR + 7);
        r.setSegment(SegmentName.CS, code, 0, 0xffff_ffffL, attributes);
        for (SegmentName name :
                List.of(
                        SegmentName.DS,
                        SegmentName.ES,
                        SegmentName.FS,
                        SegmentName.GS,
                        SegmentName.SS)) {
            r.setSegment(name, DATA_SELECTOR, 0, 0xffff_ffffL, 0xc093);
        }
        r.setGeneral(4, 0x20_0000);
    }

    /** Has a CPU begin in flat 32-bit protected mode without paging. */
    void protectedMode(int cpu, long gpa) {
        tables();
        KvmRegisters r = cpu(cpu).registers();
        flat(r, CODE32_SELECTOR, 0xc09b);
        r.setControl(0, 0x31);
        r.setRip(gpa);
    }

    /** Has a CPU begin in 64-bit mode, the first 4 GiB mapped to themselves. */
    void longMode(int cpu, long gpa) {
        tables();
        KvmRegisters r = cpu(cpu).registers();
        flat(r, CODE_SELECTOR, 0xa09b);
        r.setControl(4, 0x620);
        r.setControl(3, PML4);
        r.setEfer(0x500);
        r.setControl(0, 0x8000_0031L);
        r.setRip(gpa);
    }

    /** Runs a CPU here, until the guest stops it. */
    KvmCpu.Stop run(int cpu) {
        running.set(cpu(cpu));
        return cpu(cpu).run();
    }

    /** Runs a CPU on a thread of its own. */
    CompletableFuture<KvmCpu.Stop> start(int cpu) {
        CompletableFuture<KvmCpu.Stop> end = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .name("vcpu" + cpu)
                .start(
                        () -> {
                            try {
                                end.complete(run(cpu));
                            } catch (Throwable t) {
                                end.completeExceptionally(t);
                            }
                        });
        return end.orTimeout(LONGEST_MS, TimeUnit.MILLISECONDS);
    }

    int await() throws InterruptedException {
        Integer signal = signals.poll(LONGEST_MS, TimeUnit.MILLISECONDS);
        if (signal == null) {
            throw new AssertionError("the guest said nothing for a minute; so far: " + trace);
        }
        return signal;
    }

    @Override
    public void close() {
        vm.close();
        system.close();
        ram.release();
    }
}
