package dev.skerry.vmm.machine;

import dev.skerry.isolation.proxy.IrqRoute;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.log.Log;

/**
 * A PC's interrupt inputs (GSIs): 0 to 15 reach the PICs and the I/O APIC, the timer's 0 as the
 * latter's input 2; 16 to 23 the I/O APIC alone. Safe for use by many threads.
 */
interface InterruptFabric {
    /** Sets an input's level. */
    void set(int gsi, boolean up);

    /**
     * Adds somebody who wants to hear that an interrupt of an input, delivered by level, has ended.
     * Called with no lock held, before the input's level is looked at again.
     */
    void addEndListener(EndListener listener);

    void removeEndListener(EndListener listener);

    /**
     * Connects a remote device's event counters with these controllers, past this process' threads.
     *
     * @return null if that needs somebody to wait for the first and to listen to ends
     */
    default IrqRoute connect(EventFd irq, EventFd resample, Log log) {
        return null;
    }

    /** See {@link #addEndListener}. */
    @FunctionalInterface
    interface EndListener {
        void ended(int gsi);
    }
}
