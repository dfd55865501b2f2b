package dev.skerry.vmm.machine;

import dev.skerry.execution.kvm.CpuidTable;
import dev.skerry.execution.kvm.InterruptChips;
import dev.skerry.execution.kvm.KvmCpu;
import dev.skerry.execution.kvm.KvmMissingException;
import dev.skerry.execution.kvm.KvmRegisters;
import dev.skerry.execution.kvm.KvmRegisters.SegmentName;
import dev.skerry.execution.kvm.KvmSystem;
import dev.skerry.execution.kvm.KvmVm;
import dev.skerry.execution.x86.time.Clock;
import dev.skerry.execution.x86.time.HostClock;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.vmm.boot.Entry;
import dev.skerry.vmm.boot.FlatSegment;

import java.util.List;

/**
 * {@code -accel kvm}: CPUs in hardware, a thread for each, with interrupt controllers, timer and
 * APICs in the kernel.
 */
final class KvmCpus implements Accelerator {
    private static final int RAX = 0;
    private static final int RBX = 3;
    private static final int RSI = 6;
    private static final long MESSAGES = 0xfee0_0000L;
    private static final long MESSAGES_BYTES = 0x10_0000;
    private static final List<SegmentName> DATA_SEGMENTS =
            List.of(SegmentName.DS, SegmentName.ES, SegmentName.FS, SegmentName.GS, SegmentName.SS);

    private final HostClock clock = new HostClock("clock");
    private final CpuThreads threads;
    private final KvmVm vm;
    private final InterruptFabric interrupts;
    private final Pc.Requests requests;
    private final Log log;

    /** The guest's own clock while the machine stands. */
    private long stoppedAtNs = -1;

    private KvmCpus(KvmVm vm, Pc.Requests requests, Log log) {
        this.vm = vm;
        this.requests = requests;
        threads = new CpuThreads(requests::fail, log);
        this.log = log;
        interrupts = new KvmInterrupts(vm.chips());
        for (KvmCpu cpu : vm.cpus()) {
            threads.add(new Runner(cpu));
        }
    }

    /**
     * @throws OptionException if KVM cannot be used here or cannot be what the options ask for; one
     *     line
     */
    static KvmCpus create(
            OptionList properties,
            MachineOptions options,
            Spaces spaces,
            Pc.Requests requests,
            Log log)
            throws OptionException {
        requireKnown(properties);
        try (KvmSystem system = KvmSystem.open()) {
            CpuidTable cpuid = KvmModel.parse(options.cpuModel(), system.supportedCpuid());
            if (options.cpus() > system.mostCpus()) {
                throw new OptionException(
                        "-smp " + options.cpus() + ": this KVM has " + system.mostCpus() + " CPUs");
            }
            KvmVm vm = system.createVm(spaces.memorySpace(), spaces.portSpace(), log);
            try {
                for (int i = 0; i < options.cpus(); i++) {
                    vm.createCpu(i, cpuid.forCpu(i, options.cpus()));
                }
            } catch (LinuxException e) {
                vm.close();
                throw e;
            }
            return new KvmCpus(vm, requests, log);
        } catch (KvmMissingException e) {
            throw new OptionException("-accel kvm: " + e.getMessage());
        } catch (LinuxException e) {
            throw new OptionException("-accel kvm: KVM fails: " + e.getMessage());
        }
    }

    private static void requireKnown(OptionList properties) throws OptionException {
        if (properties.has("kernel-irqchip") && !properties.get("kernel-irqchip").equals("on")) {
            throw properties.error("kernel-irqchip: the interrupt controllers are in the kernel");
        }
        for (String key : List.of("dirty-ring-size", "kvm-shadow-mem")) {
            if (properties.has(key) && !properties.get(key).equals("0")) {
                throw properties.error(key + " is not implemented");
            }
        }
    }

    private final class Runner implements CpuThreads.Cpu {
        private final KvmCpu cpu;

        Runner(KvmCpu cpu) {
            this.cpu = cpu;
        }

        @Override
        public Runnable run() {
            return switch (cpu.run()) {
                case STOPPED -> null;
                case SHUTDOWN -> requests::reset;
                case FAILED -> this::fail;
            };
        }

        private void fail() {
            log.error(cpu.failure());
            requests.fail();
        }

        @Override
        public void stop() {
            cpu.stop();
        }
    }

    @Override
    public String name() {
        return "kvm";
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public InterruptFabric interrupts() {
        return interrupts;
    }

    InterruptChips chips() {
        return vm.chips();
    }

    @Override
    public boolean hasTimer() {
        return true;
    }

    /** What the kernel answers for never gets here; messages of devices in this process do. */
    @Override
    public void place(Container memory, Container ports) {
        memory.add(
                new IoRegion("messages", MESSAGES_BYTES, AccessSizes.ANY, new Messages()),
                MESSAGES,
                2);
    }

    private final class Messages implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            vm.chips().send(MESSAGES + offset, (int) value);
        }
    }

    @Override
    public void resume() {
        if (stoppedAtNs >= 0) {
            setGuestClock();
        }
        clock.start();
        threads.resume();
    }

    private void setGuestClock() {
        try {
            vm.setClockNs(stoppedAtNs);
        } catch (LinuxException e) {
            log.warning("the guest's clock jumps: " + e.getMessage());
        }
        stoppedAtNs = -1;
    }

    @Override
    public void pauseSoon() {
        threads.pauseSoon();
    }

    @Override
    public void pause() {
        threads.pause();
        clock.stop();
        if (stoppedAtNs < 0) {
            try {
                stoppedAtNs = vm.clockNs();
            } catch (LinuxException e) {
                log.warning("the guest's clock goes on: " + e.getMessage());
            }
        }
    }

    @Override
    public void reset() {
        vm.chips().reset();
        vm.cpus().forEach(KvmCpu::reset);
    }

    @Override
    public void enter(Entry entry) {
        KvmRegisters cpu = vm.cpus().getFirst().registers();
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

    private static void set(KvmRegisters cpu, SegmentName name, FlatSegment segment) {
        cpu.setSegment(name, segment.selector(), 0, segment.limit(), segment.attributes());
    }

    /** KVM has no such gate; firmware opens it and nobody closes it any more. */
    @Override
    public void setA20(boolean open) {
        return;
    }

    /** Hardware sees every write. */
    @Override
    public void memoryMayHaveChanged() {
        return;
    }

    @Override
    public void close() {
        threads.close();
        clock.close();
        vm.close();
    }
}
