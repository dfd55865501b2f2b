package dev.skerry.vmm.machine;

import dev.skerry.isolation.proxy.RoundTrips;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.memory.AddressSpace;

import java.util.Map;
import java.util.function.IntConsumer;

/**
 * A machine that exists: what a monitor and a test's protocol do with it. All methods may be called
 * from any thread but a vCPU's; those that stop CPUs return when they stand.
 */
public interface Machine extends AutoCloseable {
    /** The type by QEMU's name: {@code pc}, {@code q35} or {@code none}. */
    String type();

    /** The accelerator in use: {@code kvm}, {@code tcg} or {@code qtest}. */
    String accelerator();

    int cpus();

    long ramBytes();

    RunState state();

    /** Where event-driven input of the host is waited for. */
    EventLoop events();

    /** Powers it on. Its CPUs go unless they are to wait for {@link #cont}. */
    void start();

    /** Lets the CPUs and the clock stand; does nothing if they do. */
    void stop();

    /**
     * Lets them go on.
     *
     * @return false if the machine has been shut down and must be reset first
     */
    boolean cont();

    /** The reset button: all devices, those elsewhere included, and all CPUs. */
    void reset(Cause cause);

    /** The power button, which a guest with ACPI answers by switching off. */
    void powerdown();

    /** Ends it with status 0: {@link #awaitEnd} returns. */
    void quit(Cause cause);

    /**
     * Puts another process in the place of one that had a device; the guest finds the device as after
     * a reset, where it had it.
     *
     * @param socket to a fresh device process; closed in any case but success, when it is the device's
     * @param taken is run on success, before the guest can reach the new process: what is lost
     *     before was the old one, what is lost later the new one; must not wait for anything
     * @throws java.io.IOException if there is no such device, or the process does not answer as it must
     */
    default void replaceDevice(String id, UnixStream socket, Runnable taken)
            throws java.io.IOException {
        socket.close();
        throw new java.io.IOException("this machine has no devices in other processes");
    }

    /**
     * What devices in other processes have been asked, by their ids. Waits for nothing: a device may
     * be in the middle of a request.
     */
    default Map<String, RoundTrips> roundTrips() {
        return Map.of();
    }

    void addListener(MachineListener listener);

    void removeListener(MachineListener listener);

    /**
     * Waits for its end.
     *
     * @return the process' exit status: 0, or what {@code isa-debug-exit} said
     */
    int awaitEnd() throws InterruptedException;

    /** Memory as a CPU sees it. */
    AddressSpace memory();

    /** Ports, 64 KiB. */
    AddressSpace ports();

    /** The clock if a test has it in hand ({@code -accel qtest}), otherwise null. */
    MachineClock testClock();

    /**
     * Has changes of the I/O APIC's inputs told instead of delivered, as qtest's {@code
     * irq_intercept_in}.
     *
     * @param changed the input's number if it rises, its complement (negative) if it falls
     * @return whether that device can be listened to; {@code ioapic} and {@code pic} can
     */
    boolean interceptInterrupts(String device, IntConsumer changed);

    /** Drives an input of the I/O APIC, as qtest's {@code set_irq_in}. */
    void setInterrupt(int gsi, boolean up);

    /** Ends it if it has not ended, and lets go of everything; once is enough. */
    @Override
    void close();
}
