package dev.skerry.isolation.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.options.OptionException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SandboxOptionsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "on; ON",
                "off; OFF",
                "auto; AUTO",
                "required; REQUIRED",
                "enable=on; ON",
                "on,obsolete=deny,elevateprivileges=children,spawn=deny,resourcecontrol=allow; ON",
            })
    void qemus_arguments_and_ours(String argument, SandboxOptions.Mode mode)
            throws OptionException {
        assertEquals(mode, SandboxOptions.parse("-sandbox", argument).mode());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "maybe; none of on, off",
                "on,spawn=children; spawn is none of allow, deny",
                "on,colour=red; Invalid parameter 'colour'",
                "spawn=deny; 'enable' is missing",
            })
    void others_are_refused_by_name(String argument, String reason) {
        OptionException e =
                assertThrows(
                        OptionException.class, () -> SandboxOptions.parse("-sandbox", argument));
        assertTrue(e.getMessage().contains(reason), e.getMessage());
    }
}
