package dev.skerry.execution.x86.fp;

/**
 * F2XM1, FYL2X and FYL2XP1, in {@link Extended}'s conventions, whatever the precision control. Calculated to about 120 bits
 * and rounded once, so the error is hardly more than half a unit in the last place; processors promise one (SDM volume 1,
 * 8.3.10), and differ from this where theirs is larger.
 *
 * <p>Source: Intel SDM volume 2, the instructions named, with their tables of special cases.
 */
public final class ExtendedLogarithm {
    static final long LN_TWO_HIGH = 0xb172_17f7_d1cf_79abL;
    static final long LN_TWO_LOW = 0xc9e3_b398_03f2_f6afL;
    static final long LOG2_E_HIGH = 0xb8aa_3b29_5c17_f0bbL;
    static final long LOG2_E_LOW = 0xbe87_fed0_691d_3e88L;
    private static final long SQUARE_ROOT_OF_TWO = 0xb504_f333_f9de_6484L;

    private ExtendedLogarithm() {}

    /** F2XM1: 2^x - 1. Beyond -1 and 1 the result is undefined; here as on processors it is x. */
    public static long exponential(FpEnv env, int se, long x) {
        env.roundedUp = false;
        if (Extended.isOdd(se, x)) {
            return Extended.propagate(env, se, x);
        }
        int sign = Extended.sign(se);
        if (Extended.isInfinite(se, x)) {
            return sign != 0
                    ? Extended.result(env, Extended.SIGN | Extended.BIAS, Extended.INTEGER_BIT)
                    : Extended.result(env, se, x);
        }
        if (x == 0) {
            return Extended.result(env, se, x);
        }
        Extended.raiseDenormal(env, se, x, 0, 0);
        int exponent = Extended.exponent(se, x);
        long significand = Extended.normalized(x);
        if (exponent >= 0) {
            return beyond(env, se, x, exponent, significand);
        }
        Wide sum = env.wide;
        int shift = -1 - exponent;
        long fractionHigh = Exact.shiftRightHigh(significand, shift);
        long fractionLow = Exact.shiftRightLow(significand, shift);
        long zHigh = Wide.productHigh(fractionHigh, fractionLow, LN_TWO_HIGH, LN_TWO_LOW);
        long zLow = Wide.productLow(fractionHigh, fractionLow, LN_TWO_HIGH, LN_TWO_LOW);
        Series.exponential(sum, zHigh, zLow, sign != 0);
        sum.multiply(sign, exponent, significand, 0);
        sum.multiply(0, -1, LN_TWO_HIGH, LN_TWO_LOW);
        return sum.round(env);
    }

    private static long beyond(FpEnv env, int se, long x, int exponent, long significand) {
        env.raised |= FpEnv.PRECISION;
        if (exponent == 0 && significand == Extended.INTEGER_BIT && Extended.sign(se) != 0) {
            return Extended.result(env, Extended.SIGN | Extended.BIAS - 1, Extended.INTEGER_BIT);
        }
        return Extended.result(env, se, x);
    }

    /** FYL2X: y * log2(x). */
    public static long logarithm(FpEnv env, int xSe, long x, int ySe, long y) {
        env.roundedUp = false;
        if (Extended.isOdd(xSe, x) || Extended.isOdd(ySe, y)) {
            return Extended.propagate(env, xSe, x, ySe, y);
        }
        int ySign = Extended.sign(ySe);
        boolean yInfinite = Extended.isInfinite(ySe, y);
        if (x == 0) {
            if (y == 0) {
                return Extended.invalid(env);
            }
            if (yInfinite) {
                return Extended.infinity(env, 1 - ySign);
            }
            env.raised |= FpEnv.ZERO_DIVIDE;
            return Extended.infinity(env, 1 - ySign);
        }
        if (Extended.sign(xSe) != 0) {
            return Extended.invalid(env);
        }
        if (Extended.isInfinite(xSe, x)) {
            if (y == 0) {
                return Extended.invalid(env);
            }
            Extended.raiseDenormal(env, 0, 0, ySe, y);
            return Extended.infinity(env, ySign);
        }
        int exponent = Extended.exponent(xSe, x);
        long significand = Extended.normalized(x);
        boolean isOne = exponent == 0 && significand == Extended.INTEGER_BIT;
        if (yInfinite && isOne) {
            return Extended.invalid(env);
        }
        Extended.raiseDenormal(env, xSe, x, ySe, y);
        if (yInfinite) {
            return Extended.infinity(env, exponent < 0 ? 1 - ySign : ySign);
        }
        if (isOne || y == 0) {
            return Extended.zero(env, exponent < 0 ? 1 - ySign : ySign);
        }
        if (significand == Extended.INTEGER_BIT) {
            return wholeLogarithm(env, exponent, ySe, y);
        }
        binaryLogarithm(env, exponent, significand);
        env.wide.multiply(ySign, Extended.exponent(ySe, y), Extended.normalized(y), 0);
        return env.wide.round(env);
    }

    // y times the logarithm of a power of two. Processors report it as inexact in any case, and
    // find negative ones a little
    // nearer to zero than they are.
    private static long wholeLogarithm(FpEnv env, int exponent, int ySe, long y) {
        int ySign = Extended.sign(ySe);
        int yExponent = Extended.exponent(ySe, y);
        if (exponent > 0) {
            int zeros = Long.numberOfLeadingZeros(exponent);
            Exact.multiply(
                    env,
                    0,
                    63 - zeros,
                    (long) exponent << zeros,
                    ySign,
                    yExponent,
                    Extended.normalized(y));
            return Extended.inexact(env, Extended.round(env, Extended.PRECISION));
        }
        Wide result = env.wide;
        result.setInteger(exponent);
        result.set(1, result.exponent, result.high - 1, -1);
        result.multiply(ySign, yExponent, Extended.normalized(y), 0);
        return result.round(env);
    }

    // log2 of a number that is no power of two. For m in [1/sqrt(2), sqrt(2)]: ln(m) = 2 artanh((m
    // - 1) / (m + 1)).
    private static void binaryLogarithm(FpEnv env, int exponent, long significand) {
        boolean below = Long.compareUnsigned(significand, SQUARE_ROOT_OF_TWO) > 0;
        Wide numerator = env.wide;
        Wide denominator = env.wideSecond;
        // m is significand / 2^63, or half of that.
        int mExponent = below ? -1 : 0;
        numerator.set(0, mExponent, significand, 0);
        denominator.set(numerator);
        numerator.add(1, 0, Extended.INTEGER_BIT, 0);
        denominator.add(0, 0, Extended.INTEGER_BIT, 0);
        numerator.divide(denominator);
        inverseHyperbolicTangentTwice(env, numerator);
        denominator.setInteger(exponent - mExponent);
        numerator.add(denominator);
    }

    // t becomes log2(e) * 2 * artanh(t).
    private static void inverseHyperbolicTangentTwice(FpEnv env, Wide t) {
        Wide square = env.wideThird;
        square.set(t);
        square.multiply(t);
        Series.inverseHyperbolicTangent(
                env.wideSecond, square.fractionHigh(), square.fractionLow());
        t.multiply(env.wideSecond);
        t.multiply(0, 1, LOG2_E_HIGH, LOG2_E_LOW);
    }

    /** FYL2XP1: y * log2(1 + x), meant for x near zero. From -1 downwards it is undefined; here as on processors it is x. */
    public static long logarithmOfOnePlus(FpEnv env, int xSe, long x, int ySe, long y) {
        env.roundedUp = false;
        if (Extended.isOdd(xSe, x) || Extended.isOdd(ySe, y)) {
            return Extended.propagate(env, xSe, x, ySe, y);
        }
        int xSign = Extended.sign(xSe);
        int ySign = Extended.sign(ySe);
        boolean yInfinite = Extended.isInfinite(ySe, y);
        if (x == 0 && yInfinite) {
            return Extended.invalid(env);
        }
        if (Extended.isInfinite(xSe, x)) {
            if (y == 0 || xSign != 0) {
                return Extended.invalid(env);
            }
            Extended.raiseDenormal(env, 0, 0, ySe, y);
            return Extended.infinity(env, ySign);
        }
        Extended.raiseDenormal(env, xSe, x, ySe, y);
        if (yInfinite) {
            return Extended.infinity(env, xSign ^ ySign);
        }
        if (x == 0 || y == 0) {
            return Extended.zero(env, xSign ^ ySign);
        }
        int exponent = Extended.exponent(xSe, x);
        long significand = Extended.normalized(x);
        if (exponent >= 0 && xSign != 0) {
            env.raised |= FpEnv.PRECISION;
            return Extended.result(env, xSe, x);
        }
        Wide result = env.wide;
        if (exponent < -2) {
            result.set(xSign, exponent, significand, 0);
            env.wideSecond.set(result);
            env.wideSecond.add(0, 1, Extended.INTEGER_BIT, 0);
            result.divide(env.wideSecond);
            inverseHyperbolicTangentTwice(env, result);
        } else {
            int power = largeOnePlus(env, xSign, exponent, significand);
            if (result.isZero()) {
                return wholeLogarithm(env, power, ySe, y);
            }
            env.wideSecond.setInteger(power);
            result.add(env.wideSecond);
        }
        result.multiply(ySign, Extended.exponent(ySe, y), Extended.normalized(y), 0);
        return result.round(env);
    }

    // 1 + x is not near 1: brought to [1/sqrt(2), sqrt(2)], all its 128 bits kept. Returns the
    // power of two taken off, and
    // leaves the logarithm of the rest.
    private static int largeOnePlus(FpEnv env, int xSign, int exponent, long significand) {
        Wide result = env.wide;
        result.set(xSign, exponent, significand, 0);
        result.add(0, 0, Extended.INTEGER_BIT, 0);
        boolean below = Long.compareUnsigned(result.high, SQUARE_ROOT_OF_TWO) > 0;
        int power = result.exponent + (below ? 1 : 0);
        result.exponent = below ? -1 : 0;
        env.wideSecond.set(result);
        result.add(1, 0, Extended.INTEGER_BIT, 0);
        if (!result.isZero()) {
            env.wideSecond.add(0, 0, Extended.INTEGER_BIT, 0);
            result.divide(env.wideSecond);
            inverseHyperbolicTangentTwice(env, result);
        }
        return power;
    }
}
