package dev.skerry.device.lsi53c895a;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.stream.IntStream;

class TaggedDriverTest {
    private static final int SIMPLE = 0x20;
    private final Bench bench = new Bench();
    private final TaggedDriver driver = new TaggedDriver(bench);

    @BeforeEach
    void takeUnitAttention() {
        driver.prepare(0, SIMPLE, "00 00 00 00 00 00", 0);
        driver.run(0);
        assertEquals(2, driver.status(0));
        for (int i = 0; i < bench.disk.bytes.length; i++) {
            bench.disk.bytes[i] = (byte) (i >> 9);
        }
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void inquiry_read_and_write(boolean slow) {
        bench.disk.defers = slow;
        driver.prepare(1, SIMPLE, "12 00 00 00 24 00", 36);
        driver.prepare(2, SIMPLE, "28 00 00 00 00 05 00 00 01 00", 512);
        driver.run(1, 2);
        assertEquals(0, driver.status(1));
        assertEquals("51454d55", bench.peek(TaggedDriver.data(1) + 8, 4));
        assertEquals("0505", bench.peek(TaggedDriver.data(2) + 510, 2));
        bench.poke(TaggedDriver.data(3), "aabb");
        driver.prepare(3, SIMPLE, "2a 08 00 00 00 06 00 00 01 00", 512);
        driver.run(3);
        assertEquals(0, driver.status(3));
        assertEquals((byte) 0xaa, bench.disk.bytes[6 * 512]);
        assertEquals(slow ? 2 : 0, driver.disconnections);
    }

    @Test
    void two_hundred_and_fifty_six_commands_are_outstanding() {
        bench.disk.defers = true;
        for (int tag = 0; tag < 256; tag++) {
            driver.prepare(tag, SIMPLE, String.format("28 00 00 00 01 %02x 00 00 01 00", tag), 512);
        }
        driver.run(IntStream.range(0, 256).toArray());
        for (int tag = 0; tag < 256; tag++) {
            assertEquals(0, driver.status(tag), "tag " + tag);
            String byteRead = String.format("%02x", tag);
            assertEquals(byteRead, bench.peek(TaggedDriver.data(tag), 1), "tag " + tag);
        }
        assertTrue(driver.mostOutstanding > 200, "outstanding " + driver.mostOutstanding);
    }

    @Test
    void ordered_and_head_of_queue_tags_are_taken() {
        bench.disk.defers = true;
        driver.prepare(1, SIMPLE, "28 00 00 00 00 01 00 00 01 00", 512);
        driver.prepare(2, 0x22, "28 00 00 00 00 02 00 00 01 00", 512);
        driver.prepare(3, 0x21, "28 00 00 00 00 03 00 00 01 00", 512);
        driver.run(1, 2, 3);
        for (int tag = 1; tag <= 3; tag++) {
            assertEquals(0, driver.status(tag));
            assertEquals("0" + tag, bench.peek(TaggedDriver.data(tag), 1));
        }
    }

    @Test
    void large_transfer_goes_straight_between_disk_and_memory() {
        driver.prepare(0, SIMPLE, "28 00 00 00 00 01 00 01 00 00", 256 * 512);
        bench.disk.log.clear();
        driver.run(0);
        assertEquals(0, driver.status(0));
        assertEquals("[read 512 131072]", bench.disk.log.toString());
        assertEquals("00", bench.peek(TaggedDriver.data(0) + 255 * 512, 1));
        assertEquals("ff", bench.peek(TaggedDriver.data(0) + 254 * 512, 1));
    }
}
