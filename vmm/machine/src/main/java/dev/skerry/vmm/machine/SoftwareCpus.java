package dev.skerry.vmm.machine;

import dev.skerry.execution.x86.Cpu;
import dev.skerry.execution.x86.CpuRegisters;
import dev.skerry.execution.x86.CpuRegisters.SegmentName;
import dev.skerry.execution.x86.Jit;
import dev.skerry.execution.x86.Processors;
import dev.skerry.execution.x86.apic.LocalApic;
import dev.skerry.execution.x86.model.CpuModel;
import dev.skerry.execution.x86.time.Clock;
import dev.skerry.execution.x86.time.HostClock;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.vmm.boot.Entry;
import dev.skerry.vmm.boot.FlatSegment;

import java.util.List;

/** {@code -accel tcg}: the software CPU, a thread for each. */
final class SoftwareCpus implements Accelerator {
    private static final int RAX = 0;
    private static final int RBX = 3;
    private static final int RSI = 6;
    private static final List<SegmentName> DATA_SEGMENTS =
            List.of(SegmentName.DS, SegmentName.ES, SegmentName.FS, SegmentName.GS, SegmentName.SS);

    private final HostClock clock = new HostClock("clock");
    private final SoftwareInterrupts interrupts;
    private final Processors processors;
    private final Pc.Requests requests;
    private final CpuThreads threads;

    /**
     * @param requests what a triple fault leads to: a reset
     */
    SoftwareCpus(
            AddressSpace memory,
            RamBlock ram,
            AddressSpace ports,
            CpuModel model,
            int count,
            Jit jit,
            Pc.Requests requests,
            Log log) {
        this.requests = requests;
        threads = new CpuThreads(requests::fail, log);
        // The controllers are heard of before there is a CPU to hear of them.
        Processors[] made = new Processors[1];
        interrupts =
                new SoftwareInterrupts(
                        up -> {
                            if (made[0] != null) {
                                made[0].cpus().getFirst().setInterruptLine(up);
                            }
                        },
                        (destination, logical, mode, vector, level) ->
                                made[0].bus().deliver(destination, logical, mode, vector, level));
        processors =
                new Processors(
                        memory,
                        ram,
                        ports,
                        model,
                        count,
                        clock,
                        interrupts.pic()::acknowledge,
                        jit,
                        log);
        made[0] = processors;
        processors.bus().addEoiListener(interrupts.ioApic()::endOfInterrupt);
        for (Cpu cpu : processors.cpus()) {
            threads.add(new Runner(cpu));
        }
    }

    @Override
    public String name() {
        return "tcg";
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public InterruptFabric interrupts() {
        return interrupts;
    }

    @Override
    public void place(Container memory, Container ports) {
        interrupts.place(memory, ports);
        memory.add(processors.bus().page(), LocalApic.DEFAULT_BASE, 2);
    }

    private final class Runner implements CpuThreads.Cpu {
        private final Cpu cpu;

        Runner(Cpu cpu) {
            this.cpu = cpu;
        }

        @Override
        public Runnable run() {
            return cpu.run() == Cpu.Stop.SHUTDOWN ? requests::reset : null;
        }

        @Override
        public void stop() {
            cpu.stop();
        }
    }

    @Override
    public void resume() {
        clock.start();
        threads.resume();
    }

    @Override
    public void pauseSoon() {
        threads.pauseSoon();
    }

    @Override
    public void pause() {
        threads.pause();
        clock.stop();
    }

    @Override
    public void reset() {
        interrupts.reset();
        processors.setA20(true);
        processors.cpus().forEach(Cpu::reset);
    }

    @Override
    public void enter(Entry entry) {
        CpuRegisters cpu = processors.cpus().getFirst().registers();
        cpu.setGdt(entry.gdtGpa(), entry.gdtLimit());
        cpu.setControl(4, entry.cr4());
        cpu.setControl(3, entry.cr3());
        cpu.setEfer(entry.efer());
        cpu.setControl(0, entry.cr0());
        set(cpu, SegmentName.CS, entry.code());
        for (SegmentName name : DATA_SEGMENTS) {
            set(cpu, name, entry.data());
        }
        cpu.setGeneral(RAX, entry.rax());
        cpu.setGeneral(RBX, entry.rbx());
        cpu.setGeneral(RSI, entry.rsi());
        cpu.setRip(entry.rip());
    }

    private static void set(CpuRegisters cpu, SegmentName name, FlatSegment segment) {
        cpu.setSegment(name, segment.selector(), 0, segment.limit(), segment.attributes());
    }

    @Override
    public void setA20(boolean open) {
        processors.setA20(open);
    }

    @Override
    public void memoryMayHaveChanged() {
        processors.memoryMayHaveChanged();
    }

    @Override
    public void close() {
        threads.close();
        clock.close();
    }
}
