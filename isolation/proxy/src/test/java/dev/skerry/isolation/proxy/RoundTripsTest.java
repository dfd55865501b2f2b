package dev.skerry.isolation.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.stream.IntStream;

/** What is counted of a device's requests. */
class RoundTripsTest {
    private static final int ENABLED = 7;

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 0",
        "2047, 0",
        "2048, 0",
        "2559, 0",
        "2560, 1",
        "3071, 1",
        "3072, 2",
        "3584, 3",
        "4095, 3",
        "4096, 4",
        "5119, 4",
        "5120, 5",
        "1000000, 35",
        "9223372036854775807, 95"
    })
    void times_go_into_quarters_of_octaves(long timeNs, int bucket) {
        assertEquals(bucket, RoundTrips.bucket(timeNs));
    }

    @Test
    void a_bucket_ends_where_the_next_one_begins() {
        for (int i = 0; i < RoundTrips.BUCKETS - 1; i++) {
            long limitNs = RoundTrips.limitNs(i);
            assertEquals(i, RoundTrips.bucket(limitNs - 1));
            assertEquals(i + 1, RoundTrips.bucket(limitNs));
        }
    }

    private static long messages(RoundTrips counts) {
        return IntStream.range(0, RoundTrips.BUCKETS).mapToLong(counts::count).sum();
    }

    @Test
    void requests_are_counted_over_a_change_of_process_and_losses_are_not() throws Exception {
        FakeMachine machine = new FakeMachine();
        FakeProcess process = new FakeProcess();
        ProxyDevice proxy = machine.plug(process);
        RoundTrips counts = proxy.roundTrips();
        proxy.function().writeConfig(0x04, 2, ENABLED);
        process.taken();
        long before = messages(counts);
        long bytesBefore = counts.bytes();

        proxy.function().readConfig(0x00, 4);
        assertEquals(before + 1, messages(counts));
        // Header of 16, access of 12; header of 16 and a value of 8.
        assertEquals(bytesBefore + 16 + 12 + 16 + 8, counts.bytes());

        FakeProcess next = new FakeProcess();
        proxy.replaceLink(next.link());
        assertTrue(messages(counts) > before + 1);
        proxy.function().readConfig(0x00, 4);
        long whole = messages(counts);
        proxy.close();
        assertEquals(whole, messages(counts));
        machine.close();
    }
}
