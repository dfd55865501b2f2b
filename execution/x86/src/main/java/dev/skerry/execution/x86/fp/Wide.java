package dev.skerry.execution.x86.fp;

/**
 * A number of 128 bits with an exponent, for what is calculated on the way to a transcendental result: (-1)^sign *
 * 2^exponent * (high:low / 2^127), the first bit of {@code high} set unless the number is zero. Results are truncated, so
 * each operation is good to about 126 bits, twice the 64 that are wanted.
 *
 * <p>Mutable scratch of one {@link FpEnv}: operations change their first operand.
 */
final class Wide {
    int sign;
    int exponent;
    long high;
    long low;

    boolean isZero() {
        return (high | low) == 0;
    }

    void set(Wide other) {
        sign = other.sign;
        exponent = other.exponent;
        high = other.high;
        low = other.low;
    }

    /** (-1)^sign * 2^exponent * (high:low / 2^127) with the first bit anywhere. */
    void set(int newSign, int newExponent, long newHigh, long newLow) {
        int zeros =
                newHigh != 0
                        ? Long.numberOfLeadingZeros(newHigh)
                        : 64 + Long.numberOfLeadingZeros(newLow);
        sign = newSign;
        exponent = newExponent - zeros;
        high = Exact.shiftLeftHigh(newHigh, newLow, zeros);
        low = Exact.shiftLeftLow(newLow, zeros);
    }

    void setInteger(int value) {
        set(value < 0 ? 1 : 0, 63, Math.abs(value), 0);
    }

    /** As a fraction of 2^128, for a magnitude below 1; the upper half. */
    long fractionHigh() {
        return Exact.shiftRightHigh(high, -1 - exponent);
    }

    /** The lower half. */
    long fractionLow() {
        int count = -1 - exponent;
        if (count == 0) {
            return low;
        }
        if (count < 64) {
            return high << -count | low >>> count;
        }
        return count < 128 ? high >>> count - 64 : 0;
    }

    /** As a result of x87: there is always more to come behind the bits here. */
    long round(FpEnv env) {
        env.exact(sign, exponent, high, low | 1);
        return Extended.round(env, Extended.PRECISION);
    }

    void multiply(Wide other) {
        multiply(other.sign, other.exponent, other.high, other.low);
    }

    void multiply(int otherSign, int otherExponent, long otherHigh, long otherLow) {
        long productHigh = productHigh(high, low, otherHigh, otherLow);
        long productLow = productLow(high, low, otherHigh, otherLow);
        set(sign ^ otherSign, exponent + otherExponent + 1, productHigh, productLow);
    }

    void add(Wide other) {
        add(other.sign, other.exponent, other.high, other.low);
    }

    void add(int otherSign, int otherExponent, long otherHigh, long otherLow) {
        if ((otherHigh | otherLow) == 0) {
            return;
        }
        if (isZero()) {
            set(otherSign, otherExponent, otherHigh, otherLow);
            return;
        }
        boolean larger =
                exponent != otherExponent
                        ? exponent > otherExponent
                        : high != otherHigh
                                ? Long.compareUnsigned(high, otherHigh) > 0
                                : Long.compareUnsigned(low, otherLow) >= 0;
        if (larger) {
            addSmaller(sign, exponent, high, low, otherSign, otherExponent, otherHigh, otherLow);
        } else {
            addSmaller(otherSign, otherExponent, otherHigh, otherLow, sign, exponent, high, low);
        }
    }

    private void addSmaller(
            int aSign,
            int aExponent,
            long aHigh,
            long aLow,
            int bSign,
            int bExponent,
            long bHigh,
            long bLow) {
        int distance = aExponent - bExponent;
        long shiftedHigh = distance < 64 ? bHigh >>> distance : 0;
        long shiftedLow;
        if (distance == 0) {
            shiftedLow = bLow;
        } else if (distance < 64) {
            shiftedLow = bLow >>> distance | bHigh << -distance;
        } else {
            shiftedLow = distance < 128 ? bHigh >>> distance - 64 : 0;
        }
        if (aSign == bSign) {
            long sumLow = aLow + shiftedLow;
            long carryIn = Long.compareUnsigned(sumLow, aLow) < 0 ? 1 : 0;
            long sumHigh = aHigh + shiftedHigh + carryIn;
            int order = Long.compareUnsigned(sumHigh, aHigh);
            boolean carry =
                    order < 0
                            || order == 0 && shiftedHigh != 0; // 0: all ones and a carry were added
            sign = aSign;
            exponent = carry ? aExponent + 1 : aExponent;
            low = carry ? sumLow >>> 1 | sumHigh << 63 : sumLow;
            high = carry ? sumHigh >>> 1 | Long.MIN_VALUE : sumHigh;
            return;
        }
        // What was shifted out makes the difference a little smaller, never larger: tiny from 1
        // stays below 1.
        boolean lost = lost(bHigh, bLow, distance);
        long differenceLow = aLow - shiftedLow;
        long borrow = Long.compareUnsigned(aLow, shiftedLow) < 0 ? 1 : 0;
        long differenceHigh = aHigh - shiftedHigh - borrow;
        if (lost) {
            differenceHigh -= differenceLow == 0 ? 1 : 0;
            differenceLow--;
        }
        set(aSign, aExponent, differenceHigh, differenceLow);
    }

    private static boolean lost(long bHigh, long bLow, int distance) {
        if (distance == 0) {
            return false;
        }
        if (distance < 64) {
            return bLow << -distance != 0;
        }
        return distance >= 128 || bLow != 0 || distance > 64 && bHigh << -distance != 0;
    }

    /** this / other. */
    void divide(Wide other) {
        int quotientSign = sign ^ other.sign;
        int quotientExponent = exponent - other.exponent;
        // Both halved: the numerator is below the denominator then.
        long restHigh = high >>> 1;
        long restLow = low >>> 1 | high << 63;
        long first = quotientDigit(restHigh, restLow, other.high, other.low);
        long nextHigh = restAfterHigh(restLow, first, other.high, other.low);
        long nextLow = -(first * other.low);
        long second = quotientDigit(nextHigh, nextLow, other.high, other.low);
        set(quotientSign, quotientExponent, first, second);
    }

    // floor((n * 2^64) / d) for n below d.
    private static long quotientDigit(long nHigh, long nLow, long dHigh, long dLow) {
        long digit;
        long rest;
        if (Long.compareUnsigned(nHigh, dHigh) >= 0) {
            digit = -1;
            rest = nLow + dHigh;
            if (Long.compareUnsigned(rest, dHigh) < 0) {
                return digit;
            }
        } else {
            digit = Exact.divideWide(nHigh, nLow, dHigh);
            rest = nLow - digit * dHigh;
        }
        long productHigh = Math.unsignedMultiplyHigh(digit, dLow);
        long productLow = digit * dLow;
        while (Long.compareUnsigned(productHigh, rest) > 0
                || productHigh == rest && productLow != 0) {
            digit--;
            productHigh -= Long.compareUnsigned(productLow, dLow) < 0 ? 1 : 0;
            productLow -= dLow;
            rest += dHigh;
            if (Long.compareUnsigned(rest, dHigh) < 0) {
                break;
            }
        }
        return digit;
    }

    // The upper half of n * 2^64 - digit * d, which is below d.
    private static long restAfterHigh(long nLow, long digit, long dHigh, long dLow) {
        long borrow = digit * dLow != 0 ? 1 : 0;
        return nLow - digit * dHigh - Math.unsignedMultiplyHigh(digit, dLow) - borrow;
    }

    /** Bits 255 to 192 of the product, give or take what a carry from below bit 64 would do. */
    static long productHigh(long aHigh, long aLow, long bHigh, long bLow) {
        long crossA = aHigh * bLow;
        long crossSum = crossA + aLow * bHigh;
        long middle = Long.compareUnsigned(crossSum, crossA) < 0 ? 1 : 0;
        long one = Math.unsignedMultiplyHigh(aHigh, bLow);
        long two = Math.unsignedMultiplyHigh(aLow, bHigh);
        long sum = aHigh * bHigh + one;
        long carry = Long.compareUnsigned(sum, one) < 0 ? 1 : 0;
        long total = sum + two;
        carry += Long.compareUnsigned(total, two) < 0 ? 1 : 0;
        carry += total == -1 && middle != 0 ? 1 : 0;
        return Math.unsignedMultiplyHigh(aHigh, bHigh) + carry;
    }

    /** Bits 191 to 128. */
    static long productLow(long aHigh, long aLow, long bHigh, long bLow) {
        long crossA = aHigh * bLow;
        long crossSum = crossA + aLow * bHigh;
        long middle = Long.compareUnsigned(crossSum, crossA) < 0 ? 1 : 0;
        return aHigh * bHigh
                + Math.unsignedMultiplyHigh(aHigh, bLow)
                + Math.unsignedMultiplyHigh(aLow, bHigh)
                + middle;
    }
}
