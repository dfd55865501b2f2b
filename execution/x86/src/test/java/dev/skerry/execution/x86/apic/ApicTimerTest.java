package dev.skerry.execution.x86.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.execution.x86.time.Clock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** Intel SDM 3A, section 12.5.4. */
final class ApicTimerTest {
    private static final int LVT = 0x320;
    private static final int INITIAL = 0x380;
    private static final int CURRENT = 0x390;
    private static final int DIVIDE = 0x3e0;
    private static final int PERIODIC = 1 << 17;
    private static final int TSC_DEADLINE = 2 << 17;
    private static final int BY_ONE = 0xb;

    private final Apics apics = new Apics(1);
    private final Apics.Cpu cpu = apics.cpu(0).on();

    private int read(int offset) {
        return cpu.apic.read(offset);
    }

    private void write(int offset, int value) {
        cpu.apic.write(offset, value);
    }

    @ParameterizedTest
    @CsvSource({"0, 2", "1, 4", "2, 8", "3, 16", "8, 32", "9, 64", "10, 128", "11, 1"})
    void the_divider_divides(int configuration, int divisor) {
        write(LVT, 0x40);
        write(DIVIDE, configuration);
        write(INITIAL, 1000);
        apics.clock.advance(999L * divisor);
        assertEquals(1, read(CURRENT));
        assertEquals(List.of(), cpu.drain());
        apics.clock.advance(divisor);
        assertEquals(List.of(0x40), cpu.drain());
        assertEquals(0, read(CURRENT));
        assertEquals(1000, read(INITIAL));
    }

    @Test
    void one_shot_goes_off_once() {
        write(LVT, 0x40);
        write(DIVIDE, BY_ONE);
        write(INITIAL, 100);
        apics.clock.advance(100);
        assertEquals(List.of(0x40), cpu.drain());
        apics.clock.advance(10_000);
        assertEquals(List.of(), cpu.drain());
        assertEquals(Clock.NEVER, apics.clock.nextNs());
    }

    @Test
    void the_largest_count_is_unsigned() {
        write(LVT, 0x40);
        write(DIVIDE, 0xa);
        write(INITIAL, -1);
        apics.clock.advance(0xffff_ffffL * 128 - 1);
        assertEquals(1, read(CURRENT));
        apics.clock.advance(1);
        assertEquals(List.of(0x40), cpu.drain());
    }

    @Test
    void periodic_goes_off_again_and_again_without_drift() {
        write(LVT, PERIODIC | 0x40);
        write(DIVIDE, BY_ONE);
        write(INITIAL, 1_000_000);
        for (int i = 0; i < 5; i++) {
            apics.clock.advance(999_999);
            assertEquals(List.of(), cpu.drain());
            assertEquals(1, read(CURRENT));
            apics.clock.advance(1);
            assertEquals(List.of(0x40), cpu.drain());
            assertEquals(1_000_000, read(CURRENT));
        }
    }

    @Test
    void a_late_host_loses_ticks_but_not_the_beat() {
        write(LVT, PERIODIC | 0x40);
        write(DIVIDE, BY_ONE);
        write(INITIAL, 1_000_000);
        long start = apics.clock.nowNs();
        apics.clock.advance(3_600_000);
        assertEquals(List.of(0x40), cpu.drain());
        assertEquals(start + 4_000_000, apics.clock.nextNs());
    }

    @Test
    void a_period_of_a_nanosecond_does_not_keep_the_host_busy() {
        write(LVT, PERIODIC | 0x40);
        write(DIVIDE, BY_ONE);
        write(INITIAL, 1);
        apics.clock.advance(1);
        assertEquals(List.of(0x40), cpu.drain());
        assertTrue(apics.clock.nextNs() - apics.clock.nowNs() >= 50_000);
        apics.clock.advance(100_000);
        assertEquals(List.of(0x40), cpu.drain());
    }

    @Test
    void a_count_of_zero_stops_it() {
        write(LVT, PERIODIC | 0x40);
        write(INITIAL, 1000);
        write(INITIAL, 0);
        apics.clock.advance(1_000_000);
        assertEquals(List.of(), cpu.drain());
        assertEquals(0, read(CURRENT));
    }

    @Test
    void masked_it_counts_and_does_not_interrupt() {
        write(LVT, 0x1_0040);
        write(DIVIDE, BY_ONE);
        write(INITIAL, 1000);
        apics.clock.advance(400);
        assertEquals(600, read(CURRENT));
        apics.clock.advance(600);
        assertEquals(0, read(CURRENT));
        assertEquals(List.of(), cpu.drain());
    }

    @Test
    void a_new_divider_goes_on_from_the_present_count() {
        write(LVT, 0x40);
        write(DIVIDE, BY_ONE);
        write(INITIAL, 1000);
        apics.clock.advance(400);
        write(DIVIDE, 3);
        assertEquals(600, read(CURRENT));
        apics.clock.advance(16);
        assertEquals(599, read(CURRENT));
        apics.clock.advance(599 * 16);
        assertEquals(List.of(0x40), cpu.drain());
    }

    @Test
    void a_one_shot_made_periodic_goes_on() {
        write(LVT, 0x40);
        write(DIVIDE, BY_ONE);
        write(INITIAL, 100_000);
        apics.clock.advance(40_000);
        write(LVT, PERIODIC | 0x41);
        assertEquals(60_000, read(CURRENT));
        apics.clock.advance(60_000);
        assertEquals(List.of(0x41), cpu.drain());
        apics.clock.advance(100_000);
        assertEquals(List.of(0x41), cpu.drain());
    }

    @Test
    void a_deadline_is_reached_by_the_time_stamp() {
        write(LVT, TSC_DEADLINE | 0x42);
        long deadline = cpu.timeStamp.now() + 500;
        cpu.apic.setDeadline(deadline);
        assertEquals(deadline, cpu.apic.deadline());
        apics.clock.advance(499);
        assertEquals(List.of(), cpu.drain());
        apics.clock.advance(1);
        assertEquals(List.of(0x42), cpu.drain());
        assertEquals(0, cpu.apic.deadline());
    }

    @Test
    void a_deadline_in_the_past_is_reached_at_once() {
        write(LVT, TSC_DEADLINE | 0x42);
        cpu.apic.setDeadline(1);
        assertEquals(List.of(0x42), cpu.drain());
        assertEquals(0, cpu.apic.deadline());
    }

    @Test
    void a_deadline_of_zero_disarms() {
        write(LVT, TSC_DEADLINE | 0x42);
        cpu.apic.setDeadline(cpu.timeStamp.now() + 500);
        cpu.apic.setDeadline(0);
        apics.clock.advance(1000);
        assertEquals(List.of(), cpu.drain());
    }

    @Test
    void a_write_of_the_time_stamp_moves_the_deadline() {
        write(LVT, TSC_DEADLINE | 0x42);
        cpu.apic.setDeadline(cpu.timeStamp.now() + 500);
        cpu.timeStamp.set(cpu.timeStamp.now() - 1000);
        cpu.apic.timeStampChanged();
        apics.clock.advance(1499);
        assertEquals(List.of(), cpu.drain());
        cpu.timeStamp.set(cpu.timeStamp.now() + 1);
        cpu.apic.timeStampChanged();
        assertEquals(List.of(0x42), cpu.drain());
    }

    @Test
    void counts_are_ignored_in_deadline_mode_and_deadlines_outside_it() {
        write(LVT, TSC_DEADLINE | 0x42);
        write(INITIAL, 10);
        assertEquals(0, read(INITIAL));
        assertEquals(0, read(CURRENT));
        write(LVT, 0x42);
        cpu.apic.setDeadline(1);
        assertEquals(0, cpu.apic.deadline());
        apics.clock.advance(1000);
        assertEquals(List.of(), cpu.drain());
    }

    @Test
    void a_change_to_deadline_mode_and_back_disarms() {
        write(LVT, 0x40);
        write(INITIAL, 1000);
        write(LVT, TSC_DEADLINE | 0x40);
        cpu.apic.setDeadline(cpu.timeStamp.now() + 5000);
        write(LVT, 0x40);
        apics.clock.advance(1_000_000);
        assertEquals(List.of(), cpu.drain());
    }

    @Test
    void without_the_feature_there_is_no_deadline_mode() {
        Apics.Cpu other = new Apics(1, false).cpu(0).on();
        other.apic.write(LVT, TSC_DEADLINE | 0x42);
        assertEquals(0x42, other.apic.read(LVT));
        other.apic.setDeadline(1);
        assertEquals(List.of(), other.drain());
    }

    @Test
    void a_vector_below_16_is_an_error() {
        write(LVT, 0x0f);
        write(INITIAL, 1);
        apics.clock.advance(1000);
        write(0x280, 0);
        assertEquals(1 << 6, read(0x280));
    }
}
