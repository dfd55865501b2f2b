package dev.skerry.device.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

class DebugPortsTest {
    @ParameterizedTest(name = "{0} bytes of {1}: status {2}")
    @CsvSource({"1, 0x00, 1", "1, 0x10, 0x21", "2, 0x1234, 0x2469", "4, 0x7f, 0xff"})
    void exit_gives_twice_the_value_and_one(int size, String value, String status) {
        List<Integer> exits = new ArrayList<>();
        DebugExit exit = new DebugExit(4, exits::add);
        assertEquals(0, exit.ports().read(0, size));
        exit.ports().write(0, size, Integer.decode(value));
        assertEquals(List.of(Integer.decode(status)), exits);
    }

    @Test
    void exit_takes_writes_inside_its_ports_only() {
        List<Integer> exits = new ArrayList<>();
        DebugExit exit = new DebugExit(2, exits::add);
        exit.ports().write(0, 4, 0);
        assertEquals(List.of(), exits);
        exit.ports().write(1, 1, 3);
        assertEquals(List.of(7), exits);
    }

    @Test
    void console_passes_text_on_and_reads_as_it_was_told() {
        StringBuilder text = new StringBuilder();
        DebugConsole console = new DebugConsole(0xe9, value -> text.append((char) value));
        "Hi\n".chars().forEach(value -> console.port().write(0, 1, value));
        assertEquals("Hi\n", text.toString());
        assertEquals(0xe9, console.port().read(0, 1));
    }
}
