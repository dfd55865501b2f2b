package dev.skerry.device.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;

class IntxTest {
    private static final int STATUS = 0x06;
    private static final int STATUS_INTERRUPT = 0x8;
    private static final int DISABLE = 0x400;

    private TestBus bus;
    private PciFunction function;

    @BeforeEach
    void open() throws Exception {
        bus = new TestBus();
        function = TestBus.newFunction();
        function.setInterruptPin(1);
        bus.attach(function);
    }

    @AfterEach
    void close() {
        bus.close();
    }

    private void assertStatusBit(boolean set) {
        assertEquals(set ? STATUS_INTERRUPT : 0, function.readConfig(STATUS, 2));
    }

    @Test
    void status_shows_the_pin() {
        assertStatusBit(false);
        function.setInterrupt(true);
        assertStatusBit(true);
        function.setInterrupt(false);
        assertStatusBit(false);
    }

    @Test
    void status_shows_the_pin_even_when_masked() {
        function.writeConfig(TestBus.COMMAND, 2, DISABLE);
        function.setInterrupt(true);
        assertStatusBit(true);
        assertEquals(List.of(), bus.line);
    }

    @Test
    void status_bit_is_not_softwares_to_write() {
        function.setInterrupt(true);
        function.writeConfig(STATUS, 2, 0xffff);
        assertStatusBit(true);
        function.setInterrupt(false);
        function.writeConfig(STATUS, 2, 0xffff);
        assertStatusBit(false);
    }

    @Test
    void line_is_told_once_per_change() {
        function.setInterrupt(false);
        assertEquals(List.of(), bus.line);
        function.setInterrupt(true);
        function.setInterrupt(true);
        function.writeConfig(TestBus.COMMAND, 2, 0x3);
        function.writeConfig(0x3c, 1, 11);
        assertEquals(List.of(true), bus.line);
        function.setInterrupt(false);
        function.setInterrupt(false);
        assertEquals(List.of(true, false), bus.line);
    }

    @Test
    void masked_line_follows_the_disable_bit() {
        function.setInterrupt(true);
        function.writeConfig(TestBus.COMMAND, 2, DISABLE);
        assertEquals(List.of(true, false), bus.line);
        function.writeConfig(TestBus.COMMAND, 2, DISABLE);
        assertEquals(List.of(true, false), bus.line);
        function.writeConfig(TestBus.COMMAND + 1, 1, 0);
        assertEquals(List.of(true, false, true), bus.line);
    }

    @Test
    void pin_that_fell_while_masked_stays_down() {
        function.setInterrupt(true);
        function.writeConfig(TestBus.COMMAND, 2, DISABLE);
        function.setInterrupt(false);
        function.writeConfig(TestBus.COMMAND, 2, 0);
        assertEquals(List.of(true, false), bus.line);
    }

    @Test
    void reset_lowers_line_and_pin() {
        function.setInterrupt(true);
        function.reset();
        assertEquals(List.of(true, false), bus.line);
        assertStatusBit(false);
        function.setInterrupt(true);
        assertEquals(List.of(true, false, true), bus.line);
        assertStatusBit(true);
    }

    @Test
    void reset_of_a_masked_pin_tells_nothing() {
        function.writeConfig(TestBus.COMMAND, 2, DISABLE);
        function.setInterrupt(true);
        function.reset();
        assertEquals(List.of(), bus.line);
        assertStatusBit(false);
    }

    @Test
    void detach_lowers_the_line() {
        function.setInterrupt(true);
        function.detach();
        assertEquals(List.of(true, false), bus.line);
    }
}
