package dev.skerry.execution.x86.fp;

/**
 * FSCALE, FXTRACT, FPREM and FPREM1, in {@link Extended}'s conventions. All of them are exact or round to 64 bits, whatever
 * the precision control. Source: Intel SDM volume 2, the instructions named.
 */
public final class ExtendedScaling {
    private static final int C0 = 0x100;
    private static final int C1 = 0x200;
    private static final int C2 = 0x400;
    private static final int C3 = 0x4000;

    // Beyond any scaling that makes a difference: the exponents of all numbers lie within 2^15 of
    // each other.
    private static final int SCALE_MAX = 0x10000;

    private ExtendedScaling() {}

    /** FSCALE: a * 2^trunc(b). */
    public static long scale(FpEnv env, int aSe, long a, int bSe, long b) {
        env.roundedUp = false;
        if (Extended.isOdd(aSe, a) || Extended.isOdd(bSe, b)) {
            return Extended.propagate(env, aSe, a, bSe, b);
        }
        int sign = Extended.sign(aSe);
        if (Extended.isInfinite(bSe, b)) {
            boolean shrinks = Extended.sign(bSe) != 0;
            if (shrinks ? Extended.isInfinite(aSe, a) : a == 0) {
                return Extended.invalid(env);
            }
            Extended.raiseDenormal(env, aSe, a, 0, 0);
            return shrinks ? Extended.zero(env, sign) : Extended.infinity(env, sign);
        }
        Extended.raiseDenormal(env, aSe, a, bSe, b);
        if (a == 0 || Extended.isInfinite(aSe, a)) {
            return Extended.result(env, aSe, a);
        }
        if (b == 0 && isShort(aSe, a)) {
            return Extended.result(env, aSe, a);
        }
        env.exact(sign, Extended.exponent(aSe, a) + steps(bSe, b), Extended.normalized(a), 0);
        return Extended.round(env, Extended.PRECISION);
    }

    // Denormal without the integer bit: where nothing is calculated it stays, and is no underflow
    // even if that is unmasked.
    private static boolean isShort(int se, long significand) {
        return significand > 0 && Extended.isDenormal(se, significand);
    }

    private static int steps(int se, long significand) {
        if (significand == 0) {
            return 0;
        }
        int exponent = Extended.exponent(se, significand);
        if (exponent < 0) {
            return 0;
        }
        int steps = exponent < 16 ? (int) (significand >>> 63 - exponent) : SCALE_MAX;
        return Extended.sign(se) != 0 ? -steps : steps;
    }

    /** FXTRACT: returns the significand as a number; the exponent as a number is left in {@link FpEnv#second}. */
    public static long extract(FpEnv env, int se, long significand) {
        env.roundedUp = false;
        if (Extended.isOdd(se, significand)) {
            long nan = Extended.propagate(env, se, significand);
            return pair(env, env.signExponent, nan, env.signExponent, nan);
        }
        int sign = Extended.sign(se);
        if (Extended.isInfinite(se, significand)) {
            return pair(env, se, significand, Extended.EXPONENT_MAX, Extended.INTEGER_BIT);
        }
        if (significand == 0) {
            env.raised |= FpEnv.ZERO_DIVIDE;
            return pair(env, se, 0, Extended.SIGN | Extended.EXPONENT_MAX, Extended.INTEGER_BIT);
        }
        Extended.raiseDenormal(env, se, significand, 0, 0);
        long exponent = ExtendedFormats.fromInteger(env, Extended.exponent(se, significand));
        return pair(
                env,
                sign << 15 | Extended.BIAS,
                Extended.normalized(significand),
                env.signExponent,
                exponent);
    }

    private static long pair(FpEnv env, int se, long significand, int secondSe, long second) {
        env.second = second;
        env.secondSignExponent = secondSe;
        return Extended.result(env, se, significand);
    }

    /** FPREM: the remainder of a / b with the quotient truncated; the condition codes in {@link FpEnv#conditions}. */
    public static long remainder(FpEnv env, int aSe, long a, int bSe, long b) {
        return remainder(env, aSe, a, bSe, b, false);
    }

    /** FPREM1: with the quotient rounded to nearest, as IEEE 754 has it. */
    public static long nearestRemainder(FpEnv env, int aSe, long a, int bSe, long b) {
        return remainder(env, aSe, a, bSe, b, true);
    }

    private static long remainder(FpEnv env, int aSe, long a, int bSe, long b, boolean nearest) {
        env.roundedUp = false;
        env.conditions = 0;
        env.conditionsMask = C2 | C1;
        if (Extended.isOdd(aSe, a) || Extended.isOdd(bSe, b)) {
            return Extended.propagate(env, aSe, a, bSe, b);
        }
        if (Extended.isInfinite(aSe, a) || b == 0) {
            return Extended.invalid(env);
        }
        Extended.raiseDenormal(env, aSe, a, bSe, b);
        if (env.blocked()) {
            return Extended.result(env, aSe, a);
        }
        env.conditionsMask = C3 | C2 | C1 | C0;
        if (a == 0) {
            return Extended.result(env, aSe, a);
        }
        int exponentA = Extended.exponent(aSe, a);
        if (Extended.isInfinite(bSe, b)) {
            if (isShort(aSe, a)) {
                return Extended.result(env, aSe, a);
            }
            env.exact(Extended.sign(aSe), exponentA, Extended.normalized(a), 0);
            return Extended.round(env, Extended.PRECISION);
        }
        int exponentB = Extended.exponent(bSe, b);
        int distance = exponentA - exponentB;
        if (distance < 64) {
            return lastReduction(env, Extended.sign(aSe), exponentA, a, exponentB, b, nearest);
        }
        // Not done yet: takes off 32 to 63 of the exponents' difference, which is as the processor
        // does it.
        int steps = 32 + distance % 32;
        long rest = reduce(Extended.normalized(a), Extended.normalized(b), steps);
        env.conditions = C2;
        return remaining(env, Extended.sign(aSe), rest, exponentA - steps, aSe);
    }

    private static long lastReduction(
            FpEnv env, int sign, int exponentA, long a, int exponentB, long b, boolean nearest) {
        int distance = exponentA - exponentB;
        long divisor = Extended.normalized(b);
        if (distance < -1 || distance < 0 && !nearest) {
            env.exact(sign, exponentA, Extended.normalized(a), 0);
            return Extended.round(env, Extended.PRECISION);
        }
        long rest;
        long quotient;
        boolean beyondHalf;
        if (distance < 0) {
            // a is b/4 to b: more than half of b if its significand is the larger, to b's half.
            rest = Extended.normalized(a);
            quotient = 0;
            beyondHalf = Long.compareUnsigned(rest, divisor) > 0;
            if (!beyondHalf) {
                env.exact(sign, exponentA, rest, 0);
                return Extended.round(env, Extended.PRECISION);
            }
            // b - a, in units of a's last place: 2 * divisor - rest.
            quotient = 1;
            setQuotient(env, quotient);
            return remaining(env, 1 - sign, (divisor << 1) - rest, exponentA, 0);
        }
        quotient = quotient(Extended.normalized(a), divisor, distance);
        rest = reduce(Extended.normalized(a), divisor, distance);
        if (nearest) {
            boolean more = rest < 0 || Long.compareUnsigned(rest << 1, divisor) > 0;
            boolean tie = rest >= 0 && rest << 1 == divisor;
            if (more || tie && (quotient & 1) != 0) {
                quotient++;
                setQuotient(env, quotient);
                return remaining(env, 1 - sign, divisor - rest, exponentB, sign << 15);
            }
        }
        setQuotient(env, quotient);
        return remaining(env, sign, rest, exponentB, sign << 15);
    }

    // The three lowest bits of the quotient: C0, C3, C1.
    private static void setQuotient(FpEnv env, long quotient) {
        env.conditions =
                ((quotient & 4) != 0 ? C0 : 0)
                        | ((quotient & 2) != 0 ? C3 : 0)
                        | ((quotient & 1) != 0 ? C1 : 0);
    }

    // rest * 2^(exponent - 63)
    private static long remaining(FpEnv env, int sign, long rest, int exponent, int zeroSe) {
        if (rest == 0) {
            return Extended.zero(env, Extended.sign(zeroSe));
        }
        Exact.normalize(env, sign, exponent, rest, 0);
        return Extended.round(env, Extended.PRECISION);
    }

    // a * 2^steps modulo b, a's and b's first bits set.
    private static long reduce(long a, long b, int steps) {
        long rest = Long.compareUnsigned(a, b) >= 0 ? a - b : a;
        for (int i = 0; i < steps; i++) {
            boolean carry = rest < 0;
            rest <<= 1;
            if (carry || Long.compareUnsigned(rest, b) >= 0) {
                rest -= b;
            }
        }
        return rest;
    }

    // The lowest 64 bits of floor(a * 2^steps / b).
    private static long quotient(long a, long b, int steps) {
        long quotient = 0;
        long rest = a;
        boolean carry = false;
        for (int i = 0; ; i++) {
            quotient <<= 1;
            if (carry || Long.compareUnsigned(rest, b) >= 0) {
                rest -= b;
                quotient |= 1;
            }
            if (i == steps) {
                return quotient;
            }
            carry = rest < 0;
            rest <<= 1;
        }
    }
}
