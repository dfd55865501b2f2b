package dev.skerry.device.testdev;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.verify.workbench.ManualHost;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HexFormat;

/** What QEMU 7.2's pci-testdev did when asked the same. */
class PciTestDeviceTest {
    private static final int COUNT = 12;

    private final PciTestDevice device = new PciTestDevice(new ManualHost().log(), 0);
    private final Workbench testdev = new Workbench(device);

    @AfterEach
    void close() {
        testdev.close();
    }

    private void select(boolean io, int test) {
        write(io, 0, 1, test);
    }

    private void write(boolean io, long offset, int size, long value) {
        if (io) {
            testdev.out(offset, size, value);
        } else {
            testdev.write(offset, size, value);
        }
    }

    private void assertCount(long expected) {
        assertEquals(expected, testdev.read(COUNT, 4));
        assertEquals(expected, testdev.in(COUNT, 4));
    }

    @Test
    void function_says_who_it_is() {
        assertEquals(0x0005_1b36L, testdev.function.readConfig(0x00, 4));
        assertEquals(0x00ff_0000L, testdev.function.readConfig(0x08, 4));
        assertEquals(0x1100_1af4L, testdev.function.readConfig(0x2c, 4));
        assertEquals(0x0000, testdev.function.readConfig(0x3c, 2));
        for (int at = 0x10; at < 0x34; at += 4) {
            testdev.function.writeConfig(at, 4, 0xffff_ffffL);
        }
        assertEquals(0xffff_f000L, testdev.function.readConfig(0x10, 4));
        assertEquals(0xffff_ff01L, testdev.function.readConfig(0x14, 4));
        assertEquals(0, testdev.function.readConfig(0x18, 4));
        assertEquals(0, testdev.function.readConfig(0x30, 4));
    }

    // Number, width, padding; offset; data; count; name.
    @ParameterizedTest(name = "test {1}, I/O {0}: {3}")
    @CsvSource({
        "false, 0, 0001000000080000fa00000000000000, mmio-no-eventfd",
        "false, 1, 0101000001080000ce00000000000000, mmio-wildcard-eventfd",
        "false, 2, 0201000002080000fa00000000000000, mmio-datamatch-eventfd",
        "true, 0, 0301000083000000fa00000000000000, portio-no-eventfd",
        "true, 1, 0401000084000000ce00000000000000, portio-wildcard-eventfd",
        "true, 2, 0501000085000000fa00000000000000, portio-datamatch-eventfd"
    })
    void header_tells_what_to_do(boolean io, int test, String header, String name) {
        select(io, test);
        byte[] numbers = HexFormat.of().parseHex(header);
        for (int i = 0; i < 256; i++) {
            int inName = i - numbers.length;
            long expected =
                    inName < 0 ? numbers[i] : inName < name.length() ? name.charAt(inName) : 0;
            assertEquals(expected & 0xff, testdev.read(i, 1), "memory byte " + i);
            assertEquals(expected & 0xff, testdev.in(i, 1), "port " + i);
        }
        assertEquals(0, testdev.read(0xfff, 1));
    }

    @Test
    void header_is_read_in_any_size_at_any_offset() {
        select(false, 0);
        assertEquals(0x0100, testdev.read(0, 2));
        assertEquals(0x0000_0800_0000_0100L, testdev.read(0, 8));
        assertEquals(0x696d_6d00L, testdev.read(15, 4));
        assertEquals(0x696d, testdev.in(17, 2));
    }

    @Test
    void nothing_is_shown_before_a_test_is_chosen() {
        write(false, 0x800, 1, 0xfa);
        write(true, 0x83, 1, 0xfa);
        for (int i = 0; i < 64; i++) {
            assertEquals(0, testdev.read(i, 1));
            assertEquals(0, testdev.in(i, 1));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 6, 0x7f, 0x80, 0xff})
    void wrong_number_chooses_no_test(int number) {
        for (boolean io : new boolean[] {false, true}) {
            select(false, 0);
            select(io, number);
            assertEquals(0, testdev.read(0, 8));
            assertEquals(0, testdev.in(16, 4));
            write(false, 0x800, 1, 0xfa);
            assertCount(0);
        }
    }

    @Test
    void both_bars_share_the_current_test() {
        select(false, 1);
        assertEquals(0x01, testdev.in(0, 1));
        select(true, 1);
        assertEquals(0x04, testdev.read(0, 1));
        select(false, 2);
        assertEquals(0x02, testdev.in(0, 1));
        select(true, 7);
        assertEquals(0, testdev.read(0, 4));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void lowest_byte_of_a_wide_write_chooses(int size) {
        write(false, 0, size, 0x102);
        assertEquals(0x02, testdev.read(0, 1));
        assertEquals(0x01, testdev.read(1, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 8, 12, 16})
    void header_is_read_only(int offset) {
        select(false, 2);
        long before = testdev.read(offset, 1);
        write(false, offset, 1, 0);
        write(true, offset, 1, 0xff);
        assertEquals(before, testdev.read(offset, 1));
        assertEquals(0x02, testdev.read(0, 1));
    }

    // A write is cut into bytes; each is looked at alone, but for what is swallowed whole before.
    @ParameterizedTest(name = "I/O {0}, test {1}: {3} bytes at 0x{2}, data 0x{4}: {5}")
    @CsvSource({
        // No test swallows nothing: its byte at its offset counts.
        "false, 0, 800, 1, fa, 1",
        "false, 0, 800, 1, fb, 0",
        "false, 0, 7ff, 1, fa, 0",
        "false, 0, 801, 1, fa, 0",
        "false, 0, 800, 2, fa, 1",
        "false, 0, 800, 4, 1fa, 1",
        "false, 0, 800, 8, fb, 0",
        "false, 0, 7ff, 2, fa00, 1",
        "false, 0, 7f8, 8, fa, 0",
        "true, 0, 83, 1, fa, 1",
        "true, 0, 83, 1, fb, 0",
        "true, 0, 82, 1, fa, 0",
        "true, 0, 84, 1, fa, 0",
        "true, 0, 83, 2, 1fa, 1",
        "true, 0, 82, 2, fa00, 1",
        // The wildcard: any byte at the offset is swallowed, inside a wider write it counts.
        "false, 1, 801, 1, ce, 0",
        "false, 1, 801, 1, 11, 0",
        "false, 1, 802, 1, ce, 0",
        "false, 1, 801, 2, ce, 0",
        "false, 1, 800, 2, ce, 1",
        "false, 1, 800, 4, 1ce, 1",
        "false, 1, 800, 8, cf, 1",
        "true, 1, 84, 1, ce, 0",
        "true, 1, 84, 1, 11, 0",
        "true, 1, 84, 2, ce, 1",
        "true, 1, 84, 2, cf, 1",
        "true, 1, 84, 4, 1ce, 1",
        "true, 1, 83, 2, ce, 0",
        "true, 1, 85, 1, ce, 0",
        "true, 1, 85, 2, ce, 0",
        // The match: its byte is swallowed, inside a wider write it counts.
        "false, 2, 802, 1, fa, 0",
        "false, 2, 802, 1, fb, 0",
        "false, 2, 802, 2, fa, 1",
        "false, 2, 802, 2, 1fa, 1",
        "false, 2, 802, 4, fa, 1",
        "false, 2, 802, 2, fb, 0",
        "false, 2, 800, 4, fa0000, 1",
        "true, 2, 85, 1, fa, 0",
        "true, 2, 85, 1, fb, 0",
        "true, 2, 84, 2, fa00, 1",
        "true, 2, 84, 4, fa, 0"
    })
    void access_counts_or_does_not(
            boolean io, int test, String offset, int size, String data, int count) {
        select(io, test);
        write(io, Long.parseLong(offset, 16), size, Long.parseLong(data, 16));
        assertCount(count);
    }

    @ParameterizedTest(name = "test {0}: port 0x{1}")
    @CsvSource({"0, 83, fa", "1, 84, ce", "1, 84, 11", "2, 85, fa"})
    void access_in_the_other_bar_counts_and_is_not_swallowed(int test, String port, String data) {
        select(true, test);
        write(false, Long.parseLong(port, 16), 1, Long.parseLong(data, 16));
        assertCount(1);
    }

    @Test
    void count_goes_on_and_begins_anew_with_a_choice() {
        select(false, 0);
        for (int i = 1; i <= 300; i++) {
            write(false, 0x800, 1, 0xfa);
            assertCount(i);
        }
        select(false, 0);
        assertCount(0);
        write(false, 0x800, 1, 0xfa);
        select(true, 9);
        select(false, 0);
        assertCount(0);
    }

    @Test
    void reset_chooses_no_test() {
        select(false, 0);
        write(false, 0x800, 1, 0xfa);
        device.reset();
        testdev.setUp();
        assertEquals(0, testdev.read(16, 4));
        assertCount(0);
        select(false, 0);
        assertCount(0);
    }

    @ParameterizedTest(name = "{0} bytes: {2}:{1}")
    @CsvSource({
        "0x10, fffffffc, ffffffff",
        "0x100000, fff0000c, ffffffff",
        "0x100000000, 0000000c, ffffffff",
        "0x10000000000, 0000000c, ffffff00"
    })
    void membar_is_64_bits_wide_and_prefetchable(String size, String low, String high) {
        PciTestDevice large = new PciTestDevice(new ManualHost().log(), Long.decode(size));
        try (Workbench bench = new Workbench(large)) {
            bench.function.writeConfig(0x18, 4, 0xffff_ffffL);
            bench.function.writeConfig(0x1c, 4, 0xffff_ffffL);
            assertEquals(Long.parseLong(low, 16), bench.function.readConfig(0x18, 4));
            assertEquals(Long.parseLong(high, 16), bench.function.readConfig(0x1c, 4));
            bench.function.writeConfig(0x18, 4, 0);
            bench.function.writeConfig(0x1c, 4, 0x1000);
            bench.memory.write(0x1000_0000_0000L, 8, -1);
            assertEquals(0, bench.memory.read(0x1000_0000_0000L, 8));
            assertEquals(-1, bench.memory.read(0x1000_0000_0000L + Long.decode(size), 8));
        }
    }
}
