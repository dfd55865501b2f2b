package dev.skerry.platform.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    @ParameterizedTest
    @CsvSource({
        "on, true", "yes, true", "true, true", "y, true",
        "off, false", "no, false", "false, false", "n, false"
    })
    void booleans(String text, boolean expected) throws OptionException {
        assertEquals(expected, Values.bool(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ON", "1", "0", "onn", " on", "nope"})
    void bad_booleans_are_refused(String text) {
        OptionException e = assertThrows(OptionException.class, () -> Values.bool(text));
        assertEquals("'" + text + "' is neither 'on' nor 'off'", e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "7, 7",
        "-5, -5",
        "100, 100",
        "-100, -100",
        "0x1f, 31",
        "0X1F, 31",
        "010, 8",
        "-0x10, -16"
    })
    void numbers(String text, long expected) throws OptionException {
        assertEquals(expected, Values.number(text, -100, 100));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "x",
                "1x",
                "0x",
                "1.5",
                "1 ",
                "08",
                "--1",
                "#10",
                "1K",
                "9223372036854775808"
            })
    void texts_that_are_no_numbers_are_refused(String text) {
        OptionException e =
                assertThrows(
                        OptionException.class,
                        () -> Values.number(text, Long.MIN_VALUE, Long.MAX_VALUE));
        assertEquals("'" + text + "' is not a number", e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-101", "101", "0x65", "9223372036854775807"})
    void numbers_out_of_bounds_are_refused_with_the_bounds(String text) {
        OptionException e =
                assertThrows(OptionException.class, () -> Values.number(text, -100, 100));
        assertEquals("'" + text + "' is out of range (-100 to 100)", e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "42, 42",
        "0xfffffff, 268435455",
        "0xffffffffffffffff, -1",
        "18446744073709551615, -1",
        "9223372036854775808, -9223372036854775808"
    })
    void unsigned_64_bit_numbers(String text, long expected) throws OptionException {
        assertEquals(expected, Values.unsigned64(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "0x", "-1", "0x-1", "1G", "0x10000000000000000", "18446744073709551616"})
    void bad_unsigned_64_bit_numbers_are_refused(String text) {
        OptionException e = assertThrows(OptionException.class, () -> Values.unsigned64(text));
        assertEquals("'" + text + "' is not an unsigned 64-bit number", e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "512, 512",
        "512B, 512",
        "4k, 4096",
        "4K, 4096",
        "512M, 536870912",
        "1.5G, 1610612736",
        "0.5k, 512",
        "2G, 2147483648",
        "1T, 1099511627776",
        "1P, 1125899906842624",
        "7E, 8070450532247928832",
        "1e, 1152921504606846976",
        "0x1000, 4096",
        "0x1E, 30",
        "9223372036854775807, 9223372036854775807"
    })
    void sizes(String text, long expected) throws OptionException {
        assertEquals(expected, Values.size(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "-1", "-1G", "1.5", "1.5B", ".5G", "1.G", "1KK", "1 G", "1Z"})
    void texts_that_are_no_sizes_are_refused(String text) {
        OptionException e = assertThrows(OptionException.class, () -> Values.size(text));
        assertEquals("'" + text + "' is not a size (for example 512M or 2G)", e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"8E", "9223372036854775808", "0x8000000000000000", "99999999999999T"})
    void sizes_beyond_63_bits_are_refused(String text) {
        OptionException e = assertThrows(OptionException.class, () -> Values.size(text));
        assertEquals("'" + text + "' is too large a size", e.getMessage());
    }
}
