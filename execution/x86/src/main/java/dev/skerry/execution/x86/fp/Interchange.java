package dev.skerry.execution.x86.fp;

/**
 * SSE arithmetic on binary32 and binary64 in full: every operand, rounding mode and exception. The format is given by its
 * precision (24 or 53), a constant at every call. A binary32 is held in the lower half of a {@code long}.
 *
 * <p>Sources: Intel SDM volume 1, 4.8.3.5 (NaNs: the first operand's, else the second's), 4.9.1, 11.5.2, and appendix E for
 * each instruction's results and flags.
 */
final class Interchange {
    private Interchange() {}

    static long fractionMask(int precision) {
        return (1L << precision - 1) - 1;
    }

    static long signMask(int precision) {
        return precision == Binary32.PRECISION ? 1L << 31 : Long.MIN_VALUE;
    }

    static int exponentMax(int precision) {
        return precision == Binary32.PRECISION ? 0xff : 0x7ff;
    }

    static int bias(int precision) {
        return exponentMax(precision) >> 1;
    }

    static long infinity(int precision) {
        return (long) exponentMax(precision) << precision - 1;
    }

    static long quietBit(int precision) {
        return 1L << precision - 2;
    }

    static long defaultNan(int precision) {
        return signMask(precision) | infinity(precision) | quietBit(precision);
    }

    static long magnitude(long value, int precision) {
        return value & signMask(precision) - 1;
    }

    static int sign(long value, int precision) {
        return (value & signMask(precision)) != 0 ? 1 : 0;
    }

    static boolean isNan(long value, int precision) {
        return magnitude(value, precision) > infinity(precision);
    }

    static boolean isSignaling(long value, int precision) {
        return isNan(value, precision) && (value & quietBit(precision)) == 0;
    }

    static boolean isInfinite(long value, int precision) {
        return magnitude(value, precision) == infinity(precision);
    }

    static boolean isDenormal(long value, int precision) {
        long magnitude = magnitude(value, precision);
        return magnitude != 0 && magnitude <= fractionMask(precision);
    }

    // With DAZ, a denormal operand is a zero of its sign.
    static long operand(FpEnv env, long value, int precision) {
        return env.denormalsAreZero && isDenormal(value, precision)
                ? value & signMask(precision)
                : value;
    }

    /** Exponent of the first bit of a finite number that is not zero. */
    static int exponent(long value, int precision) {
        long magnitude = magnitude(value, precision);
        int biased = (int) (magnitude >>> precision - 1);
        return biased != 0
                ? biased - bias(precision)
                : 65 - Long.numberOfLeadingZeros(magnitude) - bias(precision) - precision;
    }

    /** Its significand with the first bit at 63. */
    static long significand(long value, int precision) {
        long magnitude = magnitude(value, precision);
        long fraction = magnitude & fractionMask(precision);
        return magnitude > fractionMask(precision)
                ? (fraction | 1L << precision - 1) << 64 - precision
                : fraction << Long.numberOfLeadingZeros(fraction);
    }

    static void raiseDenormal(FpEnv env, long a, long b, int precision) {
        if (isDenormal(a, precision) || isDenormal(b, precision)) {
            env.raised |= FpEnv.DENORMAL;
        }
    }

    static long invalid(FpEnv env, int precision) {
        env.raised |= FpEnv.INVALID;
        return defaultNan(precision);
    }

    static long quiet(FpEnv env, long nan, int precision) {
        if ((nan & quietBit(precision)) == 0) {
            env.raised |= FpEnv.INVALID;
        }
        return nan | quietBit(precision);
    }

    // At least one is a NaN.
    static long propagate(FpEnv env, long a, long b, int precision) {
        if (isSignaling(a, precision) || isSignaling(b, precision)) {
            env.raised |= FpEnv.INVALID;
        }
        return (isNan(a, precision) ? a : b) | quietBit(precision);
    }

    static long add(FpEnv env, long first, long second, boolean subtract, int precision) {
        long a = operand(env, first, precision);
        long b = operand(env, second, precision);
        if (isNan(a, precision) || isNan(b, precision)) {
            return propagate(env, a, b, precision);
        }
        if (subtract) {
            b ^= signMask(precision);
        }
        if (isInfinite(a, precision) && isInfinite(b, precision) && a != b) {
            return invalid(env, precision);
        }
        raiseDenormal(env, a, b, precision);
        if (isInfinite(a, precision)) {
            return a;
        }
        if (isInfinite(b, precision)) {
            return b;
        }
        boolean noA = magnitude(a, precision) == 0;
        boolean noB = magnitude(b, precision) == 0;
        if (noA && noB) {
            return a == b ? a : exactZero(env, precision);
        }
        if (noA || noB) {
            long other = noA ? b : a;
            env.exact(
                    sign(other, precision),
                    exponent(other, precision),
                    significand(other, precision),
                    0);
        } else if (!Exact.add(
                env,
                sign(a, precision),
                exponent(a, precision),
                significand(a, precision),
                sign(b, precision),
                exponent(b, precision),
                significand(b, precision))) {
            return exactZero(env, precision);
        }
        return round(env, precision);
    }

    private static long exactZero(FpEnv env, int precision) {
        return env.rounding == FpEnv.DOWN ? signMask(precision) : 0;
    }

    static long multiply(FpEnv env, long first, long second, int precision) {
        long a = operand(env, first, precision);
        long b = operand(env, second, precision);
        if (isNan(a, precision) || isNan(b, precision)) {
            return propagate(env, a, b, precision);
        }
        long sign = (a ^ b) & signMask(precision);
        boolean noA = magnitude(a, precision) == 0;
        boolean noB = magnitude(b, precision) == 0;
        if (isInfinite(a, precision) && noB || isInfinite(b, precision) && noA) {
            return invalid(env, precision);
        }
        raiseDenormal(env, a, b, precision);
        if (isInfinite(a, precision) || isInfinite(b, precision)) {
            return sign | infinity(precision);
        }
        if (noA || noB) {
            return sign;
        }
        Exact.multiply(
                env,
                sign(a, precision),
                exponent(a, precision),
                significand(a, precision),
                sign(b, precision),
                exponent(b, precision),
                significand(b, precision));
        return round(env, precision);
    }

    static long divide(FpEnv env, long first, long second, int precision) {
        long a = operand(env, first, precision);
        long b = operand(env, second, precision);
        if (isNan(a, precision) || isNan(b, precision)) {
            return propagate(env, a, b, precision);
        }
        long sign = (a ^ b) & signMask(precision);
        boolean noA = magnitude(a, precision) == 0;
        boolean noB = magnitude(b, precision) == 0;
        if (isInfinite(a, precision) && isInfinite(b, precision) || noA && noB) {
            return invalid(env, precision);
        }
        if (noB && !isInfinite(a, precision)) {
            env.raised |= FpEnv.ZERO_DIVIDE;
            return sign | infinity(precision);
        }
        raiseDenormal(env, a, b, precision);
        if (isInfinite(a, precision)) {
            return sign | infinity(precision);
        }
        if (noA || isInfinite(b, precision)) {
            return sign;
        }
        Exact.divide(
                env,
                sign(a, precision),
                exponent(a, precision),
                significand(a, precision),
                sign(b, precision),
                exponent(b, precision),
                significand(b, precision));
        return round(env, precision);
    }

    static long squareRoot(FpEnv env, long value, int precision) {
        long a = operand(env, value, precision);
        if (isNan(a, precision)) {
            return quiet(env, a, precision);
        }
        if (magnitude(a, precision) == 0) {
            return a;
        }
        if (sign(a, precision) != 0) {
            return invalid(env, precision);
        }
        if (isInfinite(a, precision)) {
            return a;
        }
        raiseDenormal(env, a, 0, precision);
        Exact.squareRoot(env, exponent(a, precision), significand(a, precision));
        return round(env, precision);
    }

    /** MIN and MAX: the second operand if either is a NaN or both are zeros. */
    static long select(FpEnv env, long first, long second, boolean maximum, int precision) {
        long a = operand(env, first, precision);
        long b = operand(env, second, precision);
        if (isNan(a, precision) || isNan(b, precision)) {
            env.raised |= FpEnv.INVALID;
            return b;
        }
        raiseDenormal(env, a, b, precision);
        int order = order(a, b, precision);
        return (maximum ? order > 0 : order < 0) ? a : b;
    }

    /** One of the {@code Binary64.LESS} ... values; quiet NaNs are invalid if signaling. */
    static int compare(FpEnv env, long first, long second, boolean signaling, int precision) {
        long a = operand(env, first, precision);
        long b = operand(env, second, precision);
        if (isNan(a, precision) || isNan(b, precision)) {
            if (signaling || isSignaling(a, precision) || isSignaling(b, precision)) {
                env.raised |= FpEnv.INVALID;
            }
            return Comparison.UNORDERED;
        }
        raiseDenormal(env, a, b, precision);
        return order(a, b, precision);
    }

    private static int order(long a, long b, int precision) {
        return Long.compare(ordinal(a, precision), ordinal(b, precision));
    }

    private static long ordinal(long value, int precision) {
        long magnitude = magnitude(value, precision);
        return sign(value, precision) != 0 ? -magnitude : magnitude;
    }

    /** ROUNDSS, ROUNDSD: to an integral number of the same format. */
    static long integral(
            FpEnv env, long value, int rounding, boolean inexactIsSilent, int precision) {
        long a = operand(env, value, precision);
        if (isNan(a, precision)) {
            return quiet(env, a, precision);
        }
        if (magnitude(a, precision) == 0 || isInfinite(a, precision)) {
            return a;
        }
        int exponent = exponent(a, precision);
        if (exponent >= precision - 1) {
            return a;
        }
        long significand = significand(a, precision);
        long kept = Integral.magnitude(significand, exponent, sign(a, precision), rounding);
        if (!inexactIsSilent && !Integral.isExact(significand, exponent)) {
            env.raised |= FpEnv.PRECISION;
        }
        long sign = a & signMask(precision);
        if (kept == 0) {
            return sign;
        }
        int first = 63 - Long.numberOfLeadingZeros(kept);
        long fraction = kept << precision - 1 - first & fractionMask(precision);
        return sign | (long) (first + bias(precision)) << precision - 1 | fraction;
    }

    /** CVTxx2SI, CVTTxx2SI: the integer, or the smallest one ("integer indefinite") if it does not fit. */
    static long toInteger(FpEnv env, long value, int rounding, int bits, int precision) {
        long a = operand(env, value, precision);
        if (magnitude(a, precision) == 0) {
            return 0;
        }
        long indefinite = -1L << bits - 1;
        if (magnitude(a, precision) >= infinity(precision)) {
            env.raised |= FpEnv.INVALID;
            return indefinite;
        }
        int exponent = exponent(a, precision);
        int sign = sign(a, precision);
        if (exponent < 63) {
            long significand = significand(a, precision);
            long magnitude = Integral.magnitude(significand, exponent, sign, rounding);
            long integer = sign != 0 ? -magnitude : magnitude;
            if (integer >= indefinite && integer <= ~indefinite) {
                if (!Integral.isExact(significand, exponent)) {
                    env.raised |= FpEnv.PRECISION;
                }
                return integer;
            }
        } else if (bits == 64
                && exponent == 63
                && sign != 0
                && significand(a, precision) == Long.MIN_VALUE) {
            return Long.MIN_VALUE;
        }
        env.raised |= FpEnv.INVALID;
        return indefinite;
    }

    static long fromInteger(FpEnv env, long value, int precision) {
        if (value == 0) {
            return 0;
        }
        Exact.normalize(env, value < 0 ? 1 : 0, 63, value < 0 ? -value : value, 0);
        return round(env, precision);
    }

    /** CVTSS2SD, CVTSD2SS. */
    static long convert(FpEnv env, long value, int from, int to) {
        long a = operand(env, value, from);
        long sign = sign(a, from) != 0 ? signMask(to) : 0;
        if (isNan(a, from)) {
            long fraction = quiet(env, a, from) & fractionMask(from);
            return sign
                    | infinity(to)
                    | (from < to ? fraction << to - from : fraction >>> from - to);
        }
        if (isInfinite(a, from)) {
            return sign | infinity(to);
        }
        if (magnitude(a, from) == 0) {
            return sign;
        }
        raiseDenormal(env, a, 0, from);
        env.exact(sign(a, from), exponent(a, from), significand(a, from), 0);
        return round(env, to);
    }

    /** Rounds the intermediate and packs it. */
    static long round(FpEnv env, int precision) {
        int sign = env.exactSign;
        long signBit = sign != 0 ? signMask(precision) : 0;
        int biased = env.exactExponent + bias(precision);
        int cut = 64 - precision;
        long kept = env.exactHigh >>> cut;
        long fraction = env.exactHigh << precision | (env.exactLow != 0 ? 1 : 0);
        long rounded = kept + (env.roundsUp(sign, (kept & 1) != 0, fraction) ? 1 : 0);
        env.roundedUp = rounded != kept;
        int roundedExponent = biased + (int) (rounded >>> precision);
        if (roundedExponent < 1) {
            return tiny(env, biased, fraction != 0, precision);
        }
        if (fraction != 0) {
            env.raised |= FpEnv.PRECISION;
        }
        if (roundedExponent >= exponentMax(precision)) {
            return overflow(env, signBit, precision);
        }
        // The significand's first bit adds one to the exponent, a carry out of it another.
        return signBit | ((long) (biased - 1) << precision - 1) + rounded;
    }

    private static long overflow(FpEnv env, long signBit, int precision) {
        env.raised |= FpEnv.OVERFLOW;
        if (!env.isUnmasked(FpEnv.OVERFLOW)) {
            env.raised |= FpEnv.PRECISION;
        }
        long infinity = signBit | infinity(precision);
        env.roundedUp = env.overflowsToInfinity(env.exactSign);
        return env.roundedUp ? infinity : infinity - 1;
    }

    private static long tiny(FpEnv env, int biased, boolean inexact, int precision) {
        int sign = env.exactSign;
        long signBit = sign != 0 ? signMask(precision) : 0;
        if (env.isUnmasked(FpEnv.UNDERFLOW)) {
            env.raised |= FpEnv.UNDERFLOW | (inexact ? FpEnv.PRECISION : 0);
            return signBit;
        }
        env.roundedUp = false;
        if (env.flushToZero) {
            env.raised |= FpEnv.UNDERFLOW | FpEnv.PRECISION;
            return signBit;
        }
        int shift = 1 - biased;
        long high = Exact.shiftRightHigh(env.exactHigh, shift);
        long low = Exact.shiftRightLow(env.exactHigh, shift) | (env.exactLow != 0 ? 1 : 0);
        long kept = high >>> 64 - precision;
        long fraction = high << precision | (low != 0 ? 1 : 0);
        if (fraction != 0) {
            env.raised |= FpEnv.UNDERFLOW | FpEnv.PRECISION;
        }
        env.roundedUp = env.roundsUp(sign, (kept & 1) != 0, fraction);
        return signBit | kept + (env.roundedUp ? 1 : 0);
    }
}
