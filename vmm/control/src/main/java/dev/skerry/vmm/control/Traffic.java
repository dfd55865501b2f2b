package dev.skerry.vmm.control;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What went between the machine and a device process: bytes of requests and replies, and the times of
 * round trips in buckets.
 *
 * @param trips how many there were, by the nanoseconds a bucket ends at
 */
record Traffic(long bytes, SortedMap<Long, Long> trips) {
    static final Traffic NONE = new Traffic(0, new TreeMap<>());

    private static final int MOST_BUCKETS = 1000;

    /**
     * Reads {@code BYTES LIMIT:COUNT…}. The machine wrote it, which a guest may have taken over.
     *
     * @return null if it is something else
     */
    static Traffic parse(String text) {
        String[] words = text.split(" ");
        if (words.length > MOST_BUCKETS) {
            return null;
        }
        try {
            SortedMap<Long, Long> trips = new TreeMap<>();
            for (int i = 1; i < words.length; i++) {
                int colon = words[i].indexOf(':');
                if (colon < 0) {
                    return null;
                }
                trips.merge(
                        Long.parseUnsignedLong(words[i].substring(0, colon)),
                        Long.parseUnsignedLong(words[i].substring(colon + 1)),
                        Long::sum);
            }
            return new Traffic(Long.parseUnsignedLong(words[0]), trips);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder().append(bytes);
        trips.forEach((limit, count) -> text.append(' ').append(limit).append(':').append(count));
        return text.toString();
    }

    Traffic plus(Traffic other) {
        SortedMap<Long, Long> sum = new TreeMap<>(trips);
        other.trips.forEach((limit, count) -> sum.merge(limit, count, Long::sum));
        return new Traffic(bytes + other.bytes, sum);
    }

    /** What came after an earlier look. */
    Traffic since(Traffic earlier) {
        SortedMap<Long, Long> rest = new TreeMap<>();
        trips.forEach(
                (limit, count) -> rest.put(limit, count - earlier.trips.getOrDefault(limit, 0L)));
        return new Traffic(bytes - earlier.bytes, rest);
    }

    long messages() {
        return trips.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How long all but a part of the round trips took at most, in nanoseconds; 0 if there was none. */
    long percentileNs(double part) {
        long wanted = (long) Math.ceil(messages() * part);
        long seen = 0;
        for (Map.Entry<Long, Long> bucket : trips.entrySet()) {
            seen += bucket.getValue();
            if (bucket.getValue() > 0 && seen >= wanted) {
                return bucket.getKey();
            }
        }
        return 0;
    }
}
