package dev.skerry.execution.x86.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tables of Intel SDM volume 1 (4-7, 8-10) and of the instructions in volume 2; and what processors were found to do where
 * the first version here differed.
 */
class X87SpecialCasesTest {
    private static final int MASKED = FpEnv.CONTROL_WORD_INIT;

    /** A number typed as {@code exponent:significand}, or a name. */
    private record Number(int se, long significand) {
        static Number of(String text) {
            return switch (text) {
                case "0" -> new Number(0, 0);
                case "-0" -> new Number(0x8000, 0);
                case "1" -> new Number(0x3fff, Long.MIN_VALUE);
                case "-1" -> new Number(0xbfff, Long.MIN_VALUE);
                case "2" -> new Number(0x4000, Long.MIN_VALUE);
                case "inf" -> new Number(0x7fff, Long.MIN_VALUE);
                case "-inf" -> new Number(0xffff, Long.MIN_VALUE);
                case "nan" -> new Number(0xffff, 0xc000000000000000L);
                default ->
                        new Number(
                                Integer.parseInt(text.substring(0, 4), 16),
                                Long.parseUnsignedLong(text.substring(5), 16));
            };
        }

        @Override
        public String toString() {
            return String.format("%04x:%016x", se, significand);
        }
    }

    private static FpEnv env(int control) {
        FpEnv env = new FpEnv();
        env.loadMxcsr(0);
        env.loadControlWord(control);
        return env;
    }

    private static long run(FpEnv env, String operation, Number a, Number b) {
        X87HostComparison.Machine m = new X87HostComparison.Machine(env);
        m.se = a.se();
        m.significand = a.significand();
        m.secondSe = b.se();
        m.second = b.significand();
        X87HostComparison.OPERATIONS.get(operation).run(m);
        env.signExponent = m.se;
        return m.significand;
    }

    private static void expect(
            int control, String operation, String a, String b, String result, String flags) {
        FpEnv env = env(control);
        long significand = run(env, operation, Number.of(a), Number.of(b));
        int se = env.signExponent;
        env.settle();
        assertEquals(Number.of(result).toString(), new Number(se, significand).toString());
        assertEquals(flags, String.format("%02x", env.flags()));
    }

    @ParameterizedTest
    @CsvSource({
        // Two NaNs: the larger significand; a quiet one before a signaling one; the positive one of
        // equals.
        "fadd, 7fff:c000000000000001, 7fff:c000000000000002, 7fff:c000000000000002, 00",
        "fadd, 7fff:c000000000000001, 7fff:8000000000000002, 7fff:c000000000000001, 01",
        "fadd, 7fff:a000000000000001, ffff:8000000000000002, 7fff:e000000000000001, 01",
        "fmul, ffff:c000000000000001, 7fff:c000000000000001, 7fff:c000000000000001, 00",
        "fadd, 7fff:8000000000000001, 1, 7fff:c000000000000001, 01",
        // Unsupported: unnormal, pseudo-infinity, pseudo-NaN.
        "fadd, 3fff:4000000000000000, 1, nan, 01",
        "fadd, 7fff:0000000000000000, 1, nan, 01",
        "fadd, 7fff:4000000000000001, 1, nan, 01",
        "fadd, 3fff:4000000000000000, 7fff:c000000000000001, nan, 01",
        // A pseudo-denormal counts as the smallest normal number, and is reported as denormal.
        "fadd, 0000:8000000000000000, 0, 0001:8000000000000000, 02",
        "fadd, inf, -inf, nan, 01",
        "fsub, inf, inf, nan, 01",
        "fmul, 0, inf, nan, 01",
        "fdiv, 0, 0, nan, 01",
        "fdiv, inf, inf, nan, 01",
        "fdiv, 1, -0, -inf, 04",
        "fsqrt, -1, 0, nan, 01",
        "fsqrt, -0, 0, -0, 00",
        "fadd, 1, -1, 0, 00",
        "fscale, 0, inf, nan, 01",
        "fscale, inf, -inf, nan, 01",
        "fscale, 1, -inf, 0, 00",
        "fscale, 1, inf, inf, 00",
        "fprem, inf, 1, nan, 01",
        "fprem, 1, 0, nan, 01",
        "fprem, 1, inf, 1, 00",
        // FPATAN, table 3-30 (here ST(0) is x, ST(1) is y).
        "fpatan, inf, inf, 3ffe:c90fdaa22168c235, 20",
        "fpatan, -inf, inf, 4000:96cbe3f9990e91a8, 20",
        "fpatan, 0, 1, 3fff:c90fdaa22168c235, 20",
        "fpatan, -1, 0, 4000:c90fdaa22168c235, 20",
        "fpatan, -1, -0, c000:c90fdaa22168c235, 20",
        "fpatan, 1, -0, -0, 00",
        "fpatan, inf, 1, 0, 00",
        // FYL2X and its tables.
        "fyl2x, 0, 1, -inf, 04",
        "fyl2x, 0, 0, nan, 01",
        "fyl2x, -1, 1, nan, 01",
        "fyl2x, 1, inf, nan, 01",
        "fyl2x, 1, 1, 0, 00",
        "fyl2x, inf, -1, -inf, 00",
        "fyl2xp1, 0, inf, nan, 01",
        "fyl2xp1, inf, 0, nan, 01",
        "f2xm1, inf, 0, inf, 00",
        "f2xm1, -inf, 0, -1, 00",
        "f2xm1, -0, 0, -0, 00",
        "fsin, inf, 0, nan, 01",
        "fsin, -0, 0, -0, 00",
        "fcos, -0, 0, 1, 00",
    })
    void masked_responses_are_the_manuals(
            String operation, String a, String b, String result, String flags) {
        expect(MASKED, operation, a, b, result, flags);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 4000",
        "-0, 4200",
        "1, 0400",
        "-1, 0600",
        "inf, 0500",
        "-inf, 0700",
        "nan, 0300",
        "0000:0000000000000001, 4400",
        "0000:8000000000000000, 4400",
        "8000:0000000000000001, 4600",
        "3fff:7fffffffffffffff, 0000",
        "ffff:0000000000000000, 0200"
    })
    void fxam_tells_the_class(String number, String conditions) {
        Number n = Number.of(number);
        assertEquals(conditions, String.format("%04x", Extended.examine(n.se(), n.significand())));
    }

    @ParameterizedTest
    @CsvSource({
        // Rounding control nearest, down, up, zero in bits 10 and 11.
        "PI, c90fdaa22168c235, c90fdaa22168c234, c90fdaa22168c235, c90fdaa22168c234",
        "LOG2_TEN, d49a784bcd1b8afe, d49a784bcd1b8afe, d49a784bcd1b8aff, d49a784bcd1b8afe",
        "LOG2_E, b8aa3b295c17f0bc, b8aa3b295c17f0bb, b8aa3b295c17f0bc, b8aa3b295c17f0bb",
        "LOG10_TWO, 9a209a84fbcff799, 9a209a84fbcff798, 9a209a84fbcff799, 9a209a84fbcff798",
        "LN_TWO, b17217f7d1cf79ac, b17217f7d1cf79ab, b17217f7d1cf79ac, b17217f7d1cf79ab",
        "ONE, 8000000000000000, 8000000000000000, 8000000000000000, 8000000000000000",
        "ZERO, 0000000000000000, 0000000000000000, 0000000000000000, 0000000000000000",
    })
    void constants_obey_the_rounding_control(
            ExtendedConstants constant, String nearest, String down, String up, String zero) {
        String[] expected = {nearest, down, up, zero};
        for (int rounding = 0; rounding < 4; rounding++) {
            FpEnv env = env(MASKED | rounding << 10);
            assertEquals(expected[rounding], String.format("%016x", constant.load(env)));
            assertEquals(0, env.raised);
        }
    }

    @Test
    void the_precision_control_cuts_the_significand_and_not_the_exponent() {
        String third = "3ffd:aaaaaaaaaaaaaaab";
        expect(0x37f, "fdiv", "1", "4000:c000000000000000", third, "20");
        expect(0x27f, "fdiv", "1", "4000:c000000000000000", "3ffd:aaaaaaaaaaaaa800", "20");
        expect(0x07f, "fdiv", "1", "4000:c000000000000000", "3ffd:aaaaab0000000000", "20");
        expect(0x07f, "fmul", "7ffd:8000000000000000", "1", "7ffd:8000000000000000", "00");
    }

    @Test
    void unmasked_overflow_and_underflow_adjust_the_exponent() {
        expect(0x377, "fmul", "7ffe:8000000000000000", "2", "1fff:8000000000000000", "08");
        expect(0x36f, "fdiv", "0001:8000000000000000", "2", "6000:8000000000000000", "10");
    }

    @Test
    void scaling_beyond_the_adjusted_range_gives_infinity_or_zero() {
        expect(0x777, "fscale", "1", "400f:ffff000000000000", "inf", "28");
        expect(0x36f, "fscale", "1", "c00f:ffff000000000000", "0", "30");
    }

    @Test
    void an_unfinished_remainder_takes_off_as_many_bits_as_the_processor() {
        // The exponents differ by 16320: 32 bits. By 0x7fad: 45 bits.
        expect(
                MASKED,
                "fprem",
                "3fc2:b853801b94738000",
                "0002:ffffff0000000000",
                "3fa2:e7f4530000000000",
                "00");
        expect(
                MASKED,
                "fprem",
                "7fc4:fffffffffffff800",
                "0017:fffffffffffff801",
                "7f97:ffffdffffffff801",
                "00");
    }

    @Test
    void an_unmasked_denormal_is_loaded_all_the_same() {
        FpEnv env = env(MASKED & ~FpEnv.DENORMAL);
        assertEquals(Long.MIN_VALUE, ExtendedFormats.load32(env, 1));
        assertEquals(0x3f6a, env.signExponent);
        assertEquals(FpEnv.DENORMAL, env.raised);
        assertEquals(false, ExtendedFormats.loadBlocked(env));
    }

    @Test
    void a_store_that_overflows_unmasked_is_not_inexact() {
        FpEnv env = env(MASKED & ~FpEnv.OVERFLOW);
        ExtendedFormats.store32(env, 0x7fdb, 0x8830ede01c03fe12L);
        assertEquals(FpEnv.OVERFLOW, env.raised);
        assertEquals(true, ExtendedFormats.storeBlocked(env));
    }

    @ParameterizedTest
    @CsvSource({
        "3fff:8000000000000000, 0000000000000001, 0000",
        "c03a:de0b6b3a763ffff0, 9999999999999999, 8099",
        "403a:de0b6b3a76400000, c000000000000000, ffff",
        "nan, c000000000000000, ffff",
        "-0, 0000000000000000, 8000",
    })
    void decimals_of_eighteen_digits_are_stored(String number, String low, String high) {
        Number n = Number.of(number);
        FpEnv env = env(MASKED);
        assertEquals(
                low, String.format("%016x", ExtendedFormats.toBcd(env, n.se(), n.significand())));
        assertEquals(high, String.format("%04x", env.signExponent));
    }

    @ParameterizedTest
    @CsvSource({
        // Below 2^-68 the operand is the result whatever the rounding control.
        "fsin, 3fba:8000000000000001, 0, 3fba:8000000000000001, 20",
        "fsin, 3fbb:8000000000000001, 0, 3fbb:8000000000000000, 20",
        "fcos, 3fba:8000000000000001, 0, 1, 20",
        "fsin, 0000:0000000000000001, 0, 0000:0000000000000001, 32",
        "fsin, 0000:8000000000000001, 0, 0001:8000000000000001, 22",
        // A quotient of exponents 41 apart is its own arctangent.
        "fpatan, 1, 3fd6:8000000000000000, 3fd6:8000000000000000, 20",
        "fpatan, 1, 3fd7:8000000000000000, 3fd6:ffffffffffffffff, 20",
        // Even a power of two's logarithm is inexact, and a little below a negative one's
        // magnitude.
        "fyl2x, 3ffe:8000000000000000, 1, bffe:ffffffffffffffff, 20",
        "fyl2x, 2, 1, 1, 20",
        "fyl2xp1, 1, fffe:ffffffffffffffff, fffe:ffffffffffffffff, 20",
        // Outside of the domains the operand comes back.
        "f2xm1, 4000:8000000000000001, 0, 4000:8000000000000001, 20",
        "fyl2xp1, c000:8000000000000001, 1, c000:8000000000000001, 20",
    })
    void transcendentals_rounded_to_zero_have_the_processors_edges(
            String operation, String a, String b, String result, String flags) {
        expect(0xf7f, operation, a, b, result, flags);
    }

    @Test
    void a_whole_logarithm_does_not_overflow_by_its_inexactness() {
        // Rounding down, masks but for overflow, underflow, inexact and zero divide.
        expect(0x643, "fyl2xp1", "1", "fffe:ffffffffffffffff", "fffe:ffffffffffffffff", "20");
    }

    @Test
    void an_argument_of_2_to_the_63_is_not_reduced() {
        FpEnv env = env(MASKED);
        assertEquals(Long.MIN_VALUE, ExtendedTrigonometry.sine(env, 0x403e, Long.MIN_VALUE));
        assertEquals(0x403e, env.signExponent);
        assertEquals(0x400, env.conditions);
        assertEquals(0, env.raised);
    }

    @Test
    void pi_has_66_bits_in_the_reduction() {
        // The sine of the nearest number to pi: the true one is -5.01655761266833202e-20, 66 bits
        // of pi give -2^-64.
        expect(MASKED, "fsin", "4000:c90fdaa22168c235", "0", "bfbf:8000000000000000", "20");
    }

    // A random program went on with #MF where a processor saw no exception.
    @ParameterizedTest
    @CsvSource({"fprem, inf", "fprem, -inf", "fprem1, inf", "fprem1, -inf", "fscale, 0"})
    void a_denormal_that_nothing_is_done_to_is_no_unmasked_underflow(String operation, String b) {
        String denormal = "8000:0000000000000001";
        expect(0x36f, operation, denormal, b, denormal, "02");
    }
}
