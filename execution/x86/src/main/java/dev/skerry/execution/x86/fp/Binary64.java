package dev.skerry.execution.x86.fp;

/**
 * Double precision (IEEE 754 binary64) as SSE calculates it, on bit patterns.
 *
 * <p>Once a guest's inexact flag is set, and it stays masked, rounding to nearest of ordinary numbers is left to Java's own
 * arithmetic, which gives the same bits; everything near an edge (denormal operands, results that could overflow or be tiny,
 * NaNs) goes to {@link Interchange}. No function allocates. Flags: see {@link FpEnv}. Results under an unmasked exception
 * are not to be used.
 *
 * <p>Source: Intel SDM volume 1, chapters 4 and 11, appendix E; volume 2, the instructions named.
 */
public final class Binary64 {
    /** Bits of the significand, the implied one included. */
    static final int PRECISION = 53;

    private static final long FRACTION_MASK = (1L << PRECISION - 1) - 1;
    private static final int EXPONENT_MAX = 0x7ff;

    private Binary64() {}

    // Neither denormal nor, as a result, near overflow or underflow: exponent field 2 to 2046.
    private static boolean isFarFromEdges(long result) {
        int exponent = (int) (result >>> PRECISION - 1) & EXPONENT_MAX;
        return Integer.compareUnsigned(exponent - 2, EXPONENT_MAX - 2) < 0;
    }

    private static boolean isDenormal(long value) {
        return Long.compareUnsigned((value << 1) - 1, (FRACTION_MASK << 1) + 1) < 0;
    }

    /** ADDSD: a + b. */
    public static long add(FpEnv env, long a, long b) {
        if (env.quick) {
            long result =
                    Double.doubleToRawLongBits(
                            Double.longBitsToDouble(a) + Double.longBitsToDouble(b));
            if (isFarFromEdges(result) && !isDenormal(a) && !isDenormal(b)) {
                return result;
            }
        }
        return Interchange.add(env, a, b, false, PRECISION);
    }

    /** SUBSD: a - b. */
    public static long subtract(FpEnv env, long a, long b) {
        if (env.quick) {
            long result =
                    Double.doubleToRawLongBits(
                            Double.longBitsToDouble(a) - Double.longBitsToDouble(b));
            if (isFarFromEdges(result) && !isDenormal(a) && !isDenormal(b)) {
                return result;
            }
        }
        return Interchange.add(env, a, b, true, PRECISION);
    }

    /** MULSD: a * b. */
    public static long multiply(FpEnv env, long a, long b) {
        if (env.quick) {
            long result =
                    Double.doubleToRawLongBits(
                            Double.longBitsToDouble(a) * Double.longBitsToDouble(b));
            if (isFarFromEdges(result) && !isDenormal(a) && !isDenormal(b)) {
                return result;
            }
        }
        return Interchange.multiply(env, a, b, PRECISION);
    }

    /** DIVSD: a / b. */
    public static long divide(FpEnv env, long a, long b) {
        if (env.quick) {
            long result =
                    Double.doubleToRawLongBits(
                            Double.longBitsToDouble(a) / Double.longBitsToDouble(b));
            if (isFarFromEdges(result) && !isDenormal(a) && !isDenormal(b)) {
                return result;
            }
        }
        return Interchange.divide(env, a, b, PRECISION);
    }

    /** SQRTSD. */
    public static long squareRoot(FpEnv env, long a) {
        // Positive, finite, not denormal: the root is far from the edges. The sign bit makes a
        // negative number large.
        if (env.quick
                && Long.compareUnsigned(
                                a - FRACTION_MASK - 1, (long) (EXPONENT_MAX - 1) << PRECISION - 1)
                        < 0) {
            return Double.doubleToRawLongBits(Math.sqrt(Double.longBitsToDouble(a)));
        }
        return Interchange.squareRoot(env, a, PRECISION);
    }

    /** MINSD: b if either is a NaN (invalid) or both are zeros. */
    public static long minimum(FpEnv env, long a, long b) {
        if (isDenormal(a) || isDenormal(b)) {
            return Interchange.select(env, a, b, false, PRECISION);
        }
        double left = Double.longBitsToDouble(a);
        double right = Double.longBitsToDouble(b);
        if (left != left || right != right) {
            env.raised |= FpEnv.INVALID;
        }
        return left < right ? a : b;
    }

    /** MAXSD: b if either is a NaN (invalid) or both are zeros. */
    public static long maximum(FpEnv env, long a, long b) {
        if (isDenormal(a) || isDenormal(b)) {
            return Interchange.select(env, a, b, true, PRECISION);
        }
        double left = Double.longBitsToDouble(a);
        double right = Double.longBitsToDouble(b);
        if (left != left || right != right) {
            env.raised |= FpEnv.INVALID;
        }
        return left > right ? a : b;
    }

    /** COMISD (signaling: a quiet NaN is invalid) and UCOMISD; one of {@link Comparison}'s outcomes. */
    public static int compare(FpEnv env, long a, long b, boolean signaling) {
        if (isDenormal(a) || isDenormal(b)) {
            return Interchange.compare(env, a, b, signaling, PRECISION);
        }
        double left = Double.longBitsToDouble(a);
        double right = Double.longBitsToDouble(b);
        if (left < right) {
            return Comparison.LESS;
        }
        if (left > right) {
            return Comparison.GREATER;
        }
        return left == right
                ? Comparison.EQUAL
                : Interchange.compare(env, a, b, signaling, PRECISION);
    }

    /** CMPSD: all ones if the predicate (0 to 7) holds, else 0. */
    public static long compareMask(FpEnv env, long a, long b, int predicate) {
        int outcome = compare(env, a, b, Comparison.isSignaling(predicate));
        return Comparison.holds(predicate, outcome) ? -1 : 0;
    }

    /** ROUNDSD: immediate bits 0 and 1 give the rounding unless bit 2 says MXCSR's; bit 3 keeps inexact silent. */
    public static long toIntegral(FpEnv env, long a, int immediate) {
        int rounding = (immediate & 4) != 0 ? env.rounding : immediate & 3;
        return Interchange.integral(env, a, rounding, (immediate & 8) != 0, PRECISION);
    }

    /** CVTTSD2SI r32. */
    public static int truncateToInt(FpEnv env, long a) {
        double value = Double.longBitsToDouble(a);
        int integer = (int) value;
        if (integer == value && integer != Integer.MAX_VALUE
                || env.quick && Math.abs(value) < 0x1p31) {
            return integer;
        }
        return (int) Interchange.toInteger(env, a, FpEnv.TRUNCATE, 32, PRECISION);
    }

    /** CVTTSD2SI r64. */
    public static long truncateToLong(FpEnv env, long a) {
        double value = Double.longBitsToDouble(a);
        if (env.quick && Math.abs(value) < 0x1p63) {
            return (long) value;
        }
        return Interchange.toInteger(env, a, FpEnv.TRUNCATE, 64, PRECISION);
    }

    /** CVTSD2SI r32. */
    public static int roundToInt(FpEnv env, long a) {
        double value = Double.longBitsToDouble(a);
        if (env.quick && Math.abs(value) < 0x1p31 - 1) {
            return (int) Math.rint(value);
        }
        return (int) Interchange.toInteger(env, a, env.rounding, 32, PRECISION);
    }

    /** CVTSD2SI r64. */
    public static long roundToLong(FpEnv env, long a) {
        double value = Double.longBitsToDouble(a);
        if (env.quick && Math.abs(value) < 0x1p62) {
            return (long) Math.rint(value);
        }
        return Interchange.toInteger(env, a, env.rounding, 64, PRECISION);
    }

    /** CVTSI2SD r32, which is always exact. */
    public static long fromInt(int value) {
        return Double.doubleToRawLongBits(value);
    }

    /** CVTSI2SD r64. */
    public static long fromLong(FpEnv env, long value) {
        return env.quick
                ? Double.doubleToRawLongBits((double) value)
                : Interchange.fromInteger(env, value, PRECISION);
    }

    /** CVTSS2SD. */
    public static long fromSingle(FpEnv env, int a) {
        float value = Float.intBitsToFloat(a);
        return Math.abs(value) >= Float.MIN_NORMAL || a << 1 == 0
                ? Double.doubleToRawLongBits(value)
                : Interchange.convert(env, a & 0xffff_ffffL, Binary32.PRECISION, PRECISION);
    }
}
