package dev.skerry.device.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers are those of IBM's PS/2 Hardware Interface Technical Reference. */
class I8042Test {
    private static final int OUTPUT_FULL = 0x01;

    private final RecordedLine line = new RecordedLine();
    private final RecordedLine a20 = new RecordedLine();
    private final CountedPower power = new CountedPower();
    private final I8042 controller = new I8042(power, line, a20);

    private void command(int value) {
        controller.command().write(0, 1, value);
    }

    private void data(int value) {
        controller.data().write(0, 1, value);
    }

    private long status() {
        return controller.command().read(0, 1);
    }

    private long read() {
        assertEquals(OUTPUT_FULL, status() & OUTPUT_FULL);
        return controller.data().read(0, 1);
    }

    private void assertSilent() {
        assertEquals(0, status() & OUTPUT_FULL);
    }

    @Test
    void self_test_passes_and_sets_the_system_flag() {
        assertEquals(0x18, status());
        command(0xaa);
        assertEquals(0x1d, status());
        assertEquals(0x55, read());
        assertEquals(0x1c, status());
        command(0xab);
        assertEquals(0x00, read());
        assertSilent();
    }

    @ParameterizedTest
    @ValueSource(ints = {0x00, 0x01, 0x25, 0x47, 0xff})
    void command_byte_reads_back(int value) {
        command(0x60);
        data(value);
        command(0x20);
        assertEquals(value, read());
        assertEquals((value & 0x04) != 0, (status() & 0x04) != 0);
    }

    @Test
    void controller_ram_reads_back() {
        command(0x7f);
        data(0xa5);
        command(0x3f);
        assertEquals(0xa5, read());
    }

    @ParameterizedTest(name = "command {0} makes the command byte {1}")
    @CsvSource({"0xad, 0x10", "0xa7, 0x20"})
    void interface_is_disabled_and_enabled(String off, String bit) {
        command(0x60);
        data(0x00);
        command(Integer.decode(off));
        command(0x20);
        assertEquals(Integer.decode(bit).longValue(), read());
        command(Integer.decode(off) == 0xad ? 0xae : 0xa8);
        command(0x20);
        assertEquals(0x00, read());
    }

    @Test
    void no_auxiliary_device_is_there() {
        command(0xa9);
        assertEquals(0x02, read());
        command(0xd3);
        data(0x5a);
        assertEquals(0, status() & 0x20);
        assertEquals(0x5a, read());
        command(0xd4);
        data(0xff);
        assertSilent();
    }

    @ParameterizedTest(name = "keyboard is sent {0}, answers {1}")
    @CsvSource({
        "ff, fa aa",
        "f2, fa ab 83",
        "ee, ee",
        "f5, fa",
        "f4, fa",
        "f6, fa",
        "ed 07, fa fa",
        "f3 20, fa fa",
        "f0 00, fa fa 02",
        "f0 01 f0 00, fa fa fa fa 01",
        "00, fe",
        "f2 fe, fa ab 83 83"
    })
    void keyboard_answers(String sent, String answers) {
        StringBuilder got = new StringBuilder();
        for (String value : sent.split(" ")) {
            data(Integer.parseInt(value, 16));
            while ((status() & OUTPUT_FULL) != 0) {
                got.append(got.isEmpty() ? "" : " ").append(String.format("%02x", read()));
            }
        }
        assertEquals(answers, got.toString());
    }

    @Test
    void each_byte_is_an_edge_where_the_interrupt_is_enabled() {
        command(0x60);
        data(0x01);
        data(0xf2);
        assertTrue(line.isUp());
        read();
        read();
        read();
        assertFalse(line.isUp());
        assertEquals(3, line.takeRises());
        command(0x60);
        data(0x00);
        data(0xf2);
        assertEquals(0, line.takeRises());
    }

    @Test
    void unread_answers_do_not_pile_up_beyond_the_keyboard_s_memory() {
        for (int i = 0; i < 100; i++) {
            data(0xee);
        }
        int count = 0;
        while ((status() & OUTPUT_FULL) != 0) {
            assertEquals(0xee, read());
            count++;
        }
        assertEquals(17, count);
    }

    @Test
    void a20_goes_by_output_port_by_command_and_by_port_92() {
        command(0xd0);
        assertEquals(0x03, read() & 0x03);
        a20.set(true);
        command(0xd1);
        data(0xdd);
        assertFalse(a20.isUp());
        assertEquals(0x00, controller.fastPort().read(0, 1));
        controller.fastPort().write(0, 1, 0x02);
        assertTrue(a20.isUp());
        assertEquals(0x02, controller.fastPort().read(0, 1));
        command(0xdd);
        assertFalse(a20.isUp());
        command(0xd0);
        assertEquals(0x01, read() & 0x03);
        command(0xdf);
        assertTrue(a20.isUp());
        controller.fastPort().write(0, 1, 0x00);
        controller.reset();
        assertTrue(a20.isUp());
        assertEquals(0, power.resets());
    }

    @Test
    void reset_goes_by_pulse_by_output_port_and_by_port_92() {
        command(0xfe);
        assertEquals(1, power.resets());
        command(0xff);
        assertEquals(1, power.resets());
        command(0xd1);
        data(0x02);
        assertEquals(2, power.resets());
        controller.fastPort().write(0, 1, 0x03);
        assertEquals(3, power.resets());
        controller.fastPort().write(0, 1, 0x02);
        assertEquals(3, power.resets());
    }
}
