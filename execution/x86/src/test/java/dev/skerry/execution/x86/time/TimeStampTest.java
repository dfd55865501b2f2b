package dev.skerry.execution.x86.time;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TimeStampTest {
    private final ManualClock clock = new ManualClock(1000);
    private final TimeStamp stamp = new TimeStamp(clock);

    @Test
    void it_counts_nanoseconds() {
        assertEquals(1000, stamp.now());
        clock.advance(234);
        assertEquals(1234, stamp.now());
    }

    @Test
    void a_write_shows_in_the_adjustment() {
        stamp.set(50);
        assertEquals(50, stamp.now());
        assertEquals(-950, stamp.adjustment());
    }

    @Test
    void a_write_of_the_adjustment_moves_the_counter_by_the_difference() {
        stamp.setAdjustment(100);
        assertEquals(1100, stamp.now());
        stamp.setAdjustment(30);
        assertEquals(1030, stamp.now());
    }

    @Test
    void a_restored_one_goes_on_from_its_value_with_its_adjustment() {
        stamp.restore(77_000, 5);
        assertEquals(77_000, stamp.now());
        assertEquals(5, stamp.adjustment());
        clock.advance(1);
        assertEquals(77_001, stamp.now());
    }

    @ParameterizedTest
    @CsvSource({
        // value, counter: as far away as unsigned comparison says
        "1000, 0, 2000",
        "0, 0, 1000",
        "5, 5, 1000",
        "4, 5, 1000",
        "-1, 0, 9223372036854775807",
        "0x7fffffffffffffff, 0, 9223372036854775807",
        "-1, -3, 1002",
        "3, -3, 1000",
    })
    void a_value_is_reached_at_a_time(String value, long counter, long atNs) {
        stamp.set(counter);
        assertEquals(atNs, stamp.clockNsAt(Long.decode(value)));
    }
}
