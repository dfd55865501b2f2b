package dev.skerry.verify.boot;

import dev.skerry.execution.x86.Cpu;
import dev.skerry.execution.x86.Jit;
import dev.skerry.execution.x86.Processors;
import dev.skerry.execution.x86.apic.InterruptController;
import dev.skerry.execution.x86.model.CpuModel;
import dev.skerry.execution.x86.time.HostClock;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.vmm.boot.Linux64Entry;
import dev.skerry.vmm.boot.StartTables;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * 64-bit code alone on a CPU, in 64 MiB of RAM mapped to itself, with a stack and nothing else. It
 * ends by writing to port {@link #END_PORT}.
 */
public final class FlatProgram implements AutoCloseable {
    /** Where the code is put and entered. */
    public static final long CODE = 0x20_0000;

    /** Where the stack begins, downwards. */
    public static final long STACK = 0x20_0000;

    /** Where data may be kept, up to the end of RAM. */
    public static final long DATA = 0x40_0000;

    public static final int END_PORT = 0xf4;

    private static final long RAM = 64L << 20;
    private static final int RSP = 4;

    /** PAE, and SSE with its exceptions. */
    private static final long CR4 = 0x620;

    private final RamBlock ram;
    private final HostClock clock = new HostClock("flat-clock");
    private final Cpu cpu;
    private final byte[] code;

    /**
     * @throws LinuxException if the host does not give the memory
     */
    public FlatProgram(byte[] code, Jit jit, Log log) throws LinuxException {
        this.code = code;
        ram = RamBlock.allocate("flat-ram", RAM);
        Container memory = new Container("memory", 1L << 40);
        memory.add(new RamRegion("ram", ram, false), 0);
        Container ports = new Container("ports", 0x1_0000);
        Cpu[] target = new Cpu[1];
        ports.add(new IoRegion("end", 1, AccessSizes.ANY, new End(target)), END_PORT);
        cpu =
                new Processors(
                                new AddressSpace("memory", memory),
                                ram,
                                new AddressSpace("ports", ports),
                                CpuModel.skerry64(),
                                1,
                                clock,
                                InterruptController.NONE,
                                jit,
                                log)
                        .cpus()
                        .getFirst();
        target[0] = cpu;
    }

    private record End(Cpu[] cpu) implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return -1;
        }

        @Override
        public void write(long offset, int size, long value) {
            cpu[0].stop();
        }
    }

    /**
     * Runs the code from its begin to its end, on the calling thread.
     *
     * @return how many instructions that took
     * @throws IllegalStateException if it ended by a fault, which nobody was there to handle
     */
    public long run() {
        MemorySegment memory = ram.segment();
        EntryRegisters.put(StartTables.longMode(), memory);
        MemorySegment.copy(code, 0, memory, ValueLayout.JAVA_BYTE, CODE, code.length);
        EntryRegisters.set(cpu.registers(), new Linux64Entry(CODE, 0));
        cpu.registers().setControl(4, CR4);
        cpu.registers().setGeneral(RSP, STACK);
        long before = cpu.counters().instructions();
        Cpu.Stop stop = cpu.run();
        if (stop != Cpu.Stop.STOPPED) {
            throw new IllegalStateException("the program ended by a fault: " + cpu);
        }
        return cpu.counters().instructions() - before;
    }

    @Override
    public void close() {
        clock.close();
        ram.release();
    }
}
