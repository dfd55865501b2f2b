package dev.skerry.execution.x86.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of Intel SDM volume 1: 4-7 (NaNs), 11-1 and 11.5.2 (masked responses), appendix E. */
class SseSpecialCasesTest {
    private static final int MASKED = 0x1f80;

    private static long bits(String hex) {
        return Long.parseUnsignedLong(hex, 16);
    }

    private static long run(FpEnv env, String operation, long a, long b) {
        return switch (operation) {
            case "add" -> Binary64.add(env, a, b);
            case "sub" -> Binary64.subtract(env, a, b);
            case "mul" -> Binary64.multiply(env, a, b);
            case "div" -> Binary64.divide(env, a, b);
            case "sqrt" -> Binary64.squareRoot(env, a);
            case "min" -> Binary64.minimum(env, a, b);
            case "max" -> Binary64.maximum(env, a, b);
            default -> throw new IllegalArgumentException(operation);
        };
    }

    @ParameterizedTest
    @CsvSource({
        // Signaling and quiet NaNs: the first operand, made quiet, if it is a NaN; else the second.
        "add, 7ff0000000000001, 3ff0000000000000, 7ff8000000000001, 01",
        "add, 3ff0000000000000, fff0000000000001, fff8000000000001, 01",
        "add, 7ff8000000000002, 7ff0000000000001, 7ff8000000000002, 01",
        "add, 7ff0000000000001, 7ff8000000000002, 7ff8000000000001, 01",
        "sub, 7ff8000000000002, 7ff8000000000003, 7ff8000000000002, 00",
        "sub, 3ff0000000000000, 7ff8000000000003, 7ff8000000000003, 00",
        // Invalid operations: the default NaN.
        "add, 7ff0000000000000, fff0000000000000, fff8000000000000, 01",
        "sub, 7ff0000000000000, 7ff0000000000000, fff8000000000000, 01",
        "mul, 0000000000000000, fff0000000000000, fff8000000000000, 01",
        "div, 0000000000000000, 8000000000000000, fff8000000000000, 01",
        "div, 7ff0000000000000, 7ff0000000000000, fff8000000000000, 01",
        "sqrt, bff0000000000000, 0, fff8000000000000, 01",
        "sqrt, 8000000000000000, 0, 8000000000000000, 00",
        // Division by zero, also of a denormal number; of an infinity it is none.
        "div, 3ff0000000000000, 8000000000000000, fff0000000000000, 04",
        "div, 0000000000000001, 0000000000000000, 7ff0000000000000, 04",
        "div, 7ff0000000000000, 0000000000000000, 7ff0000000000000, 00",
        // Minimum and maximum: the second operand if they are equal zeros or one is a NaN.
        "min, 0000000000000000, 8000000000000000, 8000000000000000, 00",
        "max, 8000000000000000, 0000000000000000, 0000000000000000, 00",
        "min, 7ff8000000000000, 3ff0000000000000, 3ff0000000000000, 01",
        "max, 3ff0000000000000, 7ff0000000000001, 7ff0000000000001, 01",
        // Denormal operands, overflow, underflow, inexact.
        "add, 0000000000000001, 3ff0000000000000, 3ff0000000000000, 22",
        "mul, 7fe0000000000000, 4000000000000000, 7ff0000000000000, 28",
        "mul, 0010000000000001, 3fe0000000000000, 0008000000000000, 30",
        "mul, 0010000000000000, 3fe0000000000000, 0008000000000000, 00",
        "div, 3ff0000000000000, 4008000000000000, 3fd5555555555555, 20",
    })
    void masked_responses_are_the_manuals(
            String operation, String a, String b, String expected, String flags) {
        FpEnv env = new FpEnv();
        env.loadMxcsr(MASKED);
        long result = run(env, operation, bits(a), bits(b));
        assertFalse(env.raised != 0 && env.settle());
        assertEquals(expected, String.format("%016x", result));
        assertEquals(flags, String.format("%02x", env.flags()));
    }

    @ParameterizedTest
    @CsvSource({
        // MXCSR, expected result, flags: flush to zero also of an exact tiny result, and only while
        // underflow is masked.
        "9f80, 0000000000000000, 30",
        "9780, 0008000000000000, trap 10",
        "1780, 0008000000000000, trap 10",
        "1f80, 0008000000000000, 00",
        // Denormals are zeros: no denormal operand here, so the product is as it is.
        "1fc0, 0008000000000000, 00",
    })
    void a_tiny_exact_result_is_flushed_reported_or_left(
            String mxcsr, String expected, String flags) {
        FpEnv env = new FpEnv();
        env.loadMxcsr(Integer.parseInt(mxcsr, 16));
        long result = Binary64.multiply(env, 0x0010000000000000L, 0x3fe0000000000000L);
        boolean trap = env.raised != 0 && env.settle();
        if (!trap) {
            assertEquals(expected, String.format("%016x", result));
        }
        assertEquals(flags, (trap ? "trap " : "") + String.format("%02x", env.flags()));
    }

    @Test
    void denormals_that_are_zeros_raise_nothing() {
        FpEnv env = new FpEnv();
        env.loadMxcsr(MASKED | 0x40);
        assertEquals(
                0x8000000000000000L,
                Binary64.multiply(env, 0x8000000000000001L, 0x3ff0000000000000L));
        assertEquals(0, Binary64.truncateToLong(env, 1));
        assertEquals(0, Binary64.minimum(env, 2, 1));
        assertEquals(0, env.raised);
    }

    @Test
    void an_unmasked_denormal_keeps_inexactness_from_being_reported() {
        FpEnv env = new FpEnv();
        env.loadMxcsr(MASKED & ~0x100);
        Binary64.add(env, 1, 0x3ff3333333333333L);
        assertTrue(env.settle());
        assertEquals(FpEnv.DENORMAL, env.flags());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void every_predicate_is_the_negation_of_another(int predicate) {
        for (int outcome :
                new int[] {
                    Comparison.LESS, Comparison.EQUAL, Comparison.GREATER, Comparison.UNORDERED
                }) {
            assertEquals(
                    !Comparison.holds(predicate, outcome),
                    Comparison.holds(predicate + 4, outcome));
        }
    }

    @Test
    void integers_that_do_not_fit_are_indefinite() {
        FpEnv env = new FpEnv();
        assertEquals(0x80000000, Binary64.truncateToInt(env, 0x41e0000000000000L));
        assertEquals(FpEnv.INVALID, env.raised);
        env.raised = 0;
        assertEquals(0x80000000, Binary64.truncateToInt(env, 0xc1e0000000000000L));
        assertEquals(0, env.raised);
        assertEquals(Long.MIN_VALUE, Binary64.roundToLong(env, 0x7ff8000000000000L));
        assertEquals(FpEnv.INVALID, env.raised);
    }

    @Test
    void the_quick_way_gives_the_same_bits_as_the_full_one() {
        long seed = 20_241_123;
        Operands operands = new Operands(seed);
        FpEnv quick = new FpEnv();
        quick.loadMxcsr(MASKED | FpEnv.PRECISION);
        assertTrue(quick.quick);
        for (int i = 0; i < 200_000; i++) {
            long a = operands.binary64(0x3ff0000000000000L);
            long b = operands.binary64(a);
            for (String operation :
                    new String[] {"add", "sub", "mul", "div", "sqrt", "min", "max"}) {
                FpEnv full = new FpEnv();
                full.loadMxcsr(MASKED);
                quick.loadMxcsr(MASKED | FpEnv.PRECISION);
                long expected = run(full, operation, a, b);
                full.settle();
                long result = run(quick, operation, a, b);
                quick.settle();
                String what = String.format("seed %d: %s %016x %016x", seed, operation, a, b);
                assertEquals(expected, result, what);
                assertEquals(full.flags() | FpEnv.PRECISION, quick.flags(), what);
            }
        }
    }
}
