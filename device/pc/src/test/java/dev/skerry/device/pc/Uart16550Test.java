package dev.skerry.device.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.workbench.ManualHost;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;

/** Numbers are those of National's PC16550D data sheet (June 1995). */
class Uart16550Test {
    private static final int DATA = 0;
    private static final int IER = 1;
    private static final int IIR = 2;
    private static final int FCR = 2;
    private static final int LCR = 3;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int MSR = 6;
    private static final int SCR = 7;
    private static final int FIFOS_TRIGGER_8 = 0x81;

    /** The other end: takes as many characters as it was told to. */
    private static final class Peer implements SerialBackend {
        private final StringBuilder text = new StringBuilder();
        private int takes = Integer.MAX_VALUE;
        private int wanted;

        @Override
        public boolean write(byte value) {
            if (takes == 0) {
                return false;
            }
            takes--;
            text.append((char) (value & 0xff));
            return true;
        }

        @Override
        public void inputWanted() {
            wanted++;
        }
    }

    private final ManualHost host = new ManualHost();
    private final RecordedLine line = new RecordedLine();
    private final Peer peer = new Peer();
    private final Uart16550 uart = new Uart16550(host, peer, line);

    private void out(int offset, int value) {
        uart.registers().write(offset, 1, value);
    }

    private int in(int offset) {
        return (int) uart.registers().read(offset, 1);
    }

    private int receive(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return uart.receive(bytes, 0, bytes.length);
    }

    private void send(String text) {
        text.chars().forEach(character -> out(DATA, character));
    }

    @ParameterizedTest
    @EnumSource(UartRegister.class)
    void register_has_its_reset_value(UartRegister register) {
        boolean readable = UartRegister.READ.registers().contains(register);
        boolean divisor = register == UartRegister.DLL || register == UartRegister.DLM;
        out(LCR, 0x80);
        out(0, 0x55);
        out(1, 0x55);
        out(LCR, 0);
        out(SCR, 0x55);
        out(MCR, 0x03);
        out(IER, 0x0f);
        uart.reset();
        if (divisor) {
            out(LCR, 0x80);
        }
        if (readable || divisor) {
            assertEquals(register.resetValue(), in(register.offset()));
        }
    }

    @ParameterizedTest(name = "offset {0}: 0xff reads 0x{1}")
    @CsvSource({"1, 0f", "3, ff", "4, 1f", "7, ff"})
    void writable_bits_read_back(int offset, String bits) {
        out(offset, 0xff);
        assertEquals(Integer.parseInt(bits, 16), in(offset));
    }

    @Test
    void divisor_is_behind_its_access_bit() {
        out(LCR, 0x83);
        uart.registers().write(0, 2, 0x1234);
        assertEquals(0x1234, uart.registers().read(0, 2));
        out(LCR, 0x03);
        assertEquals(0, in(IER));
        assertEquals("", peer.text.toString());
    }

    @Test
    void text_that_is_sent_arrives() {
        send("Hello");
        assertEquals("Hello", peer.text.toString());
        assertEquals(0x60, in(LSR));
    }

    @Test
    void enabling_tells_of_an_empty_transmitter_each_time_and_reading_takes_it() {
        out(IER, 0x02);
        assertTrue(line.isUp());
        assertEquals(0x02, in(IIR));
        assertFalse(line.isUp());
        assertEquals(0x01, in(IIR));
        out(IER, 0x00);
        out(IER, 0x02);
        assertEquals(0x02, in(IIR));
        send("x");
        assertEquals(0x02, in(IIR));
        out(IER, 0x02);
        assertEquals(0x01, in(IIR));
    }

    @Test
    void full_backend_holds_the_transmitter() {
        peer.takes = 1;
        out(IER, 0x02);
        out(FCR, 0x01);
        in(IIR);
        send("abc");
        assertEquals("a", peer.text.toString());
        assertEquals(0x00, in(LSR));
        // "a" went at once, and said so, before "b" was written.
        assertEquals(0xc1, in(IIR));
        peer.takes = 1;
        uart.resumeOutput();
        assertFalse(line.isUp());
        peer.takes = 5;
        uart.resumeOutput();
        assertTrue(line.isUp());
        assertEquals(0xc2, in(IIR));
        assertEquals("abc", peer.text.toString());
        assertEquals(0x60, in(LSR));
    }

    @Test
    void characters_beyond_a_full_transmitter_are_lost() {
        peer.takes = 0;
        out(FCR, 0x01);
        send("0123456789abcdefXY");
        peer.takes = 100;
        uart.resumeOutput();
        assertEquals("0123456789abcdef", peer.text.toString());
    }

    @Test
    void without_fifos_one_character_is_taken_at_a_time() {
        out(IER, 0x01);
        assertEquals(1, uart.room());
        assertEquals(1, receive("ab"));
        assertTrue(line.isUp());
        assertEquals(0x04, in(IIR));
        assertEquals(0x61, in(LSR));
        assertEquals(0, peer.wanted);
        assertEquals('a', in(DATA));
        assertEquals(1, peer.wanted);
        assertFalse(line.isUp());
        assertEquals(0x60, in(LSR));
    }

    @ParameterizedTest(name = "FCR {0}: {1} characters")
    @CsvSource({"0x01, 1", "0x41, 4", "0x81, 8", "0xc1, 14"})
    void trigger_level_interrupts(String control, int level) {
        out(IER, 0x01);
        out(FCR, Integer.decode(control));
        for (int i = 1; i < level; i++) {
            receive("x");
            assertFalse(line.isUp(), "after " + i);
        }
        receive("x");
        assertTrue(line.isUp());
        assertEquals(0xc4, in(IIR));
        in(DATA);
        assertFalse(line.isUp());
    }

    @Test
    void fifo_takes_sixteen_and_gives_them_in_order() {
        out(FCR, FIFOS_TRIGGER_8);
        assertEquals(16, receive("0123456789abcdefgh"));
        assertEquals(0, uart.room());
        for (char expected : "0123456789abcdef".toCharArray()) {
            assertEquals(0x61, in(LSR));
            assertEquals(expected, in(DATA));
        }
        assertEquals(0x60, in(LSR));
        assertEquals(1, peer.wanted);
    }

    @ParameterizedTest(name = "LCR {0}, divisor {1}: {2} ns")
    @CsvSource({
        // Four characters of 10, 11, 12 and 7 bits at 115200 and 9600 baud.
        "0x03, 1, 347222",
        "0x03, 12, 4166666",
        "0x07, 1, 381944",
        "0x0f, 1, 416666",
        "0x00, 1, 243055"
    })
    void characters_below_the_trigger_time_out(String lineControl, int divisor, long timeoutNs) {
        out(LCR, 0x80);
        uart.registers().write(0, 2, divisor);
        out(LCR, Integer.decode(lineControl));
        out(IER, 0x01);
        out(FCR, FIFOS_TRIGGER_8);
        receive("ab");
        host.advance(timeoutNs - 10);
        assertFalse(line.isUp());
        host.advance(20);
        assertTrue(line.isUp());
        assertEquals(0xcc, in(IIR));
        in(DATA);
        assertFalse(line.isUp());
        host.advance(timeoutNs + 10);
        assertTrue(line.isUp());
        in(DATA);
        assertFalse(line.isUp());
        assertFalse(host.hasArmedTimer());
    }

    @Test
    void break_is_told_when_its_character_is_the_oldest() {
        out(FCR, FIFOS_TRIGGER_8);
        out(IER, 0x04);
        receive("a");
        assertTrue(uart.receiveBreak());
        assertFalse(line.isUp());
        assertEquals(0xe1, in(LSR));
        assertEquals('a', in(DATA));
        assertTrue(line.isUp());
        assertEquals(0xc6, in(IIR));
        assertEquals(0xf1, in(LSR));
        assertFalse(line.isUp());
        assertEquals(0x61, in(LSR));
        assertEquals(0, in(DATA));
    }

    @Test
    void loopback_brings_characters_back_and_keeps_the_world_out() {
        out(MCR, 0x10);
        send("A");
        assertEquals("", peer.text.toString());
        assertEquals(0x61, in(LSR));
        assertEquals('A', in(DATA));
        assertEquals(0, receive("x"));
        out(MCR, 0x00);
        assertEquals(1, peer.wanted);
        assertEquals(1, receive("x"));
    }

    @Test
    void loopback_overruns() {
        out(MCR, 0x10);
        send("AB");
        assertEquals(0x63, in(LSR));
        assertEquals(0x61, in(LSR));
        assertEquals('B', in(DATA));
        out(FCR, FIFOS_TRIGGER_8);
        send("0123456789abcdefX");
        assertEquals(0x63, in(LSR));
        assertEquals('0', in(DATA));
    }

    @ParameterizedTest(name = "MCR {0} reads MSR {1}")
    @CsvSource({"0x10, 0x00", "0x11, 0x20", "0x12, 0x10", "0x14, 0x40", "0x18, 0x80", "0x1f, 0xf0"})
    void loopback_shows_the_outputs_as_inputs(String control, String status) {
        out(MCR, Integer.decode(control));
        assertEquals(Integer.decode(status), in(MSR) & 0xf0);
    }

    @Test
    void modem_changes_interrupt_and_reading_takes_them() {
        out(MCR, 0x10);
        in(MSR);
        out(IER, 0x08);
        assertFalse(line.isUp());
        out(MCR, 0x11);
        assertTrue(line.isUp());
        assertEquals(0x00, in(IIR));
        assertEquals(0x22, in(MSR));
        assertFalse(line.isUp());
        assertEquals(0x20, in(MSR));
        out(MCR, 0x15);
        assertEquals(0x60, in(MSR));
        out(MCR, 0x11);
        assertEquals(0x24, in(MSR));
    }

    @Test
    void most_urgent_source_is_told_first() {
        out(MCR, 0x10);
        out(IER, 0x0f);
        send("AB");
        assertEquals(0x06, in(IIR));
        in(LSR);
        assertEquals(0x04, in(IIR));
        in(DATA);
        assertEquals(0x02, in(IIR));
        assertEquals(0x00, in(IIR));
        in(MSR);
        assertEquals(0x01, in(IIR));
        assertFalse(line.isUp());
    }

    @Test
    void fifo_control_without_its_enable_bit_programs_nothing() {
        out(FCR, 0xc1);
        receive("abc");
        out(FCR, 0x07);
        assertEquals(0x60, in(LSR));
        receive("abc");
        out(FCR, 0x06);
        assertEquals(0x01, in(IIR));
        assertEquals(0x60, in(LSR));
        assertEquals(1, uart.room());
    }

    @Test
    void wide_access_is_cut_into_bytes() {
        uart.registers().write(SCR - 1, 2, 0xabcd);
        assertEquals(0xab, in(SCR));
    }
}
