package dev.skerry.execution.x86.fp;

/**
 * Between the x87's registers and the formats of memory: binary32 and binary64, integers of 16, 32 and 64 bits, packed BCD.
 *
 * <p>Conventions of {@link Extended}. Under an unmasked exception other than inexact, a store stores nothing: {@code
 * storeBlocked} tells. Source: Intel SDM volume 1, 4.7 (packed BCD), 8.5; volume 2, FLD, FST, FILD, FIST, FISTTP, FBLD, FBSTP.
 */
public final class ExtendedFormats {
    private static final long LOW = 0xffff_ffffL;

    // FBSTP's largest magnitude: 18 digits.
    private static final long BCD_MAX = 999_999_999_999_999_999L;
    private static final int BCD_INDEFINITE_HIGH = 0xffff;
    private static final long BCD_INDEFINITE_LOW = 0xc000_0000_0000_0000L;

    private ExtendedFormats() {}

    /** Whether memory stays as it is after a store: an unmasked exception other than inexact was raised. */
    public static boolean storeBlocked(FpEnv env) {
        return (env.raised & ~env.masks & ~FpEnv.PRECISION) != 0;
    }

    /** Whether nothing is pushed by FLD m32 or m64: only an unmasked invalid operation keeps it back, not a denormal. */
    public static boolean loadBlocked(FpEnv env) {
        return (env.raised & ~env.masks & FpEnv.INVALID) != 0;
    }

    /** A binary32 operand of arithmetic. Exact; a denormal is reported, a signaling NaN left to the arithmetic. */
    public static long operand32(FpEnv env, int value) {
        return operand(env, value & LOW, Binary32.PRECISION);
    }

    /** A binary64 operand of arithmetic. */
    public static long operand64(FpEnv env, long value) {
        return operand(env, value, Binary64.PRECISION);
    }

    /** FLD m32: as the operand, but a signaling NaN is invalid and becomes quiet. */
    public static long load32(FpEnv env, int value) {
        return quiet(env, operand32(env, value));
    }

    /** FLD m64. */
    public static long load64(FpEnv env, long value) {
        return quiet(env, operand64(env, value));
    }

    private static long quiet(FpEnv env, long significand) {
        env.roundedUp = false;
        return Extended.isNan(env.signExponent, significand)
                ? Extended.propagate(env, env.signExponent, significand)
                : significand;
    }

    private static long operand(FpEnv env, long value, int precision) {
        int sign = Interchange.sign(value, precision);
        long magnitude = Interchange.magnitude(value, precision);
        if (magnitude == 0) {
            return Extended.zero(env, sign);
        }
        if (magnitude >= Interchange.infinity(precision)) {
            long fraction = magnitude << 64 - precision;
            return Extended.result(
                    env, sign << 15 | Extended.EXPONENT_MAX, fraction | Extended.INTEGER_BIT);
        }
        Interchange.raiseDenormal(env, value, 0, precision);
        int exponent = Interchange.exponent(value, precision) + Extended.BIAS;
        return Extended.result(
                env, sign << 15 | exponent, Interchange.significand(value, precision));
    }

    /** FST m32. */
    public static int store32(FpEnv env, int se, long significand) {
        return (int) store(env, se, significand, Binary32.PRECISION);
    }

    /** FST m64. */
    public static long store64(FpEnv env, int se, long significand) {
        return store(env, se, significand, Binary64.PRECISION);
    }

    private static long store(FpEnv env, int se, long significand, int precision) {
        env.roundedUp = false;
        long sign = Extended.sign(se) != 0 ? Interchange.signMask(precision) : 0;
        if (Extended.isUnsupported(se, significand)) {
            return Interchange.invalid(env, precision);
        }
        if (Extended.isNan(se, significand)) {
            if (Extended.isSignaling(se, significand)) {
                env.raised |= FpEnv.INVALID;
            }
            long fraction = significand >>> 64 - precision & Interchange.fractionMask(precision);
            return sign
                    | Interchange.infinity(precision)
                    | fraction
                    | Interchange.quietBit(precision);
        }
        if (Extended.isInfinite(se, significand)) {
            return sign | Interchange.infinity(precision);
        }
        if (significand == 0) {
            return sign;
        }
        env.exact(
                Extended.sign(se),
                Extended.exponent(se, significand),
                Extended.normalized(significand),
                0);
        long result = Interchange.round(env, precision);
        if (storeBlocked(env)) {
            // Nothing is stored, so nothing was rounded.
            env.raised &= ~FpEnv.PRECISION;
            env.roundedUp = false;
        }
        return result;
    }

    /** FILD of any size, sign-extended; also the operand of FIADD and its like. Exact. */
    public static long fromInteger(FpEnv env, long value) {
        env.roundedUp = false;
        if (value == 0) {
            return Extended.zero(env, 0);
        }
        int sign = value < 0 ? 1 : 0;
        long magnitude = value < 0 ? -value : value;
        int zeros = Long.numberOfLeadingZeros(magnitude);
        return Extended.result(env, sign << 15 | Extended.BIAS + 63 - zeros, magnitude << zeros);
    }

    /** FIST: rounded by the control word to 16, 32 or 64 bits; the indefinite integer (only the sign bit) if it does not fit. */
    public static long toInteger(FpEnv env, int se, long significand, int bits) {
        return toInteger(env, se, significand, env.rounding, bits);
    }

    /** FISTTP. */
    public static long truncateToInteger(FpEnv env, int se, long significand, int bits) {
        return toInteger(env, se, significand, FpEnv.TRUNCATE, bits);
    }

    private static long toInteger(FpEnv env, int se, long significand, int rounding, int bits) {
        env.roundedUp = false;
        long indefinite = -1L << bits - 1;
        if (Extended.isZero(se, significand)) {
            return 0;
        }
        if (!Extended.isOdd(se, significand) && !Extended.isInfinite(se, significand)) {
            int exponent = Extended.exponent(se, significand);
            if (exponent < 64) {
                int sign = Extended.sign(se);
                long magnitude = magnitude(env, exponent, significand, sign, rounding);
                // As an unsigned number: 2^(bits - 1) fits if it is negative.
                if (Long.compareUnsigned(magnitude, ~indefinite + sign) <= 0) {
                    return sign != 0 ? -magnitude : magnitude;
                }
            }
        }
        env.raised = FpEnv.INVALID;
        env.roundedUp = false;
        return indefinite;
    }

    // Rounds to an integer below 2^64, reporting inexactness.
    private static long magnitude(
            FpEnv env, int exponent, long significand, int sign, int rounding) {
        long normalized = Extended.normalized(significand);
        long magnitude = Integral.magnitude(normalized, exponent, sign, rounding);
        if (!Integral.isExact(normalized, exponent)) {
            env.raised |= FpEnv.PRECISION;
            env.roundedUp =
                    magnitude != Integral.magnitude(normalized, exponent, sign, FpEnv.TRUNCATE);
        }
        return magnitude;
    }

    /** FRNDINT. */
    public static long toIntegral(FpEnv env, int se, long significand) {
        env.roundedUp = false;
        if (Extended.isOdd(se, significand)) {
            return Extended.propagate(env, se, significand);
        }
        if (Extended.isZero(se, significand) || Extended.isInfinite(se, significand)) {
            return Extended.result(env, se, significand);
        }
        Extended.raiseDenormal(env, se, significand, 0, 0);
        int exponent = Extended.exponent(se, significand);
        if (exponent >= 63) {
            return Extended.result(env, se, significand);
        }
        int sign = Extended.sign(se);
        long magnitude = magnitude(env, exponent, significand, sign, env.rounding);
        if (magnitude == 0) {
            return Extended.zero(env, sign);
        }
        int zeros = Long.numberOfLeadingZeros(magnitude);
        return Extended.result(env, sign << 15 | Extended.BIAS + 63 - zeros, magnitude << zeros);
    }

    /**
     * FBLD. Digits above 9 count as they stand, which processors leave undefined.
     *
     * @param low bytes 0 to 7: sixteen digits
     * @param high bytes 8 and 9: two digits and, in bit 15, the sign
     */
    public static long fromBcd(FpEnv env, long low, int high) {
        long magnitude = 0;
        for (int shift = 4; shift >= 0; shift -= 4) {
            magnitude = magnitude * 10 + (high >>> shift & 0xf);
        }
        for (int shift = 60; shift >= 0; shift -= 4) {
            magnitude = magnitude * 10 + (low >>> shift & 0xf);
        }
        long significand = fromInteger(env, magnitude);
        env.signExponent |= high & Extended.SIGN;
        return significand;
    }

    /** FBSTP: returns bytes 0 to 7 and leaves bytes 8 and 9 in {@link FpEnv#signExponent}. */
    public static long toBcd(FpEnv env, int se, long significand) {
        env.roundedUp = false;
        int sign = Extended.sign(se);
        if (Extended.isZero(se, significand)) {
            return Extended.result(env, sign << 15, 0);
        }
        if (!Extended.isOdd(se, significand) && !Extended.isInfinite(se, significand)) {
            int exponent = Extended.exponent(se, significand);
            if (exponent < 63) {
                long magnitude = magnitude(env, exponent, significand, sign, env.rounding);
                if (Long.compareUnsigned(magnitude, BCD_MAX) <= 0) {
                    return digits(env, sign, magnitude);
                }
            }
        }
        env.raised = FpEnv.INVALID;
        env.roundedUp = false;
        return Extended.result(env, BCD_INDEFINITE_HIGH, BCD_INDEFINITE_LOW);
    }

    private static long digits(FpEnv env, int sign, long magnitude) {
        long rest = magnitude;
        long low = 0;
        for (int shift = 0; shift < 64; shift += 4) {
            low |= rest % 10 << shift;
            rest /= 10;
        }
        return Extended.result(env, sign << 15 | (int) (rest / 10 << 4 | rest % 10), low);
    }
}
