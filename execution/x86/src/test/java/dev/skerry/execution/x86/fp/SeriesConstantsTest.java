package dev.skerry.execution.x86.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.math.BigInteger;

/** The constants typed into the transcendentals, calculated anew. */
class SeriesConstantsTest {
    private static final int SCALE = 400;
    private static final BigInteger ONE = BigInteger.ONE.shiftLeft(SCALE);

    // artanh(numerator / denominator), or arctan if the terms alternate, times 2^400.
    private static BigInteger series(long numerator, long denominator, boolean alternating) {
        BigInteger square = BigInteger.valueOf(numerator * numerator);
        BigInteger divisor = BigInteger.valueOf(denominator * denominator);
        BigInteger power =
                ONE.multiply(BigInteger.valueOf(numerator)).divide(BigInteger.valueOf(denominator));
        BigInteger sum = BigInteger.ZERO;
        for (int k = 0; power.signum() != 0; k++) {
            BigInteger term = power.divide(BigInteger.valueOf(2L * k + 1));
            sum = alternating && k % 2 != 0 ? sum.subtract(term) : sum.add(term);
            power = power.multiply(square).divide(divisor);
        }
        return sum;
    }

    private static BigInteger pi() {
        BigInteger quarter = series(1, 5, true).shiftLeft(2).subtract(series(1, 239, true));
        return quarter.shiftLeft(2);
    }

    private static BigInteger lnTwo() {
        return series(1, 3, false).shiftLeft(1);
    }

    private static void assertFirst128Bits(BigInteger value, long high, long low) {
        BigInteger bits = value.shiftRight(value.bitLength() - 128);
        assertEquals(String.format("%032x", bits), String.format("%016x%016x", high, low));
    }

    @Test
    void pi_is_right_to_128_bits_and_cut_to_66_for_the_reduction() {
        assertFirst128Bits(pi(), ExtendedTrigonometry.PI_HIGH, ExtendedTrigonometry.PI_LOW);
        BigInteger cut = pi().shiftRight(pi().bitLength() - 66);
        assertEquals(
                String.format("%x", cut),
                String.format(
                        "%x%016x",
                        ExtendedTrigonometry.HALF_PI_HIGH, ExtendedTrigonometry.HALF_PI_LOW));
    }

    @Test
    void logarithms_are_right_to_128_bits() {
        assertFirst128Bits(lnTwo(), ExtendedLogarithm.LN_TWO_HIGH, ExtendedLogarithm.LN_TWO_LOW);
        BigInteger log2e = ONE.shiftLeft(SCALE).divide(lnTwo());
        assertFirst128Bits(log2e, ExtendedLogarithm.LOG2_E_HIGH, ExtendedLogarithm.LOG2_E_LOW);
    }

    @Test
    void arctangents_of_eighths_are_right_to_128_bits() {
        for (int eighth = 1; eighth <= 8; eighth++) {
            BigInteger expected = eighth < 8 ? series(eighth, 8, true) : pi().shiftRight(2);
            assertFirst128Bits(
                    expected,
                    ExtendedTrigonometry.ARCTANGENT[2 * eighth - 2],
                    ExtendedTrigonometry.ARCTANGENT[2 * eighth - 1]);
            assertEquals(
                    expected.bitLength() - 1 - SCALE,
                    ExtendedTrigonometry.ARCTANGENT_EXPONENT[eighth - 1]);
        }
    }
}
