package dev.skerry.execution.x86.apic;

import dev.skerry.execution.x86.time.Clock;
import dev.skerry.execution.x86.time.TimeStamp;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The local APIC's timer: Intel SDM 3A, section 12.5.4. It counts at 1 GHz before its divider, the
 * "core crystal clock" of CPUID leaf 0x15. Guarded by its APIC's lock.
 */
final class ApicTimer {
    static final int ONE_SHOT = 0;
    static final int PERIODIC = 1;
    static final int TSC_DEADLINE = 2;

    /** A guest may ask for a period of one nanosecond; the host is not woken more often than this. */
    private static final long SHORTEST_WAIT_NS = 50_000;

    private final Clock clock;
    private final TimeStamp timeStamp;
    private final Runnable expired;
    private final Clock.Alarm alarm;

    private int mode;

    /** Unsigned. */
    private int initialCount;

    private int divide;
    private long startNs;

    /** When it goes off next, {@link Clock#NEVER} if it does not. */
    private long dueNs = Clock.NEVER;

    /** The time stamp it goes off at; 0: none. */
    private long deadline;

    /**
     * @param expired what happens when it has run out, called with the APIC's lock held
     * @param alarmed takes the lock and calls {@link #look}
     */
    ApicTimer(Clock clock, TimeStamp timeStamp, Runnable expired, Runnable alarmed) {
        this.clock = clock;
        this.timeStamp = timeStamp;
        this.expired = expired;
        alarm = clock.alarm(alarmed);
    }

    void reset() {
        mode = ONE_SHOT;
        initialCount = 0;
        divide = 0;
        deadline = 0;
        setDue(Clock.NEVER);
    }

    /** Bits 17 and 18 of the timer's LVT entry. To or from TSC-deadline mode disarms. */
    void setMode(int newMode) {
        if (newMode == mode) {
            return;
        }
        boolean disarms = newMode == TSC_DEADLINE || mode == TSC_DEADLINE;
        int left = disarms ? 0 : currentCount();
        mode = newMode;
        if (disarms) {
            initialCount = 0;
            deadline = 0;
            setDue(Clock.NEVER);
        } else if (left != 0) {
            countFrom(left);
        }
    }

    /** The divide configuration's bits 0, 1 and 3 say 2, 4, 8, ... 128, 1. */
    private static int shift(int divide) {
        return (divide & 3 | divide >>> 1 & 4) + 1 & 7;
    }

    void setDivide(int value) {
        int left = currentCount();
        divide = value;
        if (left != 0) {
            countFrom(left);
        }
    }

    /** As if the count had begun at the initial one and come to what is left. */
    private void countFrom(int left) {
        long done = Integer.toUnsignedLong(initialCount) - Integer.toUnsignedLong(left);
        startNs = clock.nowNs() - (done << shift(divide));
        setDue(startNs + periodNs());
    }

    private long periodNs() {
        return Integer.toUnsignedLong(initialCount) << shift(divide);
    }

    int initialCount() {
        return initialCount;
    }

    void setInitialCount(int value) {
        if (mode == TSC_DEADLINE) {
            return;
        }
        initialCount = value;
        startNs = clock.nowNs();
        setDue(value == 0 ? Clock.NEVER : startNs + periodNs());
    }

    int currentCount() {
        if (initialCount == 0 || mode == TSC_DEADLINE || dueNs == Clock.NEVER) {
            return 0;
        }
        long initial = Integer.toUnsignedLong(initialCount);
        long counted = clock.nowNs() - startNs >> shift(divide);
        if (mode == PERIODIC) {
            return (int) (initial - counted % initial);
        }
        return counted >= initial ? 0 : (int) (initial - counted);
    }

    long deadline() {
        look();
        return deadline;
    }

    void setDeadline(long value) {
        if (mode == TSC_DEADLINE) {
            deadline = value;
            timeStampChanged();
        }
    }

    /** The time stamp has been written: the deadline comes at another time. */
    void timeStampChanged() {
        if (mode == TSC_DEADLINE) {
            setDue(deadline == 0 ? Clock.NEVER : timeStamp.clockNsAt(deadline));
            look();
        }
    }

    private void setDue(long ns) {
        dueNs = ns;
        alarm.set(ns);
    }

    /** Goes off if it is time. */
    void look() {
        long now = clock.nowNs();
        if (now < dueNs) {
            return;
        }
        if (mode == PERIODIC) {
            long period = periodNs();
            // Those missed meanwhile would merge in the IRR anyway.
            dueNs += ((now - dueNs) / period + 1) * period;
            alarm.set(Math.max(dueNs, now + SHORTEST_WAIT_NS));
        } else {
            deadline = 0;
            dueNs = Clock.NEVER;
        }
        expired.run();
    }

    /** Times are saved relative to now. */
    void save(DataOutput out) throws IOException {
        long now = clock.nowNs();
        out.writeInt(mode);
        out.writeInt(initialCount);
        out.writeInt(divide);
        out.writeLong(now - startNs);
        out.writeLong(deadline);
        out.writeBoolean(dueNs != Clock.NEVER);
        out.writeLong(dueNs != Clock.NEVER ? dueNs - now : 0);
    }

    void restore(DataInput in) throws IOException {
        long now = clock.nowNs();
        mode = in.readInt();
        initialCount = in.readInt();
        divide = in.readInt();
        startNs = now - in.readLong();
        deadline = in.readLong();
        boolean armed = in.readBoolean();
        long leftNs = in.readLong();
        if (mode < ONE_SHOT
                || mode > TSC_DEADLINE
                || armed && mode == PERIODIC && initialCount == 0) {
            throw new IOException(
                    "APIC timer: mode " + mode + " with count " + initialCount + " cannot be");
        }
        setDue(armed ? now + leftNs : Clock.NEVER);
    }
}
