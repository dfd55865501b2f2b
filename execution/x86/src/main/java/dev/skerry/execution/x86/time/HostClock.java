package dev.skerry.execution.x86.time;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * Time as the host's monotonic clock has it, from 0, with one daemon thread for all alarms of a
 * machine. Can be stopped and started again with the machine: while it stands, alarms stand too.
 */
public final class HostClock implements Clock, AutoCloseable {
    private static final VarHandle DEADLINE;

    static {
        try {
            DEADLINE =
                    MethodHandles.lookup().findVarHandle(HostAlarm.class, "deadlineNs", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private final List<HostAlarm> alarms = new CopyOnWriteArrayList<>();
    private final Thread thread;

    /** What to add to the host's time while the clock runs. */
    private volatile long offsetNs;

    /** The time it stands at, or {@link #NEVER} while it runs. */
    private volatile long stoppedAtNs;

    /** Until when the thread sleeps. An alarm for before that has to wake it. */
    private volatile long sleepsUntilNs = NEVER;

    private volatile boolean closed;

    /**
     * A clock that stands at 0 until {@link #start}.
     *
     * @param name of its thread
     */
    public HostClock(String name) {
        thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
        thread.start();
    }

    @Override
    public long nowNs() {
        long stopped = stoppedAtNs;
        return stopped != NEVER ? stopped : System.nanoTime() + offsetNs;
    }

    /** Lets it go on from where it stands; does nothing if it runs. */
    public synchronized void start() {
        if (stoppedAtNs != NEVER) {
            offsetNs = stoppedAtNs - System.nanoTime();
            stoppedAtNs = NEVER;
            LockSupport.unpark(thread);
        }
    }

    /** Stops it; does nothing if it stands. */
    public synchronized void stop() {
        stoppedAtNs = nowNs();
    }

    @Override
    public Alarm alarm(Runnable action) {
        HostAlarm alarm = new HostAlarm(action);
        alarms.add(alarm);
        return alarm;
    }

    /** Ends its thread; alarms no longer go off. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!closed) {
            // An alarm set from here on finds that it has to wake this thread, whether or not the
            // search below still sees it.
            sleepsUntilNs = NEVER;
            long first = soundDue();
            sleepsUntilNs = first;
            if (first == NEVER || stoppedAtNs != NEVER) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, first - nowNs());
            }
        }
    }

    /** Runs what is due, and says when the next is. */
    private long soundDue() {
        long first = NEVER;
        long now = nowNs();
        for (HostAlarm alarm : alarms) {
            long deadline = alarm.deadlineNs;
            if (deadline > now || stoppedAtNs != NEVER) {
                first = Math.min(first, deadline);
            } else if (DEADLINE.compareAndSet(alarm, deadline, NEVER)) {
                alarm.action.run();
                // It has perhaps set itself again.
                first = Math.min(first, alarm.deadlineNs);
            } else {
                first = now;
            }
        }
        return first;
    }

    private final class HostAlarm implements Alarm {
        private final Runnable action;
        private volatile long deadlineNs = NEVER;

        HostAlarm(Runnable action) {
            this.action = action;
        }

        @Override
        public void set(long newDeadlineNs) {
            deadlineNs = newDeadlineNs;
            if (newDeadlineNs < sleepsUntilNs) {
                LockSupport.unpark(thread);
            }
        }
    }
}
