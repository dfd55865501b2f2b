package dev.skerry.execution.x86.time;

/**
 * A machine's time, which CPUs count their time stamps and timers by. Given to them, so that a test
 * can hold it and a machine can stop it with its CPUs.
 */
public interface Clock {
    /** A deadline that never comes. */
    long NEVER = Long.MAX_VALUE;

    /** Nanoseconds since some beginning, never less than before. From any thread. */
    long nowNs();

    /**
     * Makes an alarm, not set.
     *
     * @param action what to run when it goes off, on a thread of the clock's own: short, never
     *     waiting. It may come once more just after a {@link Alarm#set} that took it back, so it
     *     looks at the time itself
     */
    Alarm alarm(Runnable action);

    /** Something to be woken by. */
    interface Alarm {
        /**
         * Sets when it goes off, once, in place of what was set before. From any thread.
         *
         * @param deadlineNs by the clock's {@link Clock#nowNs}; one that has passed goes off at once,
         *     {@link Clock#NEVER} takes it back
         */
        void set(long deadlineNs);
    }
}
