package dev.skerry.verify.accelerators;

import dev.skerry.execution.kvm.KvmCpu;
import dev.skerry.execution.kvm.KvmMissingException;
import dev.skerry.execution.kvm.KvmRegisters;
import dev.skerry.execution.kvm.KvmSystem;
import dev.skerry.execution.kvm.KvmVm;
import dev.skerry.execution.x86.Cpu;
import dev.skerry.execution.x86.CpuRegisters;
import dev.skerry.execution.x86.Processors;
import dev.skerry.execution.x86.apic.InterruptController;
import dev.skerry.execution.x86.model.CpuModel;
import dev.skerry.execution.x86.time.HostClock;
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

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A CPU of either kind with RAM, a read-only page, a window of registers and ports, for one guest of
 * a few instructions. What the guest does outside RAM becomes lines of text.
 */
abstract class TwinBoard implements AutoCloseable {
    static final int CODE = 0x8000;
    static final int DATA = 0x6000;
    static final int STOP_PORT = 0xf4;
    static final int PORTS = 0x500;
    static final long WINDOW = 0xd000_0000L;
    static final long ROM = 0xd010_0000L;

    private static final int RAM_BYTES = 1 << 20;
    private static final long GDT = 0x1000;
    private static final long PML4 = 0x1_0000;
    private static final int FLAT_CODE = 0x08;
    private static final int LONG_CODE = 0x10;
    private static final int FLAT_DATA = 0x18;
    private static final int STACK = 0x7000;
    private static final int RSP = 4;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final String[] DATA_SEGMENTS = {"DS", "ES", "FS", "GS", "SS"};

    final RamBlock ram = RamBlock.allocate("twin-ram", RAM_BYTES);
    final RamBlock rom = RamBlock.allocate("twin-rom", 0x1000);
    final AddressSpace memory;
    final AddressSpace ports;
    final Log log = Log.of(new LogSink("twin", 0, System.err, Level.WARNING));
    private final List<String> trace = new ArrayList<>();
    private long next = 0x1122_3344_5566_7788L;

    TwinBoard() throws IOException {
        Container map = new Container("memory", 1L << 40);
        map.add(new RamRegion("ram", ram, false), 0);
        map.add(new RamRegion("rom", rom, true), ROM);
        map.add(new IoRegion("window", 0x1000, AccessSizes.ANY, new Recorder("mem")), WINDOW);
        rom.segment().set(LONG, 0, 0x0123_4567_89ab_cdefL);
        Container io = new Container("ports", 0x1_0000);
        io.add(new IoRegion("ports", 0x100, AccessSizes.ANY, new Recorder("port")), PORTS);
        io.add(new IoRegion("stop", 1, AccessSizes.ANY, new Stopper()), STOP_PORT);
        memory = new AddressSpace("memory", map);
        ports = new AddressSpace("ports", io);
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

    private final class Stopper implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            stop();
        }
    }

    abstract void setSegment(String name, int selector, long limit, int attributes);

    abstract void setControl(int number, long value);

    abstract void setEfer(long value);

    abstract void setGdt(long base, int limit);

    abstract void setGeneral(int number, long value);

    abstract void setRip(long value);

    abstract long general(int number);

    abstract long rip();

    abstract long rflags();

    abstract void stop();

    /** Runs to the stop; the name of how it ended. */
    abstract String end();

    /** Runs a guest in a mode of 16, 32 or 64 bits; everything that can be seen of it. */
    List<String> run(int bits, Assembler program) {
        byte[] code = program.bytes();
        MemorySegment.copy(code, 0, ram.segment(), ValueLayout.JAVA_BYTE, CODE, code.length);
        begin(bits);
        trace.add(end());
        for (int i = 0; i < 16; i++) {
            trace.add(String.format("r%d = %x", i, general(i)));
        }
        trace.add(String.format("rip = %x, rflags = %x", rip(), rflags()));
        for (int i = 0; i < 8; i++) {
            trace.add(String.format("data %d = %x", i, ram.segment().get(LONG, DATA + 8L * i)));
        }
        return trace;
    }

    private void begin(int bits) {
        if (bits == 16) {
            setSegment("CS", 0, 0xffff, 0x9b);
            for (String name : DATA_SEGMENTS) {
                setSegment(name, 0, 0xffff, 0x93);
            }
        } else {
            tables();
            setGdt(GDT, FLAT_DATA + 7);
            boolean isLong = bits == 64;
            int attributes = isLong ? 0xa09b : 0xc09b;
            setSegment("CS", isLong ? LONG_CODE : FLAT_CODE, 0xffff_ffffL, attributes);
            for (String name : DATA_SEGMENTS) {
                setSegment(name, FLAT_DATA, 0xffff_ffffL, 0xc093);
            }
            if (isLong) {
                setControl(4, 0x620);
                setControl(3, PML4);
                setEfer(0x500);
            }
            setControl(0, isLong ? 0x8000_0031L : 0x31);
        }
        for (int i = 0; i < 16; i++) {
            setGeneral(i, 0);
        }
        setGeneral(RSP, STACK);
        setRip(CODE);
    }

    private void tables() {
        MemorySegment m = ram.segment();
        m.set(LONG, GDT + FLAT_CODE, 0x00cf_9b00_0000_ffffL);
        m.set(LONG, GDT + LONG_CODE, 0x00af_9b00_0000_ffffL);
        m.set(LONG, GDT + FLAT_DATA, 0x00cf_9300_0000_ffffL);
        m.set(LONG, PML4, PML4 + 0x1000 | 3);
        for (int i = 0; i < 4; i++) {
            m.set(LONG, PML4 + 0x1000 + 8L * i, PML4 + 0x2000 + 0x1000L * i | 3);
            for (int j = 0; j < 512; j++) {
                m.set(LONG, PML4 + 0x2000 + 0x1000L * i + 8L * j, (i * 512L + j) << 21 | 0x83);
            }
        }
    }

    @Override
    public void close() {
        ram.release();
        rom.release();
    }

    /** The software CPU. */
    static final class Software extends TwinBoard {
        private final HostClock clock = new HostClock("twin-clock");
        private final Cpu cpu;
        private final CpuRegisters r;

        Software() throws IOException {
            cpu =
                    new Processors(
                                    memory,
                                    ram,
                                    ports,
                                    CpuModel.skerry64(),
                                    1,
                                    clock,
                                    InterruptController.NONE,
                                    log)
                            .cpus()
                            .getFirst();
            r = cpu.registers();
        }

        @Override
        void setSegment(String name, int selector, long limit, int attributes) {
            r.setSegment(CpuRegisters.SegmentName.valueOf(name), selector, 0, limit, attributes);
        }

        @Override
        void setControl(int number, long value) {
            r.setControl(number, value);
        }

        @Override
        void setEfer(long value) {
            r.setEfer(value);
        }

        @Override
        void setGdt(long base, int limit) {
            r.setGdt(base, limit);
        }

        @Override
        void setGeneral(int number, long value) {
            r.setGeneral(number, value);
        }

        @Override
        void setRip(long value) {
            r.setRip(value);
        }

        @Override
        long general(int number) {
            return r.general(number);
        }

        @Override
        long rip() {
            return r.rip();
        }

        @Override
        long rflags() {
            return r.rflags();
        }

        @Override
        void stop() {
            cpu.stop();
        }

        @Override
        String end() {
            return cpu.run().name();
        }

        @Override
        public void close() {
            clock.close();
            super.close();
        }
    }

    /** The host's KVM. */
    static final class Kvm extends TwinBoard {
        private final KvmVm vm;
        private final KvmCpu cpu;
        private final KvmRegisters r;

        Kvm(KvmSystem system) throws IOException {
            vm = system.createVm(memory, ports, log);
            cpu = vm.createCpu(0, system.supportedCpuid().forCpu(0, 1));
            r = cpu.registers();
        }

        /** Why there is no KVM here, or null if there is one. */
        static String missing() {
            try {
                KvmSystem.open().close();
                return null;
            } catch (KvmMissingException e) {
                return e.getMessage();
            }
        }

        @Override
        void setSegment(String name, int selector, long limit, int attributes) {
            r.setSegment(KvmRegisters.SegmentName.valueOf(name), selector, 0, limit, attributes);
        }

        @Override
        void setControl(int number, long value) {
            r.setControl(number, value);
        }

        @Override
        void setEfer(long value) {
            r.setEfer(value);
        }

        @Override
        void setGdt(long base, int limit) {
            r.setGdt(base, limit);
        }

        @Override
        void setGeneral(int number, long value) {
            r.setGeneral(number, value);
        }

        @Override
        void setRip(long value) {
            r.setRip(value);
        }

        @Override
        long general(int number) {
            return r.general(number);
        }

        @Override
        long rip() {
            return r.rip();
        }

        @Override
        long rflags() {
            return r.rflags();
        }

        @Override
        void stop() {
            cpu.stop();
        }

        @Override
        String end() {
            KvmCpu.Stop stop = cpu.run();
            return stop == KvmCpu.Stop.FAILED ? cpu.failure() : stop.name();
        }

        @Override
        public void close() {
            vm.close();
            super.close();
        }
    }
}
