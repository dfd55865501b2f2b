package dev.skerry.execution.x86.fp;

/**
 * Power series in fixed point: arguments as fractions of 2^128, sums as fractions of 2^127. All have positive terms that
 * shrink so fast that an alternating sum stays positive throughout.
 */
final class Series {
    // Enough for arguments up to 0.7, of which the 31st power over 32! is below 2^-128.
    private static final int FACTORIALS = 36;
    private static final int ODD_NUMBERS = 26;

    /** 1/0!, 1/1!, ... high and low. */
    private static final long[] FACTORIAL = new long[2 * FACTORIALS];

    /** 1/1, 1/3, 1/5, ... high and low. */
    private static final long[] ODD = new long[2 * ODD_NUMBERS];

    static {
        FACTORIAL[0] = Long.MIN_VALUE;
        for (int i = 1; i < FACTORIALS; i++) {
            divide(FACTORIAL, 2 * i, FACTORIAL[2 * i - 2], FACTORIAL[2 * i - 1], i);
        }
        for (int i = 0; i < ODD_NUMBERS; i++) {
            divide(ODD, 2 * i, Long.MIN_VALUE, 0, 2 * i + 1);
        }
    }

    private Series() {}

    private static void divide(long[] into, int at, long high, long low, int divisor) {
        long first = Long.divideUnsigned(high, divisor);
        long rest = high - first * divisor;
        long upper = rest << 32 | low >>> 32;
        long second = upper / divisor;
        long lower = (upper - second * divisor) << 32 | low & 0xffff_ffffL;
        into[at] = first;
        into[at + 1] = second << 32 | lower / divisor;
    }

    /** The sum over k of (+-z)^k / (k+1)!: (e^z - 1) / z. */
    static void exponential(Wide sum, long zHigh, long zLow, boolean negative) {
        evaluate(sum, FACTORIAL, 1, 1, 32, zHigh, zLow, negative);
    }

    /** The sum over k of (-z)^k / (2k+1)!: sin(x) / x for z = x * x. */
    static void sine(Wide sum, long zHigh, long zLow) {
        evaluate(sum, FACTORIAL, 1, 2, 17, zHigh, zLow, true);
    }

    /** The sum over k of (-z)^k / (2k)!: cos(x) for z = x * x. */
    static void cosine(Wide sum, long zHigh, long zLow) {
        evaluate(sum, FACTORIAL, 0, 2, 17, zHigh, zLow, true);
    }

    /** The sum over k of z^k / (2k+1), z up to 0.03: artanh(x) / x for z = x * x. */
    static void inverseHyperbolicTangent(Wide sum, long zHigh, long zLow) {
        evaluate(sum, ODD, 0, 1, 25, zHigh, zLow, false);
    }

    /** The sum over k of (-z)^k / (2k+1), z up to 0.005: arctan(x) / x for z = x * x. */
    static void inverseTangent(Wide sum, long zHigh, long zLow) {
        evaluate(sum, ODD, 0, 1, 18, zHigh, zLow, true);
    }

    private static void evaluate(
            Wide sum,
            long[] table,
            int first,
            int step,
            int terms,
            long zHigh,
            long zLow,
            boolean alternating) {
        long high = 0;
        long low = 0;
        for (int k = terms - 1; k >= 0; k--) {
            int at = 2 * (first + k * step);
            long productHigh = Wide.productHigh(zHigh, zLow, high, low);
            long productLow = Wide.productLow(zHigh, zLow, high, low);
            long coefficientHigh = table[at];
            long coefficientLow = table[at + 1];
            if (alternating) {
                low = coefficientLow - productLow;
                high =
                        coefficientHigh
                                - productHigh
                                - (Long.compareUnsigned(coefficientLow, productLow) < 0 ? 1 : 0);
            } else {
                low = coefficientLow + productLow;
                high =
                        coefficientHigh
                                + productHigh
                                + (Long.compareUnsigned(low, productLow) < 0 ? 1 : 0);
            }
        }
        if (alternating && high == Long.MIN_VALUE && low == 0) {
            // The argument was too small to show, but the sum is less than its first term.
            high--;
            low--;
        }
        sum.set(0, 0, high, low);
    }
}
