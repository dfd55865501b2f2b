package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;

/** Limits, by a clock that runs while somebody sleeps and at no other time. */
class ThrottleTest {
    private static final long SECOND_NS = 1_000_000_000;

    private long nowNs = 77;

    private Throttle throttle(long operations, long bytes) {
        return new Throttle(operations, bytes, () -> nowNs, ns -> nowNs += ns);
    }

    private long timeFor(Throttle throttle, int operations, long bytes)
            throws InterruptedException {
        long beginNs = nowNs;
        for (int i = 0; i < operations; i++) {
            throttle.await(bytes);
        }
        return nowNs - beginNs;
    }

    @ParameterizedTest(name = "{0} operations/s, {1} bytes/s, {2} of {3} bytes: {4} s")
    @CsvSource({
        "100, 0, 1001, 4096, 10",
        "0, 409600, 1001, 4096, 10",
        "1000, 409600, 1001, 4096, 10",
        "0, 0, 1000, 4096, 0"
    })
    void a_limit_holds(long iops, long bps, int operations, long bytes, long seconds)
            throws InterruptedException {
        assertEquals(seconds * SECOND_NS, timeFor(throttle(iops, bps), operations, bytes));
    }

    @Test
    void unused_time_is_kept_for_a_tenth_of_a_second() throws InterruptedException {
        Throttle throttle = throttle(100, 0);
        throttle.await(0);
        nowNs += 60 * SECOND_NS;
        assertEquals(0, timeFor(throttle, 11, 512));
        assertEquals(SECOND_NS / 100, timeFor(throttle, 1, 512));
    }

    @Test
    void a_flush_takes_no_bytes() throws InterruptedException {
        assertEquals(0, timeFor(throttle(0, 1), 100, 0));
    }

    @Test
    void an_image_waits_before_every_operation_and_does_none_at_once() throws IOException {
        long[] waits = new long[2];
        SlowImage image =
                new SlowImage(
                        new RawImage(new MemoryImageFile(new byte[4096]), false, true),
                        bytes -> {
                            waits[0]++;
                            waits[1] += bytes;
                        });
        assertTrue(image.isSlow());
        assertFalse(image.tryRead(0, Tools.memory(new byte[512]), 0, 512));
        assertFalse(image.tryWrite(0, Tools.memory(new byte[512]), 0, 512));
        assertEquals(0, waits[0]);
        image.write(0, Tools.memory(new byte[] {1, 2, 3, 4}));
        assertEquals(3, Tools.read(image, 2, 1)[0]);
        image.flush();
        image.discard(0, 512);
        image.writeZeroes(0, 512, true);
        assertEquals(5, waits[0]);
        assertEquals(4 + 1 + 512 + 512, waits[1]);
    }

    @Test
    void a_drive_may_have_limits() throws OptionException {
        assertNull(DriveOptions.throttleOf(OptionList.parse("-drive", "if=none", null)));
        for (String key : new String[] {"throttling.iops-total", "throttling.bps-total"}) {
            OptionList options = OptionList.parse("-drive", "if=none," + key + "=10", null);
            DriveOptions.ofDrive(options);
            assertTrue(DriveOptions.throttleOf(options) != null, key);
        }
    }
}
