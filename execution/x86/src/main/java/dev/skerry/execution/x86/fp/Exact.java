package dev.skerry.execution.x86.fp;

/**
 * The four operations and the square root on finite numbers that are not zero, before rounding: the result is left in the
 * environment's intermediate, 128 bits of which the last is sticky. That is more than any format needs to round once.
 *
 * <p>Operands are sign (0 or 1), unbiased exponent of the first bit, and a significand whose first bit is bit 63.
 */
final class Exact {
    private static final long LOW_HALF = 0xffff_ffffL;

    private Exact() {}

    /** Sum; false, and nothing left, if it is exactly zero. */
    static boolean add(
            FpEnv env, int aSign, int aExponent, long a, int bSign, int bExponent, long b) {
        int distance = aExponent - bExponent;
        if (distance < 0 || distance == 0 && Long.compareUnsigned(a, b) < 0) {
            return add(env, bSign, bExponent, b, aSign, aExponent, a);
        }
        long high = shiftRightHigh(b, distance);
        long low = shiftRightLow(b, distance);
        if (aSign == bSign) {
            long sum = a + high;
            if (Long.compareUnsigned(sum, a) < 0) {
                env.exact(
                        aSign,
                        aExponent + 1,
                        sum >>> 1 | Long.MIN_VALUE,
                        sum << 63 | low >>> 1 | low & 1);
            } else {
                env.exact(aSign, aExponent, sum, low);
            }
            return true;
        }
        long differenceLow = -low;
        long differenceHigh = a - high - (low != 0 ? 1 : 0);
        if ((differenceHigh | differenceLow) == 0) {
            return false;
        }
        normalize(env, aSign, aExponent, differenceHigh, differenceLow);
        return true;
    }

    static void multiply(
            FpEnv env, int aSign, int aExponent, long a, int bSign, int bExponent, long b) {
        long high = Math.unsignedMultiplyHigh(a, b);
        long low = a * b;
        if (high < 0) {
            env.exact(aSign ^ bSign, aExponent + bExponent + 1, high, low);
        } else {
            env.exact(aSign ^ bSign, aExponent + bExponent, high << 1 | low >>> 63, low << 1);
        }
    }

    static void divide(
            FpEnv env, int aSign, int aExponent, long a, int bSign, int bExponent, long b) {
        int exponent = aExponent - bExponent;
        long high;
        long low;
        if (Long.compareUnsigned(a, b) < 0) {
            exponent--;
            high = a;
            low = 0;
        } else {
            high = a >>> 1;
            low = a << 63;
        }
        long quotient = divideWide(high, low, b);
        long remainder = low - quotient * b;
        // The remainder against half of the divisor gives the next bit, and whether anything
        // follows.
        long rest = 0;
        if (remainder != 0) {
            boolean half = remainder < 0 || Long.compareUnsigned(remainder << 1, b) >= 0;
            boolean more = !half || remainder << 1 != b;
            rest = (half ? Long.MIN_VALUE : 0) | (more ? 1 : 0);
        }
        env.exact(aSign ^ bSign, exponent, quotient, rest);
    }

    /** Of a positive number. */
    static void squareRoot(FpEnv env, int exponent, long a) {
        // The radicand as 128 bits with an even exponent: 1.xxx or 1x.xxx over four quarters.
        boolean odd = (exponent & 1) != 0;
        long high = odd ? a : a >>> 1;
        long low = odd ? 0 : a << 63;
        long root = squareRootWide(high, low);
        long remainderLow = low - root * root;
        long remainderHigh =
                high
                        - Math.unsignedMultiplyHigh(root, root)
                        - (Long.compareUnsigned(low, root * root) < 0 ? 1 : 0);
        long rest = 0;
        if ((remainderHigh | remainderLow) != 0) {
            // Root and a half squared is root * root + root + 1/4: the half is passed if the
            // remainder exceeds the root.
            boolean half = remainderHigh != 0 || Long.compareUnsigned(remainderLow, root) > 0;
            rest = (half ? Long.MIN_VALUE : 0) | 1;
        }
        env.exact(0, exponent >> 1, root, rest);
    }

    /** Brings the first bit of a number that is not zero to its place. */
    static void normalize(FpEnv env, int sign, int exponent, long high, long low) {
        int zeros =
                high != 0 ? Long.numberOfLeadingZeros(high) : 64 + Long.numberOfLeadingZeros(low);
        env.exact(
                sign, exponent - zeros, shiftLeftHigh(high, low, zeros), shiftLeftLow(low, zeros));
    }

    static long shiftLeftHigh(long high, long low, int count) {
        if (count == 0) {
            return high;
        }
        return count < 64 ? high << count | low >>> -count : low << count;
    }

    static long shiftLeftLow(long low, int count) {
        return count < 64 ? low << count : 0;
    }

    /** The upper half of value:0 shifted right. */
    static long shiftRightHigh(long value, int count) {
        return count < 64 ? value >>> count : 0;
    }

    /** The lower half of value:0 shifted right, bits lost gathered in the last. */
    static long shiftRightLow(long value, int count) {
        if (count == 0) {
            return 0;
        }
        if (count < 64) {
            return value << -count;
        }
        if (count == 64) {
            return value;
        }
        if (count < 128) {
            return value >>> count | (value << -count != 0 ? 1 : 0);
        }
        return value != 0 ? 1 : 0;
    }

    /** (high:low) / divisor for high below divisor, divisor's first bit set: two digits of 32 bits (Knuth 4.3.1 D). */
    static long divideWide(long high, long low, long divisor) {
        long first = digit(high, low >>> 32, divisor);
        long middle = (high << 32 | low >>> 32) - first * divisor;
        long second = digit(middle, low & LOW_HALF, divisor);
        return first << 32 | second;
    }

    // (rest * 2^32 + next) / divisor, rest below divisor
    private static long digit(long rest, long next, long divisor) {
        long top = divisor >>> 32;
        long bottom = divisor & LOW_HALF;
        long estimate = Long.divideUnsigned(rest, top);
        long remainder = rest - estimate * top;
        while (estimate > LOW_HALF
                || Long.compareUnsigned(estimate * bottom, remainder << 32 | next) > 0) {
            estimate--;
            remainder += top;
            if (remainder > LOW_HALF) {
                break;
            }
        }
        return estimate;
    }

    // floor(sqrt(high:low)), high at least 2^62: the root of the upper half, then one step of
    // Zimmermann's method.
    static long squareRootWide(long high, long low) {
        long upper = (long) Math.sqrt(unsigned(high));
        upper = Math.min(upper, LOW_HALF);
        while (Long.compareUnsigned(upper * upper, high) > 0) {
            upper--;
        }
        while (upper < LOW_HALF && Long.compareUnsigned((upper + 1) * (upper + 1), high) <= 0) {
            upper++;
        }
        long rest = high - upper * upper; // at most 2 * upper
        // (rest : next digit) / (2 * upper), a 65-bit dividend: halve both.
        long dividend = rest << 31 | low >>> 33;
        long lower = Long.divideUnsigned(dividend, upper);
        lower = Math.min(lower, LOW_HALF);
        long root = upper << 32 | lower;
        while (exceeds(root, high, low)) {
            root--;
        }
        return root;
    }

    private static boolean exceeds(long root, long high, long low) {
        int above = Long.compareUnsigned(Math.unsignedMultiplyHigh(root, root), high);
        return above > 0 || above == 0 && Long.compareUnsigned(root * root, low) > 0;
    }

    private static double unsigned(long value) {
        double half = value >>> 1 | value & 1;
        return half * 2;
    }
}
