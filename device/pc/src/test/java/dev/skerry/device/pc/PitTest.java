package dev.skerry.device.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.workbench.ManualHost;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Behaviour is that of Intel's 8254 data sheet, "Mode Definitions". */
class PitTest {
    private static final int CONTROL = 3;
    private static final int STATUS_OUTPUT = 0x80;
    private static final int STATUS_NULL = 0x40;

    private final ManualHost host = new ManualHost();
    private final RecordedLine irq0 = new RecordedLine();
    private final Pit pit = new Pit(host, irq0);
    private final long beganNs = host.nowNs();

    private void out(int port, int value) {
        pit.ports().write(port, 1, value);
    }

    private int in(int port) {
        return (int) pit.ports().read(port, 1);
    }

    private void program(int counter, int mode, int count) {
        out(CONTROL, counter << 6 | 0x30 | mode << 1);
        out(counter, count & 0xff);
        out(counter, count >> 8);
    }

    /** To the middle of the tick that many after the device was made. */
    private void toTick(long tick) {
        long ns = (2 * tick + 1) * 500_000_000 / Pit.CLOCK_HZ;
        host.advance(beganNs + ns - host.nowNs());
    }

    private int readCount(int counter) {
        out(CONTROL, counter << 6);
        int low = in(counter);
        return low | in(counter) << 8;
    }

    private int readStatus(int counter) {
        out(CONTROL, 0xe0 | 2 << counter);
        return in(counter);
    }

    private boolean output(int counter) {
        return (readStatus(counter) & STATUS_OUTPUT) != 0;
    }

    @ParameterizedTest(name = "mode {0} of {1} after {2} ticks: {3}, OUT {4}")
    @CsvSource({
        "0, 4, 0, 4, false",
        "0, 4, 3, 1, false",
        "0, 4, 4, 0, true",
        "0, 4, 5, 0xffff, true",
        "0, 4, 70000, 0xee94, true",
        "0, 0, 1, 0xffff, false",
        "2, 5, 0, 5, true",
        "2, 5, 3, 2, true",
        "2, 5, 4, 1, false",
        "2, 5, 5, 5, true",
        "2, 5, 504, 1, false",
        "2, 0, 65537, 0xffff, true",
        "3, 6, 0, 6, true",
        "3, 6, 2, 2, true",
        "3, 6, 3, 6, false",
        "3, 6, 5, 2, false",
        "3, 6, 6, 6, true",
        "3, 5, 0, 4, true",
        "3, 5, 2, 0, true",
        "3, 5, 3, 4, false",
        "3, 5, 4, 2, false",
        "3, 5, 5, 4, true",
        "4, 3, 2, 1, true",
        "4, 3, 3, 0, false",
        "4, 3, 4, 0xffff, true",
        "6, 5, 4, 1, false",
        "7, 6, 3, 6, false"
    })
    void mode_counts_and_drives_its_output(
            int mode, int count, long ticks, String value, boolean output) {
        toTick(1000);
        program(1, mode, count);
        toTick(1000 + ticks);
        assertEquals(Integer.decode(value), readCount(1));
        assertEquals(output, output(1));
    }

    @ParameterizedTest(name = "mode {0} of 4, {1} ticks after the gate: OUT {2}")
    @CsvSource({
        "1, 0, false", "1, 3, false", "1, 4, true", "1, 9, true",
        "5, 0, true", "5, 3, true", "5, 4, false", "5, 5, true"
    })
    void modes_of_the_gate_begin_at_its_rise(int mode, long ticks, boolean output) {
        toTick(10);
        program(2, mode, 4);
        assertTrue(output(2));
        toTick(50);
        assertTrue(output(2));
        assertEquals(STATUS_NULL, readStatus(2) & STATUS_NULL);
        pit.portB().write(0, 1, 1);
        assertEquals(0, readStatus(2) & STATUS_NULL);
        toTick(50 + ticks);
        assertEquals(output, output(2));
        // Again, from its begin.
        pit.portB().write(0, 1, 0);
        toTick(60);
        pit.portB().write(0, 1, 1);
        toTick(60 + ticks);
        assertEquals(output, output(2));
    }

    @Test
    void gate_holds_mode_0_and_it_goes_on() {
        pit.portB().write(0, 1, 1);
        toTick(10);
        program(2, 0, 20);
        toTick(15);
        pit.portB().write(0, 1, 0);
        toTick(100);
        assertEquals(15, readCount(2));
        pit.portB().write(0, 1, 1);
        toTick(114);
        assertEquals(1, readCount(2));
        assertEquals(0, pit.portB().read(0, 1) & 0x20);
        toTick(115);
        assertEquals(0x20, pit.portB().read(0, 1) & 0x20);
    }

    @Test
    void gate_begins_mode_2_anew_and_its_output_is_up_meanwhile() {
        pit.portB().write(0, 1, 1);
        toTick(10);
        program(2, 2, 5);
        toTick(14);
        assertFalse(output(2));
        pit.portB().write(0, 1, 0);
        assertTrue(output(2));
        toTick(30);
        pit.portB().write(0, 1, 1);
        assertEquals(5, readCount(2));
    }

    @Test
    void new_count_of_a_rate_generator_waits_for_the_period_to_end() {
        toTick(10);
        program(1, 2, 10);
        toTick(14);
        out(1, 3);
        out(1, 0);
        assertEquals(STATUS_NULL, readStatus(1) & STATUS_NULL);
        assertEquals(6, readCount(1));
        toTick(19);
        assertEquals(1, readCount(1));
        toTick(20);
        assertEquals(3, readCount(1));
        assertEquals(0, readStatus(1) & STATUS_NULL);
        toTick(22);
        assertFalse(output(1));
    }

    @Test
    void new_count_of_a_square_wave_waits_for_its_half_to_end() {
        toTick(10);
        program(1, 3, 10);
        toTick(12);
        out(1, 4);
        out(1, 0);
        toTick(14);
        assertTrue(output(1));
        toTick(15);
        assertFalse(output(1));
        assertEquals(4, readCount(1));
        toTick(17);
        assertTrue(output(1));
        toTick(19);
        assertFalse(output(1));
    }

    @Test
    void first_byte_stops_mode_0_and_the_second_starts_it() {
        toTick(10);
        program(1, 0, 1);
        toTick(20);
        assertTrue(output(1));
        out(1, 5);
        assertFalse(output(1));
        toTick(90);
        assertFalse(output(1));
        out(1, 0);
        toTick(94);
        assertFalse(output(1));
        toTick(95);
        assertTrue(output(1));
    }

    @Test
    void latch_stands_until_it_is_read_whole() {
        toTick(10);
        program(1, 2, 0x1234);
        out(CONTROL, 0x40);
        toTick(20);
        out(CONTROL, 0x40);
        assertEquals(0x34, in(1));
        toTick(30);
        assertEquals(0x12, in(1));
        assertEquals(0x34 - 20, in(1));
        assertEquals(0x12, in(1));
    }

    @Test
    void read_back_latches_several_counters_and_tells_the_status_first() {
        toTick(10);
        program(0, 2, 0x1111);
        program(1, 3, 0x2222);
        out(CONTROL, 0xc6);
        assertEquals(0xb4, in(0));
        assertEquals(0xb6, in(1));
        assertEquals(0x11, in(0));
        assertEquals(0x22, in(1));
        assertEquals(0x11, in(0));
        assertEquals(0x22, in(1));
        // Neither was latched: the counter itself is read.
        out(CONTROL, 0xf2);
        assertEquals(0x11, in(0));
    }

    @ParameterizedTest(name = "access {0}: {1}, then {2}")
    @CsvSource({"0x10, 0x34, 0x34", "0x20, 0x00, 0x00", "0x30, 0x34, 0x12"})
    void access_says_which_bytes_are_read(String access, String first, String second) {
        toTick(10);
        int bits = Integer.decode(access);
        out(CONTROL, 0x40 | bits | 4);
        out(1, bits == 0x20 ? 0 : 0x34);
        if (bits == 0x30) {
            out(1, 0x12);
        }
        assertEquals(Integer.decode(first), in(1));
        assertEquals(Integer.decode(second), in(1));
    }

    @Test
    void high_byte_alone_counts_its_256_fold() {
        toTick(10);
        out(CONTROL, 0x40 | 0x20 | 4);
        out(1, 2);
        toTick(10 + 0x100);
        assertEquals(0x01, in(1));
        toTick(10 + 0x1ff);
        assertFalse(output(1));
        toTick(10 + 0x200);
        assertEquals(0x02, in(1));
    }

    @ParameterizedTest(name = "{0} in decimal, {1} ticks later: {2}")
    @CsvSource({"0x1000, 1, 0x0999", "0x0000, 1, 0x9999", "0x0010, 11, 0x9999"})
    void decimal_counts_in_decimal(String count, int ticks, String value) {
        toTick(10);
        int digits = Integer.decode(count);
        out(CONTROL, 0x40 | 0x30 | 1);
        out(1, digits & 0xff);
        out(1, digits >> 8);
        toTick(10 + ticks);
        assertEquals(Integer.decode(value), readCount(1));
        assertEquals(1, readStatus(1) & 1);
    }

    @Test
    void rate_generator_interrupts_once_a_period() {
        toTick(10);
        program(0, 2, 11932);
        assertEquals(0, irq0.takeRises());
        toTick(10 + 11931);
        assertEquals(0, irq0.takeRises());
        toTick(10 + 11932);
        assertEquals(1, irq0.takeRises());
        toTick(10 + 11932 * 101L);
        assertEquals(100, irq0.takeRises());
    }

    @Test
    void square_wave_interrupts_once_a_period() {
        toTick(10);
        program(0, 3, 0);
        toTick(10 + 65536 * 18L + 5);
        assertEquals(18, irq0.takeRises());
    }

    @Test
    void terminal_count_interrupts_once() {
        toTick(10);
        program(0, 0, 1000);
        assertFalse(irq0.isUp());
        irq0.takeRises();
        toTick(1009);
        assertFalse(irq0.isUp());
        toTick(1010);
        assertTrue(irq0.isUp());
        toTick(1_000_000);
        assertEquals(1, irq0.takeRises());
        assertFalse(host.hasArmedTimer());
    }

    @Test
    void shortest_period_does_not_keep_the_thread_busy() {
        toTick(10);
        program(0, 2, 2);
        long beganNs = host.nowNs();
        host.advance(10_000_000);
        long most = (host.nowNs() - beganNs) / Pit.LEAST_PERIOD_NS;
        int rises = irq0.takeRises();
        assertTrue(rises > most / 2 && rises <= most + 1, rises + " of at most " + most);
    }

    @Test
    void forbidden_count_of_one_stops_the_output() {
        toTick(10);
        program(0, 2, 1);
        toTick(1000);
        assertEquals(0, irq0.takeRises());
        assertFalse(host.hasArmedTimer());
        assertTrue(output(0));
    }

    @Test
    void port_61_keeps_its_bits_and_shows_refresh() {
        pit.portB().write(0, 1, 0xff);
        assertEquals(0x0f, pit.portB().read(0, 1) & 0xcf);
        int changes = 0;
        long before = pit.portB().read(0, 1) & 0x10;
        for (int us = 0; us < 1000; us++) {
            host.advance(1000);
            long now = pit.portB().read(0, 1) & 0x10;
            changes += now != before ? 1 : 0;
            before = now;
        }
        assertEquals(66, changes);
    }

    @Test
    void reset_forgets_counts_and_timer() {
        program(0, 2, 1000);
        pit.portB().write(0, 1, 3);
        pit.reset();
        assertFalse(host.hasArmedTimer());
        assertEquals(0, pit.portB().read(0, 1) & 0x0f);
        assertEquals(0, readCount(0));
    }
}
