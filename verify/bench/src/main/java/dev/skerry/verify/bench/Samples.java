package dev.skerry.verify.bench;

import java.util.Arrays;

/** Measured times in nanoseconds, and their percentiles. */
final class Samples {
    private long[] values = new long[1024];
    private int count;
    private boolean sorted;

    void add(long ns) {
        if (count == values.length) {
            values = Arrays.copyOf(values, 2 * count);
        }
        values[count++] = ns;
        sorted = false;
    }

    int count() {
        return count;
    }

    /** The smallest value that at least this part of all is not above; in nanoseconds. */
    long percentile(double percent) {
        if (!sorted) {
            Arrays.sort(values, 0, count);
            sorted = true;
        }
        return values[(int) Math.clamp(Math.ceil(percent / 100 * count) - 1, 0, count - 1)];
    }

    double us(double percent) {
        return percentile(percent) / 1e3;
    }

    double ms(double percent) {
        return percentile(percent) / 1e6;
    }

    double medianRatioTo(Samples other) {
        return (double) percentile(50) / other.percentile(50);
    }
}
