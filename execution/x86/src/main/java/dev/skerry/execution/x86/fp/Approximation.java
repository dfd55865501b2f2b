package dev.skerry.execution.x86.fp;

/**
 * RCPSS and RSQRTSS, which promise a relative error of 1.5 * 2^-12 and raise nothing. The bits here are those of Intel
 * processors: the nearest of 2^13 fractions to the value in the middle of the interval that the operand's first bits give,
 * found so for every interval.
 *
 * <p>Denormal operands are zeros and tiny results are zero, whatever MXCSR says. Source: Intel SDM volume 2, RCPSS, RSQRTSS.
 */
public final class Approximation {
    private static final int SIGN = 0x8000_0000;
    private static final int INFINITY = 0x7f80_0000;
    private static final int DEFAULT_NAN = 0xffc0_0000;
    private static final int QUIET_BIT = 0x40_0000;
    private static final int FRACTION_BITS = 23;
    private static final int BIAS = 127;

    private Approximation() {}

    /** RCPSS: about 1 / a. */
    public static int reciprocal(int a) {
        int magnitude = a & ~SIGN;
        int sign = a & SIGN;
        if (magnitude > INFINITY) {
            return a | QUIET_BIT;
        }
        int biased = magnitude >>> FRACTION_BITS;
        if (biased == 0) {
            return sign | INFINITY;
        }
        // The middle of the interval of eleven fraction bits is odd / 4096; an infinity's exponent
        // is too large as well.
        int odd = 4097 + 2 * (magnitude >>> 12 & 0x7ff);
        int fraction = ((1 << 26) + odd) / (2 * odd);
        int resultBiased = 2 * BIAS - 1 - biased;
        return resultBiased < 1 ? sign : sign | pack(resultBiased, fraction);
    }

    /** RSQRTSS: about 1 / sqrt(a). */
    public static int reciprocalRoot(int a) {
        int magnitude = a & ~SIGN;
        if (magnitude > INFINITY) {
            return a | QUIET_BIT;
        }
        int biased = magnitude >>> FRACTION_BITS;
        if (biased == 0) {
            return a & SIGN | INFINITY;
        }
        if (a < 0) {
            return DEFAULT_NAN;
        }
        if (magnitude == INFINITY) {
            return 0;
        }
        int exponent = biased - BIAS;
        // The middle of the interval of ten fraction bits is odd / 2048, twice that for an odd
        // exponent.
        int odd = 2049 + 2 * (magnitude >>> 13 & 0x3ff) << (exponent & 1);
        int twice = (int) Math.sqrt((double) ((1L << 39) / odd));
        return pack(BIAS - 1 - (exponent >> 1), (twice + 1) / 2);
    }

    // fraction / 8192, which is from 1/2 to 1, with the exponent of a number from 1/2 to 1.
    private static int pack(int biased, int fraction) {
        return biased << FRACTION_BITS | (fraction & 0xfff) << 11;
    }
}
