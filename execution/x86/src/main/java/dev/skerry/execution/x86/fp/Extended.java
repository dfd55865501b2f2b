package dev.skerry.execution.x86.fp;

/**
 * Double extended precision, the x87's format, with its arithmetic.
 *
 * <p>A number is two values: sign (bit 15) and biased exponent (bits 0 to 14) in an {@code int}, and a 64-bit significand with
 * its explicit integer bit. Functions return the result's significand and leave its sign and exponent in {@link
 * FpEnv#signExponent}. {@link FpEnv#roundedUp} tells C1 of an inexact result. Under an unmasked overflow or underflow the
 * result is the bias-adjusted one that x87 writes to a register; under an unmasked exception of {@link
 * FpEnv#BEFORE_COMPUTING} it is not to be used. No function allocates.
 *
 * <p>Sources: Intel SDM volume 1, 4.8.3 and 4.8.3.5 (NaNs: the one with the larger significand), 8.2.2 (unsupported
 * encodings), 8.5 (exceptions and their responses).
 */
public final class Extended {
    /** Bits of the significand. */
    static final int PRECISION = 64;

    static final int BIAS = 0x3fff;
    static final int EXPONENT_MAX = 0x7fff;
    static final int SIGN = 0x8000;
    static final long INTEGER_BIT = Long.MIN_VALUE;
    static final long QUIET_BIT = 0x4000_0000_0000_0000L;

    /** The significand of the default NaN ("real indefinite"); its sign and exponent are {@link #DEFAULT_NAN_EXPONENT}. */
    public static final long DEFAULT_NAN = 0xc000_0000_0000_0000L;

    /** Sign and exponent of the default NaN. */
    public static final int DEFAULT_NAN_EXPONENT = 0xffff;

    // SDM volume 1, 8.5.4 and 8.5.5: what unmasked overflow takes off and unmasked underflow adds
    // to the exponent.
    private static final int BIAS_ADJUSTMENT = 0x6000;

    private static final int C0 = 0x100;
    private static final int C1 = 0x200;
    private static final int C2 = 0x400;
    private static final int C3 = 0x4000;

    private Extended() {}

    static boolean isZero(int se, long significand) {
        return (se & EXPONENT_MAX) == 0 && significand == 0;
    }

    /** Pseudo-denormals (integer bit set) included. */
    static boolean isDenormal(int se, long significand) {
        return (se & EXPONENT_MAX) == 0 && significand != 0;
    }

    /** Pseudo-NaNs, pseudo-infinities and unnormals, which no x87 since the 387 takes (SDM volume 1, 8.2.2). */
    static boolean isUnsupported(int se, long significand) {
        return (se & EXPONENT_MAX) != 0 && significand >= 0;
    }

    static boolean isInfinite(int se, long significand) {
        return (se & EXPONENT_MAX) == EXPONENT_MAX && significand == INTEGER_BIT;
    }

    static boolean isNan(int se, long significand) {
        return (se & EXPONENT_MAX) == EXPONENT_MAX && significand < 0 && significand != INTEGER_BIT;
    }

    static boolean isSignaling(int se, long significand) {
        return isNan(se, significand) && (significand & QUIET_BIT) == 0;
    }

    static int sign(int se) {
        return se >>> 15 & 1;
    }

    /** Exponent of the first bit of a finite number that is not zero. */
    static int exponent(int se, long significand) {
        int biased = se & EXPONENT_MAX;
        return (biased == 0 ? 1 : biased) - BIAS - Long.numberOfLeadingZeros(significand);
    }

    /** Its significand with the first bit at 63. */
    static long normalized(long significand) {
        return significand << Long.numberOfLeadingZeros(significand);
    }

    static long result(FpEnv env, int se, long significand) {
        env.signExponent = se;
        return significand;
    }

    static long zero(FpEnv env, int sign) {
        return result(env, sign << 15, 0);
    }

    static long infinity(FpEnv env, int sign) {
        return result(env, sign << 15 | EXPONENT_MAX, INTEGER_BIT);
    }

    /** Invalid operation with its masked response. An operand's being denormal is not reported then. */
    static long invalid(FpEnv env) {
        env.raised = env.raised & ~FpEnv.DENORMAL | FpEnv.INVALID;
        return result(env, DEFAULT_NAN_EXPONENT, DEFAULT_NAN);
    }

    /** Whether an operand is a NaN or no number at all: the result is {@link #propagate}'s. */
    static boolean isOdd(int se, long significand) {
        return (se & EXPONENT_MAX) == EXPONENT_MAX
                ? significand != INTEGER_BIT
                : isUnsupported(se, significand);
    }

    static long propagate(FpEnv env, int aSe, long a, int bSe, long b) {
        if (isUnsupported(aSe, a) || isUnsupported(bSe, b)) {
            return invalid(env);
        }
        boolean signalingA = isSignaling(aSe, a);
        boolean signalingB = isSignaling(bSe, b);
        env.raised &= ~FpEnv.DENORMAL;
        if (signalingA || signalingB) {
            env.raised |= FpEnv.INVALID;
        }
        boolean first;
        if (!isNan(aSe, a) || !isNan(bSe, b)) {
            first = isNan(aSe, a);
        } else if (signalingA != signalingB) {
            first = signalingB;
        } else {
            int order = Long.compareUnsigned(a, b);
            first = order > 0 || order == 0 && sign(aSe) == 0;
        }
        return first ? result(env, aSe, a | QUIET_BIT) : result(env, bSe, b | QUIET_BIT);
    }

    /** The result of an operation on one NaN or unsupported encoding. */
    static long propagate(FpEnv env, int se, long significand) {
        return propagate(env, se, significand, 0, 0);
    }

    static void raiseDenormal(FpEnv env, int aSe, long a, int bSe, long b) {
        if (isDenormal(aSe, a) || isDenormal(bSe, b)) {
            env.raised |= FpEnv.DENORMAL;
        }
    }

    /** FADD: a + b. */
    public static long add(FpEnv env, int aSe, long a, int bSe, long b) {
        return add(env, aSe, a, bSe, b, 0);
    }

    /** FSUB: a - b. */
    public static long subtract(FpEnv env, int aSe, long a, int bSe, long b) {
        return add(env, aSe, a, bSe, b, SIGN);
    }

    private static long add(FpEnv env, int aSe, long a, int originalSe, long b, int flip) {
        env.roundedUp = false;
        if (isOdd(aSe, a) || isOdd(originalSe, b)) {
            return propagate(env, aSe, a, originalSe, b);
        }
        int bSe = originalSe ^ flip;
        if (isInfinite(aSe, a) && isInfinite(bSe, b) && aSe != bSe) {
            return invalid(env);
        }
        raiseDenormal(env, aSe, a, bSe, b);
        if (isInfinite(aSe, a)) {
            return result(env, aSe, a);
        }
        if (isInfinite(bSe, b)) {
            return result(env, bSe, b);
        }
        if (a == 0 && b == 0) {
            return sign(aSe) == sign(bSe) ? result(env, aSe, 0) : exactZero(env);
        }
        if (a == 0) {
            env.exact(sign(bSe), exponent(bSe, b), normalized(b), 0);
        } else if (b == 0) {
            env.exact(sign(aSe), exponent(aSe, a), normalized(a), 0);
        } else if (!Exact.add(
                env,
                sign(aSe),
                exponent(aSe, a),
                normalized(a),
                sign(bSe),
                exponent(bSe, b),
                normalized(b))) {
            return exactZero(env);
        }
        return round(env, env.precisionBits);
    }

    private static long exactZero(FpEnv env) {
        return zero(env, env.rounding == FpEnv.DOWN ? 1 : 0);
    }

    /** FMUL: a * b. */
    public static long multiply(FpEnv env, int aSe, long a, int bSe, long b) {
        env.roundedUp = false;
        if (isOdd(aSe, a) || isOdd(bSe, b)) {
            return propagate(env, aSe, a, bSe, b);
        }
        int sign = sign(aSe ^ bSe);
        if (isInfinite(aSe, a) && b == 0 || isInfinite(bSe, b) && a == 0) {
            return invalid(env);
        }
        raiseDenormal(env, aSe, a, bSe, b);
        if (isInfinite(aSe, a) || isInfinite(bSe, b)) {
            return infinity(env, sign);
        }
        if (a == 0 || b == 0) {
            return zero(env, sign);
        }
        Exact.multiply(
                env,
                sign(aSe),
                exponent(aSe, a),
                normalized(a),
                sign(bSe),
                exponent(bSe, b),
                normalized(b));
        return round(env, env.precisionBits);
    }

    /** FDIV: a / b. */
    public static long divide(FpEnv env, int aSe, long a, int bSe, long b) {
        env.roundedUp = false;
        if (isOdd(aSe, a) || isOdd(bSe, b)) {
            return propagate(env, aSe, a, bSe, b);
        }
        int sign = sign(aSe ^ bSe);
        if (isInfinite(aSe, a) && isInfinite(bSe, b) || a == 0 && b == 0) {
            return invalid(env);
        }
        if (b == 0 && !isInfinite(aSe, a)) {
            env.raised = env.raised & ~FpEnv.DENORMAL | FpEnv.ZERO_DIVIDE;
            return infinity(env, sign);
        }
        raiseDenormal(env, aSe, a, bSe, b);
        if (isInfinite(aSe, a)) {
            return infinity(env, sign);
        }
        if (a == 0 || isInfinite(bSe, b)) {
            return zero(env, sign);
        }
        Exact.divide(
                env,
                sign(aSe),
                exponent(aSe, a),
                normalized(a),
                sign(bSe),
                exponent(bSe, b),
                normalized(b));
        return round(env, env.precisionBits);
    }

    /** FSQRT. */
    public static long squareRoot(FpEnv env, int se, long a) {
        env.roundedUp = false;
        if (isOdd(se, a)) {
            return propagate(env, se, a);
        }
        if (isZero(se, a)) {
            return result(env, se, a);
        }
        if (sign(se) != 0) {
            return invalid(env);
        }
        if (isInfinite(se, a)) {
            return result(env, se, a);
        }
        raiseDenormal(env, se, a, 0, 0);
        Exact.squareRoot(env, exponent(se, a), normalized(a));
        return round(env, env.precisionBits);
    }

    /**
     * FCOM, FCOMI, FTST, FICOM (signaling: a quiet NaN is invalid) and FUCOM, FUCOMI; one of {@link Comparison}'s outcomes.
     * FTST compares with a positive zero.
     */
    public static int compare(FpEnv env, int aSe, long a, int bSe, long b, boolean signaling) {
        env.roundedUp = false;
        if (isOdd(aSe, a) || isOdd(bSe, b)) {
            env.raised &= ~FpEnv.DENORMAL;
            if (signaling
                    || isUnsupported(aSe, a)
                    || isUnsupported(bSe, b)
                    || isSignaling(aSe, a)
                    || isSignaling(bSe, b)) {
                env.raised |= FpEnv.INVALID;
            }
            return Comparison.UNORDERED;
        }
        raiseDenormal(env, aSe, a, bSe, b);
        if (a == 0 && b == 0) {
            return Comparison.EQUAL;
        }
        int signA = a == 0 ? 0 : sign(aSe);
        int signB = b == 0 ? 0 : sign(bSe);
        if (a == 0 || b == 0 || signA != signB) {
            int left = a == 0 ? 0 : 1 - 2 * signA;
            int right = b == 0 ? 0 : 1 - 2 * signB;
            return Integer.compare(left, right);
        }
        int order = Integer.compare(exponent(aSe, a), exponent(bSe, b));
        if (order == 0) {
            order = Integer.signum(Long.compareUnsigned(normalized(a), normalized(b)));
        }
        return signA != 0 ? -order : order;
    }

    /** FXAM of a register that is not empty: C0, C1 (the sign), C2 and C3 in the status word's places. */
    public static int examine(int se, long significand) {
        int sign = sign(se) != 0 ? C1 : 0;
        if (isUnsupported(se, significand)) {
            return sign;
        }
        if (isNan(se, significand)) {
            return sign | C0;
        }
        if (isInfinite(se, significand)) {
            return sign | C2 | C0;
        }
        if (isZero(se, significand)) {
            return sign | C3;
        }
        return sign | (isDenormal(se, significand) ? C3 | C2 : C2);
    }

    /** FXAM of an empty register. */
    public static int examineEmpty(int se) {
        return C3 | C0 | (sign(se) != 0 ? C1 : 0);
    }

    /** Of a result that looks exact but is reported as inexact. */
    static long inexact(FpEnv env, long result) {
        boolean denormal = (env.signExponent & EXPONENT_MAX) == 0 && result >= 0;
        env.raised |= FpEnv.PRECISION | (denormal ? FpEnv.UNDERFLOW : 0);
        return result;
    }

    /** Rounds the intermediate to so many bits (24, 53 or 64); the exponent's range is always the format's own. */
    static long round(FpEnv env, int precision) {
        int sign = env.exactSign;
        int biased = env.exactExponent + BIAS;
        int cut = 64 - precision;
        long kept = env.exactHigh >>> cut << cut;
        long fraction =
                cut == 0 ? env.exactLow : env.exactHigh << precision | (env.exactLow != 0 ? 1 : 0);
        boolean up = env.roundsUp(sign, (kept >>> cut & 1) != 0, fraction);
        if (up) {
            kept += 1L << cut;
            if (kept == 0) {
                kept = INTEGER_BIT;
                biased++;
            }
        }
        if (biased < 1) {
            return tiny(env, kept, biased, up, fraction != 0, precision);
        }
        env.roundedUp = up;
        if (fraction != 0) {
            env.raised |= FpEnv.PRECISION;
        }
        if (biased >= EXPONENT_MAX) {
            return overflow(env, kept, biased, precision);
        }
        return result(env, sign << 15 | biased, kept);
    }

    private static long overflow(FpEnv env, long kept, int biased, int precision) {
        int sign = env.exactSign;
        env.raised |= FpEnv.OVERFLOW;
        if (env.isUnmasked(FpEnv.OVERFLOW)) {
            int adjusted = biased - BIAS_ADJUSTMENT;
            if (adjusted < EXPONENT_MAX) {
                return result(env, sign << 15 | adjusted, kept);
            }
            // FSCALE can go that far: infinity in every rounding mode.
            env.raised |= FpEnv.PRECISION;
            env.roundedUp = true;
            return infinity(env, sign);
        }
        env.raised |= FpEnv.PRECISION;
        env.roundedUp = env.overflowsToInfinity(sign);
        if (env.roundedUp) {
            return infinity(env, sign);
        }
        return result(env, sign << 15 | EXPONENT_MAX - 1, -1L << 64 - precision);
    }

    // Tiny after rounding: kept and biased are the result had there been no limit to the exponent.
    private static long tiny(
            FpEnv env, long kept, int biased, boolean up, boolean inexact, int precision) {
        int sign = env.exactSign;
        if (env.isUnmasked(FpEnv.UNDERFLOW)) {
            env.raised |= FpEnv.UNDERFLOW | (inexact ? FpEnv.PRECISION : 0);
            int adjusted = biased + BIAS_ADJUSTMENT;
            env.roundedUp = up;
            if (adjusted > 0) {
                return result(env, sign << 15 | adjusted, kept);
            }
            env.raised |= FpEnv.PRECISION;
            env.roundedUp = false;
            return zero(env, sign);
        }
        int shift = 1 - BIAS - env.exactExponent;
        int cut = 64 - precision;
        long high = Exact.shiftRightHigh(env.exactHigh, shift);
        long low = Exact.shiftRightLow(env.exactHigh, shift) | (env.exactLow != 0 ? 1 : 0);
        long denormal = high >>> cut << cut;
        long fraction = cut == 0 ? low : high << precision | (low != 0 ? 1 : 0);
        env.roundedUp = env.roundsUp(sign, (denormal >>> cut & 1) != 0, fraction);
        if (env.roundedUp) {
            denormal += 1L << cut;
        }
        if (fraction != 0) {
            env.raised |= FpEnv.UNDERFLOW | FpEnv.PRECISION;
        }
        return result(env, sign << 15 | (denormal < 0 ? 1 : 0), denormal);
    }
}
