package dev.skerry.execution.x86.time;

/**
 * One CPU's time stamp counter. It counts at 1 GHz, one a nanosecond of the {@link Clock}, in all
 * states of the CPU ("invariant"; Intel SDM 3B, section 18.17.1), so that conversions are
 * additions. CPUs of one machine agree until a guest makes them differ.
 *
 * <p>Owned by the vCPU's thread; others read.
 */
public final class TimeStamp {
    /** Counts in a second. */
    public static final long FREQUENCY_HZ = 1_000_000_000;

    private final Clock clock;

    /** What a restore has put between clock and counter. */
    private volatile long offset;

    private volatile long adjustment;

    public TimeStamp(Clock clock) {
        this.clock = clock;
    }

    public long now() {
        return clock.nowNs() + offset + adjustment;
    }

    /** A write to the counter, which shows in IA32_TSC_ADJUST (Intel SDM 3B, section 18.17.3). */
    public void set(long value) {
        adjustment += value - now();
    }

    public long adjustment() {
        return adjustment;
    }

    /** A write to IA32_TSC_ADJUST moves the counter by the difference. */
    public void setAdjustment(long value) {
        adjustment = value;
    }

    /** Sets both, so that the counter goes on from a value with an adjustment that has been made. */
    public void restore(long value, long madeAdjustment) {
        adjustment = madeAdjustment;
        offset = value - madeAdjustment - clock.nowNs();
    }

    /** When the counter will reach a value, by the clock; the past if it has. */
    public long clockNsAt(long value) {
        long now = clock.nowNs();
        long stamp = now + offset + adjustment;
        if (Long.compareUnsigned(value, stamp) <= 0) {
            return now;
        }
        long left = value - stamp;
        return left < 0 || left > Clock.NEVER - now ? Clock.NEVER : now + left;
    }
}
