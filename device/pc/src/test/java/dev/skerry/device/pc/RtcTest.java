package dev.skerry.device.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.workbench.ManualHost;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;
import java.util.Random;

/** Numbers are those of Motorola's MC146818 data sheet. */
class RtcTest {
    private static final int A = 0x0a;
    private static final int B = 0x0b;
    private static final int C = 0x0c;
    private static final int D = 0x0d;
    private static final int CENTURY = 0x32;
    private static final long SECOND_NS = 1_000_000_000;

    private final ManualHost host = new ManualHost();
    private final long beganNs = host.nowNs();
    private final RecordedLine line = new RecordedLine();
    private Instant began = Instant.parse("2024-02-29T23:59:50.250Z");
    private final Rtc rtc = new Rtc(host, () -> began.plusNanos(host.nowNs() - beganNs), line);

    private int read(int index) {
        rtc.ports().write(0, 1, index);
        return (int) rtc.ports().read(1, 1);
    }

    private void write(int index, int value) {
        rtc.ports().write(0, 1, index);
        rtc.ports().write(1, 1, value);
    }

    /** Century, year, month, day, weekday, hour, minute, second, as they read. */
    private String time() {
        int[] order = {CENTURY, 9, 8, 7, 6, 4, 2, 0};
        StringBuilder text = new StringBuilder();
        for (int index : order) {
            text.append(text.isEmpty() ? "" : " ").append(String.format("%02x", read(index)));
        }
        return text.toString();
    }

    @ParameterizedTest(name = "B {0}: {1}")
    @CsvSource({
        "0x02, 20 24 02 29 05 23 59 50",
        "0x00, 20 24 02 29 05 91 59 50",
        "0x06, 14 18 02 1d 05 17 3b 32",
        "0x04, 14 18 02 1d 05 8b 3b 32"
    })
    void time_is_the_host_s_in_the_format_asked_for(String formats, String expected) {
        write(B, Integer.decode(formats));
        assertEquals(expected, time());
    }

    @Test
    void time_goes_on_over_a_leap_day() {
        host.advance(10 * SECOND_NS);
        assertEquals("20 24 03 01 06 00 00 00", time());
    }

    @ParameterizedTest(name = "{0} o'clock is {1}")
    @CsvSource({"0, 0x12", "1, 0x01", "11, 0x11", "12, 0x92", "13, 0x81", "23, 0x91"})
    void twelve_hours_have_no_zero(int hour, String expected) {
        began = Instant.parse(String.format("2024-01-01T%02d:00:00Z", hour));
        write(B, 0x00);
        assertEquals(Integer.decode(expected), read(4));
        // And back.
        write(4, Integer.decode(expected));
        write(B, 0x06);
        assertEquals(hour, read(4));
    }

    @Test
    void time_that_is_set_goes_on_from_there() {
        write(B, 0x82);
        int[] values = {0x58, 0x59, 0x23, 0x31, 0x12, 0x99, 0x19};
        int[] indexes = {0, 2, 4, 7, 8, 9, CENTURY};
        for (int i = 0; i < values.length; i++) {
            write(indexes[i], values[i]);
        }
        host.advance(5 * SECOND_NS);
        assertEquals(0x58, read(0));
        write(B, 0x02);
        assertEquals("19 99 12 31 06 23 59 58", time());
        host.advance(2 * SECOND_NS);
        assertEquals("20 00 01 01 07 00 00 00", time());
    }

    @Test
    void host_s_clock_is_followed() {
        began = began.plusSeconds(3600);
        assertEquals("20 24 03 01 06 00 59 50", time());
    }

    @Test
    void released_divider_updates_after_half_a_second() {
        write(A, 0x76);
        write(B, 0x82);
        write(0, 0x10);
        write(B, 0x02);
        host.advance(3 * SECOND_NS);
        assertEquals(0x10, read(0));
        write(A, 0x26);
        host.advance(SECOND_NS / 2 - 10);
        assertEquals(0x10, read(0));
        host.advance(20);
        assertEquals(0x11, read(0));
    }

    @Test
    void update_in_progress_comes_just_before_the_second() {
        host.advance(749_755_000);
        assertEquals(0x26, read(A));
        host.advance(2000);
        assertEquals(0xa6, read(A));
        host.advance(243_100);
        assertEquals(0x26, read(A));
        assertEquals(0x51, read(0));
    }

    @Test
    void update_ended_interrupts_every_second() {
        write(B, 0x12);
        host.advance(749_999_000);
        assertFalse(line.isUp());
        host.advance(2000);
        assertTrue(line.isUp());
        assertEquals(0x90, read(C) & 0x90);
        assertFalse(line.isUp());
        assertEquals(0, read(C) & 0x90);
        host.advance(SECOND_NS);
        assertTrue(line.isUp());
    }

    @Test
    void flags_come_without_their_enables_and_without_a_timer() {
        read(C);
        host.advance(SECOND_NS);
        assertFalse(host.hasArmedTimer());
        assertEquals(0x50, read(C));
        assertEquals(0x00, read(C));
        assertEquals(0, line.takeRises());
    }

    @ParameterizedTest(name = "alarm {0}:{1}:{2} comes after {3} s")
    @CsvSource({
        "0x23, 0x59, 0x55, 5",
        "0x00, 0x00, 0x01, 11",
        "0xff, 0xff, 0x49, 59",
        "0xc0, 0x00, 0x00, 10",
        "0xff, 0xff, 0xff, 1"
    })
    void alarm_interrupts_at_its_time(String hour, String minute, String second, int afterS) {
        write(5, Integer.decode(hour));
        write(3, Integer.decode(minute));
        write(1, Integer.decode(second));
        write(B, 0x22);
        // The clock is 250 ms into its second.
        host.advance(afterS * SECOND_NS - 250_000_001);
        assertFalse(line.isUp());
        host.advance(2);
        assertTrue(line.isUp());
        assertEquals(0xa0, read(C) & 0xa0);
    }

    @ParameterizedTest(name = "rate {0}: {1} a second")
    @CsvSource({"1, 256", "2, 128", "3, 8192", "6, 1024", "15, 2"})
    void periodic_interrupt_comes_at_its_rate(int rate, int perSecond) {
        write(A, 0x20 | rate);
        write(B, 0x42);
        int count = 0;
        long endNs = host.nowNs() + SECOND_NS;
        while (host.nowNs() < endNs) {
            host.advance(10_000);
            if (line.isUp()) {
                assertEquals(0xc0, read(C) & 0xc0);
                count++;
            }
        }
        assertEquals(perSecond, count);
    }

    @Test
    void unanswered_periodic_interrupt_arms_no_timer() {
        write(B, 0x42);
        host.advance(SECOND_NS);
        assertEquals(1, line.takeRises());
        assertFalse(host.hasArmedTimer());
        read(C);
        assertTrue(host.hasArmedTimer());
    }

    @Test
    void stopped_clock_has_no_updates() {
        write(B, 0x92);
        assertEquals(0x82, read(B));
        read(C);
        host.advance(5 * SECOND_NS);
        assertEquals(0, read(C) & 0x10);
        assertEquals(0x50, read(0));
    }

    @Test
    void registers_c_and_d_are_read_only() {
        read(C);
        write(C, 0xff);
        write(D, 0x00);
        assertEquals(0x00, read(C));
        assertEquals(0x80, read(D));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x0e, 0x31, 0x33, 0x7f})
    void ram_keeps_its_bytes_over_a_reset(int index) {
        write(index, 0xa5);
        write(B, 0x76);
        rtc.reset();
        assertEquals(0xa5, read(index));
        assertEquals(0x06, read(B));
    }

    @Test
    void index_port_masks_nmi_and_reads_as_ones() {
        rtc.ports().write(0, 1, 0x8d);
        assertTrue(rtc.isNmiMasked());
        assertEquals(0x80, rtc.ports().read(1, 1));
        assertEquals(0xff, rtc.ports().read(0, 1));
        rtc.ports().write(0, 1, 0x0d);
        assertFalse(rtc.isNmiMasked());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0x00, 0x0d, 0x32, 0x80})
    void firmware_s_bytes_are_ram_only(int index) {
        assertThrows(IllegalArgumentException.class, () -> rtc.setRam(index, 0));
    }

    @ParameterizedTest(name = "{0} MiB below 4 GiB, {1} above")
    @CsvSource({
        "1, 0, 0000, 0000, 000000",
        "64, 0, fc00, 0300, 000000",
        "3072, 1024, ffff, bf00, 004000",
        "3584, 1048576, ffff, df00, ffffff"
    })
    void firmware_reads_the_memory_s_sizes(
            long below, long above, String extended, String above16, String above4) {
        CmosLayout.setMemory(rtc, below << 20, above << 20);
        assertEquals(640, read(0x15) | read(0x16) << 8);
        assertEquals(Integer.parseInt(extended, 16), read(0x17) | read(0x18) << 8);
        assertEquals(Integer.parseInt(extended, 16), read(0x30) | read(0x31) << 8);
        assertEquals(Integer.parseInt(above16, 16), read(0x34) | read(0x35) << 8);
        assertEquals(Integer.parseInt(above4, 16), read(0x5b) | read(0x5c) << 8 | read(0x5d) << 16);
    }

    @Test
    void firmware_reads_equipment_and_boot_order() {
        CmosLayout.setEquipment(rtc, 4, true);
        CmosLayout.setBootOrder(rtc, 2, 3, 1);
        assertEquals(0x06, read(0x14));
        assertEquals(3, read(0x5f));
        assertEquals(0x32, read(0x3d));
        assertEquals(0x10, read(0x38));
    }

    @Test
    void any_bytes_a_guest_writes_are_survived() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 200_000; i++) {
            int index = random.nextInt(16);
            try {
                write(index > 13 ? CENTURY : index, random.nextInt(256));
                read(random.nextInt(128));
                host.advance(random.nextInt(100_000_000));
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", step " + i, e);
            }
        }
    }
}
