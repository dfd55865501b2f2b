package dev.skerry.vmm.machine;

/**
 * Is told what becomes of a machine, as QEMU's events. Called on the machine's control thread; must
 * not wait for the machine.
 */
public interface MachineListener {
    /** SHUTDOWN. The machine ends unless {@code -no-shutdown} keeps it. */
    default void shutdown(Cause cause) {}

    /** RESET. */
    default void reset(Cause cause) {}

    /** STOP: the CPUs stand. */
    default void stopped() {}

    /** RESUME: the CPUs go. */
    default void resumed() {}

    /**
     * A device in another process is lost: it answers all ones until {@link Machine#replaceDevice}.
     * May be called on other threads as well, and with locks held.
     *
     * @param reason one line
     */
    default void deviceLost(String id, String reason) {}

    /** POWERDOWN: the button was pressed. */
    default void powerdown() {}
}
