package dev.skerry.execution.x86.fp;

/**
 * Single precision (IEEE 754 binary32) as SSE calculates it, on bit patterns.
 *
 * <p>Once a guest's inexact flag is set, and it stays masked, rounding to nearest of ordinary numbers is left to Java's own
 * arithmetic, which gives the same bits; everything near an edge (denormal operands, results that could overflow or be tiny,
 * NaNs) goes to {@link Interchange}. No function allocates. Flags: see {@link FpEnv}. Results under an unmasked exception
 * are not to be used.
 *
 * <p>Source: Intel SDM volume 1, chapters 4 and 11, appendix E; volume 2, the instructions named.
 */
public final class Binary32 {
    /** Bits of the significand, the implied one included. */
    static final int PRECISION = 24;

    private static final int FRACTION_MASK = (1 << PRECISION - 1) - 1;
    private static final int EXPONENT_MAX = 0xff;

    private Binary32() {}

    private static long wide(int value) {
        return value & 0xffff_ffffL;
    }

    // Neither denormal nor, as a result, near overflow or underflow: exponent field 2 to 254.
    private static boolean isFarFromEdges(int result) {
        int exponent = result >>> PRECISION - 1 & EXPONENT_MAX;
        return Integer.compareUnsigned(exponent - 2, EXPONENT_MAX - 2) < 0;
    }

    private static boolean isDenormal(int value) {
        return Integer.compareUnsigned((value << 1) - 1, (FRACTION_MASK << 1) + 1) < 0;
    }

    /** ADDSS: a + b. */
    public static int add(FpEnv env, int a, int b) {
        if (env.quick) {
            int result = Float.floatToRawIntBits(Float.intBitsToFloat(a) + Float.intBitsToFloat(b));
            if (isFarFromEdges(result) && !isDenormal(a) && !isDenormal(b)) {
                return result;
            }
        }
        return (int) Interchange.add(env, wide(a), wide(b), false, PRECISION);
    }

    /** SUBSS: a - b. */
    public static int subtract(FpEnv env, int a, int b) {
        if (env.quick) {
            int result = Float.floatToRawIntBits(Float.intBitsToFloat(a) - Float.intBitsToFloat(b));
            if (isFarFromEdges(result) && !isDenormal(a) && !isDenormal(b)) {
                return result;
            }
        }
        return (int) Interchange.add(env, wide(a), wide(b), true, PRECISION);
    }

    /** MULSS: a * b. */
    public static int multiply(FpEnv env, int a, int b) {
        if (env.quick) {
            int result = Float.floatToRawIntBits(Float.intBitsToFloat(a) * Float.intBitsToFloat(b));
            if (isFarFromEdges(result) && !isDenormal(a) && !isDenormal(b)) {
                return result;
            }
        }
        return (int) Interchange.multiply(env, wide(a), wide(b), PRECISION);
    }

    /** DIVSS: a / b. */
    public static int divide(FpEnv env, int a, int b) {
        if (env.quick) {
            int result = Float.floatToRawIntBits(Float.intBitsToFloat(a) / Float.intBitsToFloat(b));
            if (isFarFromEdges(result) && !isDenormal(a) && !isDenormal(b)) {
                return result;
            }
        }
        return (int) Interchange.divide(env, wide(a), wide(b), PRECISION);
    }

    /** SQRTSS. */
    public static int squareRoot(FpEnv env, int a) {
        // Positive, finite, not denormal: the root is far from the edges. The sign bit makes a
        // negative number large.
        if (env.quick
                && Integer.compareUnsigned(
                                a - FRACTION_MASK - 1, (EXPONENT_MAX - 1) << PRECISION - 1)
                        < 0) {
            return Float.floatToRawIntBits((float) Math.sqrt(Float.intBitsToFloat(a)));
        }
        return (int) Interchange.squareRoot(env, wide(a), PRECISION);
    }

    /** MINSS: b if either is a NaN (invalid) or both are zeros. */
    public static int minimum(FpEnv env, int a, int b) {
        if (isDenormal(a) || isDenormal(b)) {
            return (int) Interchange.select(env, wide(a), wide(b), false, PRECISION);
        }
        float left = Float.intBitsToFloat(a);
        float right = Float.intBitsToFloat(b);
        if (left != left || right != right) {
            env.raised |= FpEnv.INVALID;
        }
        return left < right ? a : b;
    }

    /** MAXSS: b if either is a NaN (invalid) or both are zeros. */
    public static int maximum(FpEnv env, int a, int b) {
        if (isDenormal(a) || isDenormal(b)) {
            return (int) Interchange.select(env, wide(a), wide(b), true, PRECISION);
        }
        float left = Float.intBitsToFloat(a);
        float right = Float.intBitsToFloat(b);
        if (left != left || right != right) {
            env.raised |= FpEnv.INVALID;
        }
        return left > right ? a : b;
    }

    /** COMISS (signaling: a quiet NaN is invalid) and UCOMISS; one of {@link Comparison}'s outcomes. */
    public static int compare(FpEnv env, int a, int b, boolean signaling) {
        if (isDenormal(a) || isDenormal(b)) {
            return Interchange.compare(env, wide(a), wide(b), signaling, PRECISION);
        }
        float left = Float.intBitsToFloat(a);
        float right = Float.intBitsToFloat(b);
        if (left < right) {
            return Comparison.LESS;
        }
        if (left > right) {
            return Comparison.GREATER;
        }
        return left == right
                ? Comparison.EQUAL
                : Interchange.compare(env, wide(a), wide(b), signaling, PRECISION);
    }

    /** CMPSS: all ones if the predicate (0 to 7) holds, else 0. */
    public static int compareMask(FpEnv env, int a, int b, int predicate) {
        int outcome = compare(env, a, b, Comparison.isSignaling(predicate));
        return Comparison.holds(predicate, outcome) ? -1 : 0;
    }

    /** ROUNDSS: immediate bits 0 and 1 give the rounding unless bit 2 says MXCSR's; bit 3 keeps inexact silent. */
    public static int toIntegral(FpEnv env, int a, int immediate) {
        int rounding = (immediate & 4) != 0 ? env.rounding : immediate & 3;
        return (int) Interchange.integral(env, wide(a), rounding, (immediate & 8) != 0, PRECISION);
    }

    /** CVTTSS2SI r32. */
    public static int truncateToInt(FpEnv env, int a) {
        float value = Float.intBitsToFloat(a);
        int integer = (int) value;
        if (integer == value && integer != Integer.MAX_VALUE
                || env.quick && Math.abs(value) < 0x1p31f) {
            return integer;
        }
        return (int) Interchange.toInteger(env, wide(a), FpEnv.TRUNCATE, 32, PRECISION);
    }

    /** CVTTSS2SI r64. */
    public static long truncateToLong(FpEnv env, int a) {
        float value = Float.intBitsToFloat(a);
        if (env.quick && Math.abs(value) < 0x1p63f) {
            return (long) value;
        }
        return Interchange.toInteger(env, wide(a), FpEnv.TRUNCATE, 64, PRECISION);
    }

    /** CVTSS2SI r32. */
    public static int roundToInt(FpEnv env, int a) {
        double value = Float.intBitsToFloat(a);
        if (env.quick && Math.abs(value) < 0x1p31 - 1) {
            return (int) Math.rint(value);
        }
        return (int) Interchange.toInteger(env, wide(a), env.rounding, 32, PRECISION);
    }

    /** CVTSS2SI r64. */
    public static long roundToLong(FpEnv env, int a) {
        double value = Float.intBitsToFloat(a);
        if (env.quick && Math.abs(value) < 0x1p62) {
            return (long) Math.rint(value);
        }
        return Interchange.toInteger(env, wide(a), env.rounding, 64, PRECISION);
    }

    /** CVTSI2SS r32. */
    public static int fromInt(FpEnv env, int value) {
        return env.quick
                ? Float.floatToRawIntBits((float) value)
                : (int) Interchange.fromInteger(env, value, PRECISION);
    }

    /** CVTSI2SS r64. */
    public static int fromLong(FpEnv env, long value) {
        return env.quick
                ? Float.floatToRawIntBits((float) value)
                : (int) Interchange.fromInteger(env, value, PRECISION);
    }

    /** CVTSD2SS. */
    public static int fromDouble(FpEnv env, long a) {
        if (env.quick) {
            int result = Float.floatToRawIntBits((float) Double.longBitsToDouble(a));
            if (isFarFromEdges(result)) {
                return result;
            }
        }
        return (int) Interchange.convert(env, a, Binary64.PRECISION, PRECISION);
    }
}
