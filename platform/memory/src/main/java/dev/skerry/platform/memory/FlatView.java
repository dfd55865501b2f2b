package dev.skerry.platform.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What an address space shows at one moment: disjoint ranges in ascending order. Immutable, so that
 * an access in flight is not disturbed by a change of the map.
 */
public final class FlatView {
    static final FlatView EMPTY = new FlatView(List.of());

    /**
     * One range.
     *
     * @param start its first address
     * @param sizeBytes its length
     * @param region a {@link RamRegion} or {@link IoRegion}
     * @param regionOffset the first byte of the region it shows
     */
    public record Range(long start, long sizeBytes, Region region, long regionOffset) {
        public long end() {
            return start + sizeBytes;
        }
    }

    private final List<Range> ranges;
    // The same as arrays: a lookup touches nothing else until it has found its range.
    private final long[] starts;
    private final long[] ends;
    private final Region[] regions;
    private final long[] offsets;

    private FlatView(List<Range> sorted) {
        ranges = List.copyOf(sorted);
        int count = ranges.size();
        starts = new long[count];
        ends = new long[count];
        regions = new Region[count];
        offsets = new long[count];
        for (int i = 0; i < count; i++) {
            Range range = ranges.get(i);
            starts[i] = range.start();
            ends[i] = range.end();
            regions[i] = range.region();
            offsets[i] = range.regionOffset();
        }
    }

    static FlatView of(Container root) {
        Builder builder = new Builder();
        root.render(builder, 0, 0, root.sizeBytes());
        return new FlatView(builder.ranges);
    }

    /** All ranges in ascending order. */
    public List<Range> ranges() {
        return ranges;
    }

    /** The index of the range an address is in, or -1. */
    int find(long gpa) {
        int at = Arrays.binarySearch(starts, gpa);
        int index = at >= 0 ? at : -at - 2;
        return index >= 0 && gpa < ends[index] ? index : -1;
    }

    /** Whether a range begins among some bytes, the first of which is in none. */
    boolean beginsWithin(long gpa, int size) {
        int next = -Arrays.binarySearch(starts, gpa) - 1;
        return gpa >= 0 && next < starts.length && starts[next] - gpa < size;
    }

    Region region(int index) {
        return regions[index];
    }

    /** Where in its region an address of a range is. */
    long offset(int index, long gpa) {
        return offsets[index] + (gpa - starts[index]);
    }

    /** How many bytes of a range lie at and after an address in it. */
    long remaining(int index, long gpa) {
        return ends[index] - gpa;
    }

    /** The sum of a begin and a size, stopped at the last address. */
    static long end(long base, long sizeBytes) {
        return base > Long.MAX_VALUE - sizeBytes ? Long.MAX_VALUE : base + sizeBytes;
    }

    /** Collects ranges, the most important first: a later one fills only what is still free. */
    static final class Builder {
        private final List<Range> ranges = new ArrayList<>();

        void add(Region region, long base, long clipStart, long clipEnd) {
            long at = Math.max(clipStart, base);
            long end = Math.min(clipEnd, end(base, region.sizeBytes()));
            int index = 0;
            while (at < end) {
                while (index < ranges.size() && ranges.get(index).end() <= at) {
                    index++;
                }
                long next = index < ranges.size() ? ranges.get(index).start() : Long.MAX_VALUE;
                if (at < next) {
                    long stop = Math.min(end, next);
                    ranges.add(index, new Range(at, stop - at, region, at - base));
                    at = stop;
                } else {
                    at = ranges.get(index).end();
                }
            }
        }
    }
}
