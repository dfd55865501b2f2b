package dev.skerry.platform.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Set;

class PropertyValuesTest {
    private static final List<Property> PROPERTIES =
            List.of(
                    new Property("flag", PropertyType.BOOL, "off", ""),
                    new Property("addr", PropertyType.INT32, "-1", "Slot and function"),
                    new Property("vendor", PropertyType.UINT16, null, ""),
                    new Property("port", PropertyType.UINT32, "7", ""),
                    new Property("mask", PropertyType.UINT64, "0xfffffff", ""),
                    new Property("room", PropertyType.SIZE, "16M", ""),
                    new Property("serial", PropertyType.STRING, null, ""));

    private static PropertyValues values(String text) throws OptionException {
        return new PropertyValues(
                "edu",
                PROPERTIES,
                OptionList.parse("-device", text, "driver"),
                Set.of("driver", "id"));
    }

    @Test
    void what_is_not_set_has_its_default() throws OptionException {
        PropertyValues values = values("edu,id=e0");
        assertFalse(values.bool("flag"));
        assertEquals(-1, values.number("addr"));
        assertEquals(7, values.number("port"));
        assertEquals(0xfffffff, values.number("mask"));
        assertEquals(16 << 20, values.number("room"));
        assertNull(values.text("serial"));
        assertEquals("16M", values.text("room"));
    }

    @Test
    void what_is_set_replaces_the_default() throws OptionException {
        PropertyValues values =
                values("edu,flag,addr=0x10,vendor=0x1234,port=4294967295,room=1k,serial=a,,b");
        assertTrue(values.bool("flag"));
        assertEquals(1, values.number("flag"));
        assertEquals(0x10, values.number("addr"));
        assertEquals(0x1234, values.number("vendor"));
        assertEquals(0xffff_ffffL, values.number("port"));
        assertEquals(1024, values.number("room"));
        assertEquals("a,b", values.text("serial"));
    }

    @ParameterizedTest
    @CsvSource({
        "flag=maybe, Parameter 'flag': 'maybe' is neither 'on' nor 'off'",
        "addr=x, Parameter 'addr': 'x' is not a number",
        "addr=2147483648,"
                + " Parameter 'addr': '2147483648' is out of range (-2147483648 to 2147483647)",
        "vendor=65536, Parameter 'vendor': '65536' is out of range (0 to 65535)",
        "vendor=-1, Parameter 'vendor': '-1' is out of range (0 to 65535)",
        "port=4294967296, Parameter 'port': '4294967296' is out of range (0 to 4294967295)",
        "mask=-1, Parameter 'mask': '-1' is not an unsigned 64-bit number",
        "room=1Q, Parameter 'room': '1Q' is not a size (for example 512M or 2G)",
        "colour=red, Property 'edu.colour' not found",
        "nocolour, Property 'edu.colour' not found",
    })
    void a_bad_value_is_refused_naming_option_property_and_reason(String element, String reason) {
        OptionException e = assertThrows(OptionException.class, () -> values("edu," + element));
        assertEquals("-device edu," + element + ": " + reason, e.getMessage());
    }

    @Test
    void keys_handled_elsewhere_are_no_properties() throws OptionException {
        PropertyValues values = values("edu,id=e0");
        assertThrows(AssertionError.class, () -> values.text("id"));
    }

    @Test
    void asking_for_an_undeclared_property_is_a_bug() throws OptionException {
        PropertyValues values = values("edu");
        AssertionError e = assertThrows(AssertionError.class, () -> values.number("colour"));
        assertEquals("property colour is not declared", e.getMessage());
    }

    @Test
    void a_property_declared_twice_is_a_bug() {
        Property twice = PROPERTIES.getFirst();
        assertThrows(
                AssertionError.class,
                () ->
                        new PropertyValues(
                                "edu",
                                List.of(twice, twice),
                                OptionList.parse("-device", "edu", "driver"),
                                Set.of("driver")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "0|  flag=<bool>            -  (default: off)",
                "1|  addr=<int32>           - Slot and function (default: -1)",
                "2|  vendor=<uint16>",
                "6|  serial=<str>",
            })
    void help_lines_tell_type_description_and_default(int index, String expected) {
        assertEquals(expected, PROPERTIES.get(index).helpLine());
    }
}
