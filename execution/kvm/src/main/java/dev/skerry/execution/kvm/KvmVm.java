package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.Structures.ClockData;
import dev.skerry.execution.kvm.Structures.IoEventFd;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AddressSpace;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A virtual machine: memory slots that follow the address space, interrupt controllers in the
 * kernel, CPUs. Safe for use by many threads, but for {@link #close}.
 */
public final class KvmVm implements AutoCloseable {
    private final KvmSystem system;
    private final Fd fd;
    private final AddressSpace memory;
    private final AddressSpace ports;
    private final Log log;
    private final MemorySlots slots;
    private final InterruptChips chips;
    private final CoalescedWrites coalesced;
    private final List<KvmCpu> cpus = new CopyOnWriteArrayList<>();

    /** Takes ranges of guest-physical addresses. */
    public interface DirtyVisitor {
        void written(long gpa, long sizeBytes);
    }

    private KvmVm(KvmSystem system, Fd fd, AddressSpace memory, AddressSpace ports, Log log)
            throws LinuxException {
        this.system = system;
        this.fd = fd;
        this.memory = memory;
        this.ports = ports;
        this.log = log;
        chips = InterruptChips.create(fd);
        coalesced = new CoalescedWrites(fd, memory);
        slots = new MemorySlots(fd, log);
    }

    static KvmVm of(KvmSystem system, Fd fd, AddressSpace memory, AddressSpace ports, Log log)
            throws LinuxException {
        try {
            KvmVm vm = new KvmVm(system, fd, memory, ports, log);
            memory.addListener(vm.slots);
            return vm;
        } catch (LinuxException e) {
            fd.close();
            throw e;
        }
    }

    /**
     * Adds a CPU in its power-on state.
     *
     * @param index its number and its APIC's id; CPU 0 starts the machine, the others wait for it
     * @param cpuid what CPUID answers on it
     */
    public KvmCpu createCpu(int index, CpuidTable cpuid) throws LinuxException {
        Fd cpuFd = Request.CREATE_VCPU.open(fd, index);
        KvmCpu cpu = KvmCpu.of(this, cpuFd, index, cpuid);
        cpus.add(cpu);
        return cpu;
    }

    public List<KvmCpu> cpus() {
        return cpus;
    }

    /** The interrupt controllers. */
    public InterruptChips chips() {
        return chips;
    }

    AddressSpace memory() {
        return memory;
    }

    AddressSpace ports() {
        return ports;
    }

    MemorySlots slots() {
        return slots;
    }

    CoalescedWrites coalesced() {
        return coalesced;
    }

    KvmSystem system() {
        return system;
    }

    Log log() {
        return log;
    }

    /**
     * Has guest writes to an address signal an event counter instead of leaving the guest.
     *
     * @param isPort whether the address is a port's
     * @param length of the write, 1, 2, 4 or 8 bytes; 0 for any, only without a value
     * @param value which value alone counts, or null
     * @return closes the connection
     */
    public InterruptChips.Connection connectDoorbell(
            boolean isPort, long address, int length, Long value, EventFd event)
            throws LinuxException {
        doorbell(isPort, address, length, value, event, 0);
        return () -> doorbell(isPort, address, length, value, event, IoEventFd.DEASSIGN);
    }

    private void doorbell(
            boolean isPort, long address, int length, Long value, EventFd event, int flags)
            throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(IoEventFd.BYTES, 8);
            int all = flags | (isPort ? IoEventFd.PORT : 0);
            if (value != null) {
                all |= IoEventFd.MATCH;
                Words.put64(s, IoEventFd.DATA_MATCH, value);
            }
            Words.put64(s, IoEventFd.ADDRESS, address);
            Words.put32(s, IoEventFd.LENGTH, length);
            Words.put32(s, IoEventFd.FD, event.fd().number());
            Words.put32(s, IoEventFd.FLAGS, all);
            Request.IOEVENTFD.call(fd, s);
        }
    }

    /**
     * Lets writes to a range of memory wait until a CPU leaves the guest for another reason: for
     * registers whose writes have no effect anybody waits for. After the first CPU is made.
     *
     * @return closes it again, after the writes that wait; null if this KVM cannot
     */
    public InterruptChips.Connection coalesce(long gpa, long sizeBytes) throws LinuxException {
        if (!coalesced.add(gpa, sizeBytes)) {
            return null;
        }
        return () -> coalesced.remove(gpa, sizeBytes);
    }

    /** Starts or stops to log which pages CPUs write to. */
    public void setDirtyLogging(boolean on) throws LinuxException {
        slots.setDirtyLogging(on);
    }

    /**
     * Hands out which pages CPUs have written to since the last time, in ascending order. What this
     * process or a device's wrote is not among them.
     */
    public void collectDirty(DirtyVisitor visitor) throws LinuxException {
        slots.collectDirty(visitor);
    }

    /** The guest's clock in nanoseconds (kvmclock). */
    public long clockNs() throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(ClockData.BYTES, 8);
            Request.GET_CLOCK.call(fd, s);
            return Words.i64(s, ClockData.CLOCK_NS);
        }
    }

    /** Sets the guest's clock. CPUs stand meanwhile. */
    public void setClockNs(long clockNs) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(ClockData.BYTES, 8);
            Words.put64(s, ClockData.CLOCK_NS, clockNs);
            Request.SET_CLOCK.call(fd, s);
        }
    }

    /** Ends the machine. Its CPUs stand, and its connections are closed. */
    @Override
    public void close() {
        memory.removeListener(slots);
        cpus.forEach(KvmCpu::close);
        fd.close();
        slots.release();
    }
}
