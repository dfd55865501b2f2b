package dev.skerry.execution.kvm;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.Ioctl;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.Mapping;
import dev.skerry.platform.linux.ThreadSignal;
import dev.skerry.platform.memory.AddressSpace;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One virtual CPU. One thread at a time runs it; {@link #stop} and {@link #nmi} may come from any
 * thread, everything else only while it does not run.
 *
 * <p>Its loop touches the kernel once an exit and allocates nothing. Who wants something of a
 * running CPU sets a bit and signals its thread; see {@link ThreadSignal}.
 */
public final class KvmCpu {
    /** Why {@link #run} came back. */
    public enum Stop {
        /** Somebody asked for it. */
        STOPPED,
        /** A triple fault, or the guest asked for it: a machine resets itself. */
        SHUTDOWN,
        /** The guest cannot go on; {@link #failure} says why. */
        FAILED
    }

    private static final int STOP = 1;
    private static final int NMI = 2;

    private static final long EAGAIN = 11;
    private static final int SIGNAL_MASK_BYTES = 8;
    private static final long PAGE = 4096;

    private final KvmVm vm;
    private final Fd fd;
    private final int index;
    private final Mapping mapping;
    private final RunPage page;
    private final AddressSpace memory;
    private final AddressSpace ports;
    private final CoalescedWrites coalesced;
    private final MemorySlots slots;
    private final KvmRegisters registers;
    private final CpuState state;
    private final Ioctl.Repeated enter;
    private final AtomicInteger requests = new AtomicInteger();

    /** Guards {@link #signal}: nobody signals a thread that has left. */
    private final Object lock = new Object();

    private ThreadSignal signal;
    private Thread runner;

    /** Whether the last exit's access is done but KVM has not yet been told its result. */
    private boolean isAccessOpen;

    private String failure;
    private long exits;

    private KvmCpu(KvmVm vm, Fd fd, int index, Mapping mapping) {
        this.vm = vm;
        this.fd = fd;
        this.index = index;
        this.mapping = mapping;
        page = new RunPage(mapping.segment());
        memory = vm.memory();
        ports = vm.ports();
        coalesced = vm.coalesced();
        slots = vm.slots();
        registers = new KvmRegisters(fd, Arena.ofAuto());
        state = new CpuState(fd, index);
        enter = Request.RUN.repeated(fd);
    }

    static KvmCpu of(KvmVm vm, Fd fd, int index, CpuidTable cpuid) throws LinuxException {
        Mapping mapping = null;
        try {
            long bytes = vm.system().runBytes();
            mapping = Mapping.ofDevice(fd, 0, bytes, Mapping.Access.READ_WRITE);
            KvmCpu cpu = new KvmCpu(vm, fd, index, mapping);
            int ringPage = vm.system().check(Capability.COALESCED_MMIO);
            if (ringPage != 0) {
                vm.coalesced().setRing(mapping.segment().asSlice(ringPage * PAGE, PAGE));
            }
            cpu.setCpuid(cpuid);
            cpu.state.powerOn(vm.system().msrs());
            return cpu;
        } catch (LinuxException e) {
            if (mapping != null) {
                mapping.close();
            }
            fd.close();
            throw e;
        }
    }

    private void setCpuid(CpuidTable cpuid) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            int tscKhz = (int) Math.max(0, Request.GET_TSC_KHZ.tryCall(fd, 0));
            Request.SET_CPUID2.call(fd, cpuid.withFrequencies(tscKhz).toKernel(arena));
        }
    }

    /** Its number, and its APIC's id. */
    public int index() {
        return index;
    }

    /** Its registers, for a loader that does a firmware's work, and for debugging. */
    public KvmRegisters registers() {
        return registers;
    }

    /** How often it has left the guest so far; not exact while it runs. */
    public long exits() {
        return exits;
    }

    /** Why the last run failed, for a person; null if none did. */
    public String failure() {
        return failure;
    }

    /**
     * Runs until {@link #stop}, on the calling platform thread. A CPU that is halted, or waits to be
     * started by another one, sleeps in here.
     *
     * @throws IllegalStateException if another thread runs it
     */
    public Stop run() {
        enterThread();
        try {
            registers.flush();
            return loop();
        } catch (LinuxException e) {
            return failed("KVM refuses the registers: " + e.getMessage());
        } finally {
            registers.forget();
            leaveThread();
        }
    }

    private void enterThread() {
        synchronized (lock) {
            if (runner != null) {
                throw new IllegalStateException("CPU " + index + " runs already");
            }
            runner = Thread.currentThread();
            try {
                signal = ThreadSignal.ofCurrentThread();
                setSignalMask(signal.maskDuringCall());
            } catch (LinuxException e) {
                runner = null;
                signal = null;
                throw new IllegalStateException("CPU " + index + " cannot be stopped", e);
            }
        }
    }

    private void leaveThread() {
        synchronized (lock) {
            signal.drain();
            signal = null;
            runner = null;
        }
    }

    private void setSignalMask(long mask) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(4 + SIGNAL_MASK_BYTES, 4);
            Words.put32(s, 0, SIGNAL_MASK_BYTES);
            Words.put64(s, 4, mask);
            Request.SET_SIGNAL_MASK.call(fd, s);
        }
    }

    private Stop loop() {
        while (true) {
            if (requests.get() != 0 && answerRequests()) {
                return Stop.STOPPED;
            }
            long generation = slots.generation();
            long result = enter.call();
            if (result < 0) {
                isAccessOpen = false;
                if (result == Ioctl.Repeated.INTERRUPTED) {
                    signal.drain();
                } else if (result != -EAGAIN) {
                    return failed(new LinuxException("KVM_RUN", (int) -result, "").getMessage());
                }
                continue;
            }
            exits++;
            coalesced.flush();
            switch (page.exitReason()) {
                case RunPage.IO -> {
                    page.doPorts(ports);
                    isAccessOpen = true;
                }
                case RunPage.MMIO -> {
                    page.doMemory(memory);
                    isAccessOpen = true;
                }
                default -> {
                    isAccessOpen = false;
                    Stop stop = rareExit(generation);
                    if (stop != null) {
                        return stop;
                    }
                }
            }
        }
    }

    /** An exit other than an access; null if the CPU goes on. */
    private Stop rareExit(long generation) {
        return switch (page.exitReason()) {
            case RunPage.IRQ_WINDOW_OPEN,
                    RunPage.INTR,
                    RunPage.IOAPIC_EOI,
                    RunPage.BUS_LOCK,
                    RunPage.NOTIFY,
                    RunPage.DIRTY_RING_FULL ->
                    null;
            case RunPage.SHUTDOWN -> Stop.SHUTDOWN;
            case RunPage.SYSTEM_EVENT ->
                    page.systemEvent() == RunPage.SYSTEM_EVENT_CRASH
                            ? failed("the guest says that it has crashed")
                            : Stop.SHUTDOWN;
            default ->
                    // An instruction may have been looked for in memory that was just moved.
                    page.isEmulationFailure() && slots.changedSince(generation)
                            ? null
                            : failed(page.describe());
        };
    }

    private Stop failed(String why) {
        registers.forget();
        failure = String.format("CPU %d at 0x%x: %s", index, registers.rip(), why);
        return Stop.FAILED;
    }

    /** Does what others asked for; true if that was to stop. */
    private boolean answerRequests() {
        int asked = requests.getAndSet(0);
        if ((asked & NMI) != 0) {
            Request.NMI.tryCall(fd, 0);
        }
        if ((asked & STOP) == 0) {
            return false;
        }
        completeAccess();
        return true;
    }

    /**
     * The result of an access reaches the guest's registers only by another entry. KVM API
     * documentation, KVM_RUN: with {@code immediate_exit} it goes no further. One instruction may be
     * several accesses.
     */
    private void completeAccess() {
        page.setImmediateExit(true);
        while (isAccessOpen) {
            isAccessOpen = false;
            if (enter.call() >= 0) {
                coalesced.flush();
                switch (page.exitReason()) {
                    case RunPage.IO -> page.doPorts(ports);
                    case RunPage.MMIO -> page.doMemory(memory);
                    default -> {
                        continue;
                    }
                }
                isAccessOpen = true;
            }
        }
        page.setImmediateExit(false);
    }

    private void request(int what) {
        if ((requests.getAndUpdate(now -> now | what) & what) != 0) {
            // Whoever asked first has signalled, or the CPU does not run.
            return;
        }
        synchronized (lock) {
            if (signal != null && Thread.currentThread() != runner) {
                signal.send();
            }
        }
    }

    /** Makes {@link #run} return soon; if it is not running, the next one returns at once. */
    public void stop() {
        request(STOP);
    }

    /** A non-maskable interrupt, past the APIC: a debugger's or a watchdog's. */
    public void nmi() {
        request(NMI);
    }

    /** Power-on. The time stamp counter goes on, unlike a chip's: CPUs stay together. */
    public void reset() {
        requests.getAndUpdate(now -> now & STOP);
        registers.forget();
        state.reset();
        isAccessOpen = false;
        failure = null;
    }

    /**
     * The whole state in bytes: registers with their hidden parts, floating point, MSRs, the local
     * APIC, pending events. Memory is not part of it.
     */
    public byte[] save() {
        try {
            registers.flush();
            return state.save();
        } catch (LinuxException e) {
            throw new IllegalStateException("CPU " + index + " cannot be saved", e);
        }
    }

    /**
     * Puts the CPU into a state that was saved, perhaps by another process.
     *
     * @throws IOException if the bytes are not such a state, or this host cannot hold it; the CPU is
     *     then to be reset
     */
    public void restore(byte[] bytes) throws IOException {
        registers.forget();
        state.restore(bytes);
    }

    void close() {
        mapping.close();
        fd.close();
    }

    @Override
    public String toString() {
        return "cpu" + index;
    }
}
