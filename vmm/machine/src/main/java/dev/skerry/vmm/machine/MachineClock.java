package dev.skerry.vmm.machine;

/**
 * A machine's time under a test's control ({@code -accel qtest}). It stands still but for these
 * calls. From any thread.
 */
public interface MachineClock {
    /** Nanoseconds since the machine was made. */
    long nowNs();

    /** When the next timer goes off, or {@link Long#MAX_VALUE}. */
    long nextDeadlineNs();

    /** Lets time pass; all timers due until then have run when it returns. Never back. */
    void advanceTo(long ns);
}
