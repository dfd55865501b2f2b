package dev.skerry.execution.x86.fp;

/**
 * FSIN, FCOS, FSINCOS, FPTAN and FPATAN, in {@link Extended}'s conventions, whatever the precision control. Calculated to
 * about 120 bits and rounded once; processors promise an error of at most one unit in the last place.
 *
 * <p>Arguments are reduced by a pi of 66 bits (SDM volume 1, 8.3.8), as processors do, so that the sine of a number near a
 * multiple of pi is theirs and not the true one. {@link FpEnv#conditions} has C2 set, and the operand is the result, if its
 * magnitude is 2^63 or more.
 *
 * <p>Source: Intel SDM volume 2, the instructions named.
 */
public final class ExtendedTrigonometry {
    private static final int C2 = 0x400;
    private static final int REDUCIBLE_EXPONENT = 63;

    // A quotient of exponents this far apart is taken for its arctangent by processors, in all
    // rounding modes.
    private static final int FLAT_DISTANCE = 41;

    // pi / 2 in units of 2^-65, 66 bits.
    static final long HALF_PI_HIGH = 0x3;
    static final long HALF_PI_LOW = 0x243f_6a88_85a3_08d3L;

    static final long PI_HIGH = 0xc90f_daa2_2168_c234L;
    static final long PI_LOW = 0xc4c6_628b_80dc_1cd1L;

    // arctan(1/8) to arctan(8/8): exponent, then 128 bits.
    static final int[] ARCTANGENT_EXPONENT = {-4, -3, -2, -2, -1, -1, -1, -1};
    static final long[] ARCTANGENT = {
        0xfead_d4d5_617b_6e32L, 0xc897_989f_3e88_8ef7L,
        0xfadb_afc9_6406_eb15L, 0x6dc7_9ef5_f7a2_17e5L,
        0xb7b0_ca0f_26f7_8473L, 0x8aa3_2122_dcfe_4483L,
        0xed63_382b_0dda_7b45L, 0x6fe4_45ec_bc3a_8d03L,
        0x8f00_5d5e_f7f5_9f9bL, 0x5c83_5e16_65c4_3747L,
        0xa4bc_7d19_34f7_0924L, 0x19a8_7f2a_457d_ac9eL,
        0xb805_3e2b_c231_9e73L, 0xcb2d_a552_10a4_443dL,
        0xc90f_daa2_2168_c234L, 0xc4c6_628b_80dc_1cd1L
    };

    private ExtendedTrigonometry() {}

    /** FSIN. */
    public static long sine(FpEnv env, int se, long x) {
        if (isSpecial(env, se, x)) {
            return special(env, se, x);
        }
        if (x == 0) {
            return Extended.result(env, se, x);
        }
        if (isTiny(se)) {
            return same(env, se, x);
        }
        return reducedSine(env, reduce(env, se, x), Extended.sign(se));
    }

    /** FCOS. */
    public static long cosine(FpEnv env, int se, long x) {
        if (isSpecial(env, se, x)) {
            return special(env, se, x);
        }
        if (x == 0) {
            return Extended.result(env, Extended.BIAS, Extended.INTEGER_BIT);
        }
        if (isTiny(se)) {
            Extended.raiseDenormal(env, se, x, 0, 0);
            env.raised |= FpEnv.PRECISION;
            return Extended.result(env, Extended.BIAS, Extended.INTEGER_BIT);
        }
        return reducedSine(env, reduce(env, se, x) + 1, 0);
    }

    /** FSINCOS: returns the cosine, which goes on top, and leaves the sine in {@link FpEnv#second}. */
    public static long sineAndCosine(FpEnv env, int se, long x) {
        long sine = sine(env, se, x);
        int sineSe = env.signExponent;
        if (env.conditions != 0 || Extended.isOdd(se, x) || Extended.isInfinite(se, x)) {
            return two(env, sineSe, sine, sineSe, sine);
        }
        long cosine = cosine(env, se, x);
        return two(env, env.signExponent, cosine, sineSe, sine);
    }

    /** FPTAN: returns the 1 that goes on top, and leaves the tangent in {@link FpEnv#second}. */
    public static long tangent(FpEnv env, int se, long x) {
        if (isSpecial(env, se, x)) {
            long result = special(env, se, x);
            return two(env, env.signExponent, result, env.signExponent, result);
        }
        if (x == 0) {
            return two(env, Extended.BIAS, Extended.INTEGER_BIT, se, x);
        }
        if (isTiny(se)) {
            long tangent = same(env, se, x);
            return two(env, Extended.BIAS, Extended.INTEGER_BIT, env.signExponent, tangent);
        }
        int quadrant = reduce(env, se, x);
        Wide sine = env.wide;
        Wide cosine = env.wideSecond;
        cosine(env, sine, cosine);
        sine(env, sine);
        long tangent;
        if ((quadrant & 1) == 0) {
            sine.divide(cosine);
            sine.sign ^= Extended.sign(se);
            tangent = sine.round(env);
        } else {
            cosine.divide(sine);
            cosine.sign ^= Extended.sign(se) ^ 1;
            tangent = cosine.round(env);
        }
        return two(env, Extended.BIAS, Extended.INTEGER_BIT, env.signExponent, tangent);
    }

    private static long two(FpEnv env, int topSe, long top, int secondSe, long second) {
        env.second = second;
        env.secondSignExponent = secondSe;
        return Extended.result(env, topSe, top);
    }

    // Below 2^-68, processors give the operand, or 1, in all rounding modes.
    private static boolean isTiny(int se) {
        return (se & Extended.EXPONENT_MAX) < Extended.BIAS - 68;
    }

    private static long same(FpEnv env, int se, long x) {
        Extended.raiseDenormal(env, se, x, 0, 0);
        env.exact(Extended.sign(se), Extended.exponent(se, x), Extended.normalized(x), 0);
        return Extended.inexact(env, Extended.round(env, Extended.PRECISION));
    }

    // Neither zero nor a number that can be reduced.
    private static boolean isSpecial(FpEnv env, int se, long x) {
        env.roundedUp = false;
        env.conditions = 0;
        env.conditionsMask = C2;
        return (se & Extended.EXPONENT_MAX) >= Extended.BIAS + REDUCIBLE_EXPONENT
                || Extended.isUnsupported(se, x);
    }

    private static long special(FpEnv env, int se, long x) {
        if (Extended.isOdd(se, x)) {
            return Extended.propagate(env, se, x);
        }
        if (Extended.isInfinite(se, x)) {
            return Extended.invalid(env);
        }
        env.conditions = C2;
        return Extended.result(env, se, x);
    }

    // Leaves |x| minus the nearest multiple of pi/2 in env.wide and returns which multiple it was.
    private static int reduce(FpEnv env, int se, long x) {
        Extended.raiseDenormal(env, se, x, 0, 0);
        int exponent = Extended.exponent(se, x);
        long significand = Extended.normalized(x);
        if (exponent < -1) {
            env.wide.set(0, exponent, significand, 0);
            return 0;
        }
        // In units of 2^-65, of which pi/2 and x have whole numbers. One bit of x at a time.
        int shift = exponent + 2;
        long restHigh = 0;
        long restLow = significand;
        int multiple = 0;
        for (int i = 0; i <= shift; i++) {
            if (i != 0) {
                restHigh = restHigh << 1 | restLow >>> 63;
                restLow <<= 1;
                multiple <<= 1;
            }
            if (restHigh > HALF_PI_HIGH
                    || restHigh == HALF_PI_HIGH
                            && Long.compareUnsigned(restLow, HALF_PI_LOW) >= 0) {
                restHigh -= HALF_PI_HIGH + (Long.compareUnsigned(restLow, HALF_PI_LOW) < 0 ? 1 : 0);
                restLow -= HALF_PI_LOW;
                multiple++;
            }
        }
        long twiceHigh = restHigh << 1 | restLow >>> 63;
        long twiceLow = restLow << 1;
        int sign = 0;
        if (twiceHigh > HALF_PI_HIGH
                || twiceHigh == HALF_PI_HIGH && Long.compareUnsigned(twiceLow, HALF_PI_LOW) > 0) {
            restHigh =
                    HALF_PI_HIGH
                            - restHigh
                            - (Long.compareUnsigned(HALF_PI_LOW, restLow) < 0 ? 1 : 0);
            restLow = HALF_PI_LOW - restLow;
            multiple++;
            sign = 1;
        }
        env.wide.set(sign, 62, restHigh, restLow);
        return multiple;
    }

    // sin(reduced + quadrant * pi/2), negated if sign is 1.
    private static long reducedSine(FpEnv env, int quadrant, int sign) {
        Wide value = env.wide;
        if ((quadrant & 1) == 0) {
            sine(env, value);
        } else {
            cosine(env, value, value);
        }
        value.sign ^= sign ^ quadrant >>> 1 & 1;
        return value.round(env);
    }

    private static void sine(FpEnv env, Wide value) {
        Wide square = env.wideThird;
        square.set(value);
        square.multiply(value);
        Series.sine(square, square.fractionHigh(), square.fractionLow());
        value.multiply(square);
    }

    private static void cosine(FpEnv env, Wide value, Wide result) {
        Wide square = env.wideThird;
        square.set(value);
        square.multiply(value);
        Series.cosine(result, square.fractionHigh(), square.fractionLow());
    }

    /** FPATAN: the angle of the point (x, y), from -pi to pi. */
    public static long arctangent(FpEnv env, int xSe, long x, int ySe, long y) {
        env.roundedUp = false;
        if (Extended.isOdd(xSe, x) || Extended.isOdd(ySe, y)) {
            return Extended.propagate(env, xSe, x, ySe, y);
        }
        int xSign = Extended.sign(xSe);
        int ySign = Extended.sign(ySe);
        boolean xInfinite = Extended.isInfinite(xSe, x);
        boolean yInfinite = Extended.isInfinite(ySe, y);
        Extended.raiseDenormal(env, xSe, x, ySe, y);
        if (yInfinite && xInfinite) {
            return angle(env, ySign, xSign != 0 ? 3 : 1);
        }
        if (yInfinite || x == 0 && y != 0) {
            return angle(env, ySign, 2);
        }
        if (y == 0 || xInfinite) {
            return xSign != 0 ? angle(env, ySign, 4) : Extended.zero(env, ySign);
        }
        int yExponent = Extended.exponent(ySe, y);
        int xExponent = Extended.exponent(xSe, x);
        if (xSign == 0 && xExponent - yExponent >= FLAT_DISTANCE) {
            Exact.divide(
                    env,
                    ySign,
                    yExponent,
                    Extended.normalized(y),
                    0,
                    xExponent,
                    Extended.normalized(x));
            return Extended.inexact(env, Extended.round(env, Extended.PRECISION));
        }
        Wide ratio = env.wide;
        ratio.set(0, yExponent, Extended.normalized(y), 0);
        env.wideSecond.set(0, xExponent, Extended.normalized(x), 0);
        int order =
                ratio.exponent != env.wideSecond.exponent
                        ? Integer.compare(ratio.exponent, env.wideSecond.exponent)
                        : Long.compareUnsigned(ratio.high, env.wideSecond.high);
        boolean steep = order > 0;
        if (steep) {
            env.wideThird.set(ratio);
            ratio.set(env.wideSecond);
            env.wideSecond.set(env.wideThird);
        }
        arctangentOfRatio(env);
        // Steep: pi/2 -+ that. Flat to the left: pi - that.
        if (steep) {
            ratio.sign = 1 - xSign;
            ratio.add(0, 0, PI_HIGH, PI_LOW);
        } else if (xSign != 0) {
            ratio.sign = 1;
            ratio.add(0, 1, PI_HIGH, PI_LOW);
        }
        ratio.sign = ySign;
        return ratio.round(env);
    }

    // So many quarters of pi.
    private static long angle(FpEnv env, int sign, int quarters) {
        env.wide.set(sign, -1, PI_HIGH, PI_LOW);
        env.wideSecond.setInteger(quarters);
        env.wide.multiply(env.wideSecond);
        return env.wide.round(env);
    }

    // arctan of wide / wideSecond, which is at most 1, by the nearest eighth c: arctan(c) +
    // arctan((a - cb) / (b + ca)).
    private static void arctangentOfRatio(FpEnv env) {
        Wide ratio = env.wide;
        Wide divisor = env.wideSecond;
        int eighth = nearestEighth(ratio, divisor);
        Wide product = env.wideThird;
        if (eighth != 0) {
            int exponent = ratio.exponent;
            long high = ratio.high;
            product.setInteger(-eighth);
            product.exponent -= 3;
            product.multiply(divisor);
            ratio.add(product);
            product.setInteger(eighth);
            product.exponent -= 3;
            product.multiply(0, exponent, high, 0);
            divisor.add(product);
        }
        if (!ratio.isZero()) {
            ratio.divide(divisor);
            product.set(ratio);
            product.multiply(ratio);
            Series.inverseTangent(divisor, product.fractionHigh(), product.fractionLow());
            ratio.multiply(divisor);
        }
        if (eighth != 0) {
            int at = eighth - 1;
            ratio.add(0, ARCTANGENT_EXPONENT[at], ARCTANGENT[2 * at], ARCTANGENT[2 * at + 1]);
        }
    }

    private static int nearestEighth(Wide ratio, Wide divisor) {
        int distance = divisor.exponent - ratio.exponent;
        if (distance > 5) {
            return 0;
        }
        double quotient = (double) (ratio.high >>> 11) / (divisor.high >>> 11) / (1 << distance);
        return (int) Math.rint(quotient * 8);
    }
}
