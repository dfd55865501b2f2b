package dev.skerry.execution.x86.fp;

/** The integral part of significand / 2^63 * 2^exponent, for exponents below 64 and significands whose bit 63 is set. */
final class Integral {
    private Integral() {}

    /** Rounded as said, unsigned. With exponent 63 there is nothing to round; with 62 the result may be 2^63. */
    static long magnitude(long significand, int exponent, int sign, int rounding) {
        if (exponent >= 63) {
            return significand;
        }
        if (exponent < -1) {
            return roundsUp(rounding, sign, false, 1) ? 1 : 0;
        }
        long kept = exponent < 0 ? 0 : significand >>> 63 - exponent;
        long fraction = exponent < 0 ? significand : significand << exponent + 1;
        return kept + (roundsUp(rounding, sign, (kept & 1) != 0, fraction) ? 1 : 0);
    }

    static boolean isExact(long significand, int exponent) {
        return exponent >= 63 || exponent >= 0 && significand << exponent + 1 == 0;
    }

    private static boolean roundsUp(int rounding, int sign, boolean odd, long fraction) {
        if (fraction == 0) {
            return false;
        }
        return switch (rounding) {
            case FpEnv.NEAREST -> fraction < 0 && (odd || fraction != Long.MIN_VALUE);
            case FpEnv.DOWN -> sign != 0;
            case FpEnv.UP -> sign == 0;
            default -> false;
        };
    }
}
