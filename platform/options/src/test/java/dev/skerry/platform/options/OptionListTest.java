package dev.skerry.platform.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class OptionListTest {
    private static String parsed(String text, String impliedKey) throws OptionException {
        return OptionList.parse("-device", text, impliedKey).values().toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "edu                        | {driver=edu}",
                "edu,id=e0,dma_mask=0xff    | {driver=edu, id=e0, dma_mask=0xff}",
                "driver=edu,id=e0           | {driver=edu, id=e0}",
                "id=e0,edu                  | {id=e0, edu=on}",
                "edu,multifunction          | {driver=edu, multifunction=on}",
                "edu,nomultifunction        | {driver=edu, multifunction=off}",
                "edu,no                     | {driver=edu, no=on}",
                "nographic                  | {driver=nographic}",
                "edu,id=a,id=b              | {driver=edu, id=b}",
                "edu,id=                    | {driver=edu, id=}",
                "edu,id=e0,                 | {driver=edu, id=e0}",
                "edu,                       | {driver=edu}",
                "edu,,id=x                  | {edu,id=x}",
                "edu,file=a,,b              | {driver=edu, file=a,b}",
                "edu,file=a,,,id=x          | {driver=edu, file=a,, id=x}",
                "edu,file=,,a,,,,b          | {driver=edu, file=,a,,b}",
                "edu,file=a=b=c             | {driver=edu, file=a=b=c}",
            })
    void syntax_with_an_implied_key(String text, String expected) throws OptionException {
        assertEquals(expected, parsed(text, "driver"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "size=1G         | {size=1G}",
                "on              | {on=on}",
                "nowait,path=/x  | {wait=off, path=/x}",
                "''              | {}",
                "a=1,            | {a=1}",
            })
    void syntax_without_an_implied_key(String text, String expected) throws OptionException {
        assertEquals(expected, parsed(text, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"=x", "edu,=x", "edu,id=a,="})
    void a_value_without_a_name_is_refused(String text) {
        OptionException e = assertThrows(OptionException.class, () -> parsed(text, "driver"));
        assertTrue(e.getMessage().startsWith("-device " + text + ": a value without a name"));
    }

    @Test
    void values_keep_the_order_written_and_cannot_be_changed() throws OptionException {
        OptionList options = OptionList.parse("-device", "edu,z=1,a=2,m=3", "driver");
        assertEquals(List.of("driver", "z", "a", "m"), List.copyOf(options.values().keySet()));
        assertThrows(
                UnsupportedOperationException.class, () -> options.values().put("id", "intruder"));
    }

    @Test
    void get_and_has_tell_what_was_set() throws OptionException {
        OptionList options = OptionList.parse("-device", "edu,id=e0", "driver");
        assertEquals("e0", options.get("id"));
        assertTrue(options.has("id"));
        assertNull(options.get("bus"));
        assertFalse(options.has("bus"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"edu", "edu,id="})
    void a_required_value_that_is_missing_or_empty_is_named(String text) throws OptionException {
        OptionList options = OptionList.parse("-device", text, "driver");
        OptionException e = assertThrows(OptionException.class, () -> options.require("id"));
        assertEquals("-device " + text + ": Parameter 'id' is missing", e.getMessage());
    }

    @Test
    void a_required_value_that_is_there_is_given() throws OptionException {
        assertEquals("e0", OptionList.parse("-device", "edu,id=e0", "driver").require("id"));
    }

    @Test
    void messages_begin_with_the_option_as_written() throws OptionException {
        OptionList options = OptionList.parse("-object", "x,a=b,,c", "qom-type");
        assertEquals("-object x,a=b,,c", options.source());
        assertEquals("-object x,a=b,,c: no such bus", options.error("no such bus").getMessage());
    }
}
