package dev.skerry.isolation.proxy;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What a device has been asked so far, by all its processes together: requests that were answered,
 * the bytes of their messages both ways, and how long the answers took. Counting takes no lock and
 * allocates nothing.
 *
 * <p>One thread at a time counts, the one that holds the device's lock; any thread looks, and may
 * see a request in one number and not yet in the other.
 *
 * <p>Times go into {@value #BUCKETS} buckets, four an octave, from two microseconds to 34 seconds.
 */
public final class RoundTrips {
    /** How many buckets there are. */
    public static final int BUCKETS = 96;

    private static final int FIRST_OCTAVE = 11;
    private static final int QUARTERS = 4;
    private static final int QUARTER_BITS = 2;

    private static final int BYTES = BUCKETS;

    private final AtomicLongArray counts = new AtomicLongArray(BUCKETS + 1);

    RoundTrips() {}

    /** Counts a request and its reply. */
    void add(long timeNs, int messageBytes) {
        increase(bucket(timeNs), 1);
        increase(BYTES, messageBytes);
    }

    private void increase(int index, long by) {
        counts.setOpaque(index, counts.getPlain(index) + by);
    }

    /** The bucket of a time; what is shorter than the first one's or longer than the last one's is in it. */
    static int bucket(long timeNs) {
        int octave = 63 - Long.numberOfLeadingZeros(timeNs | 1);
        if (octave < FIRST_OCTAVE) {
            return 0;
        }
        int quarter = (int) (timeNs >>> octave - QUARTER_BITS) & QUARTERS - 1;
        return Math.min((octave - FIRST_OCTAVE) * QUARTERS + quarter, BUCKETS - 1);
    }

    /** Where a bucket ends, in nanoseconds: the times in it are shorter. */
    public static long limitNs(int bucket) {
        int octave = bucket / QUARTERS + FIRST_OCTAVE;
        return (long) (QUARTERS + bucket % QUARTERS + 1) << octave - QUARTER_BITS;
    }

    /** How many there were in a bucket. */
    public long count(int bucket) {
        return counts.getOpaque(bucket);
    }

    /** The bytes of all messages, both ways. */
    public long bytes() {
        return counts.getOpaque(BYTES);
    }
}
