package dev.skerry.platform.memory;

import static dev.skerry.platform.memory.Regions.buffer;
import static dev.skerry.platform.memory.Regions.bytes;
import static dev.skerry.platform.memory.Regions.hex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.LinuxException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.ValueLayout;

/**
 * Accesses to this map: RAM at 0x0 (bytes 0x11), RAM right behind it at 0x1000 (0x22), I/O behind
 * that at 0x2000, nothing from 0x2020 on, ROM at 0x3000 (0x33), registers of four bytes at 0x4000.
 */
class AddressSpaceTest {
    private final Regions.Recorder handler = new Regions.Recorder();
    private final Regions.Recorder registers = new Regions.Recorder();
    private final Container root = new Container("root", 1L << 40);
    private final AddressSpace space = new AddressSpace("cpu", root);
    private RamRegion low;
    private RamRegion high;
    private RamRegion rom;

    @BeforeEach
    void build() throws LinuxException {
        low = Regions.ram("low", 0x1000, 0x11, false);
        high = Regions.ram("high", 0x1000, 0x22, false);
        rom = Regions.ram("rom", 0x1000, 0x33, true);
        root.add(low, 0);
        root.add(high, 0x1000);
        root.add(new IoRegion("io", 0x20, AccessSizes.ANY, handler), 0x2000);
        root.add(rom, 0x3000);
        root.add(new IoRegion("regs", 0x20, AccessSizes.between(4, 4), registers), 0x4000);
    }

    @AfterEach
    void release() {
        low.block().release();
        high.block().release();
        rom.block().release();
    }

    @Nested
    class Values {
        @ParameterizedTest
        @CsvSource({"1, 0x88", "2, 0x7788", "4, 0x55667788", "8, 0x1122334455667788"})
        void ram_keeps_little_endian_values(int size, String textOfValue) {
            long value = Long.decode(textOfValue);
            space.write(0x103, size, 0x1122_3344_5566_7788L);
            assertEquals(value, space.read(0x103, size));
            assertEquals(0x88, low.block().segment().get(ValueLayout.JAVA_BYTE, 0x103) & 0xff);
            assertEquals(0x11, space.read(0x103 + size, 1));
            assertEquals(0x11, space.read(0x102, 1));
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 4, 8})
        void values_with_the_top_bit_set_are_not_sign_extended(int size) {
            space.write(0, size, -1);
            assertEquals(AccessSizes.ones(size), space.read(0, size));
        }

        @Test
        void an_alias_shows_the_same_memory() {
            root.add(new Alias("alias", low, 0x800, 0x100), 0x10_0000);
            space.write(0x10_0010, 4, 0x1234_5678);
            assertEquals(0x1234_5678, space.read(0x810, 4));
        }

        @Test
        void io_is_called_with_its_own_offset() {
            assertEquals(Regions.pattern(8, 4), space.read(0x2008, 4));
            space.write(0x200c, 2, 0xabcd);
            assertEquals("r8/4 w12/2=abcd", handler.takeCalls());
        }

        @Test
        void io_seen_through_an_alias_is_called_with_its_own_offset() {
            IoRegion io = new IoRegion("io2", 0x20, AccessSizes.ANY, handler);
            root.add(new Alias("alias", io, 0x10, 0x10), 0x5000);
            space.read(0x5004, 4);
            assertEquals("r20/4", handler.takeCalls());
        }

        @ParameterizedTest
        @CsvSource({
            "0xffe, 4, 0x22221111",
            "0xfff, 2, 0x2211",
            "0xfff, 8, 0x2222222222222211",
            "0x1ffe, 4, 0x02012222",
            "0x201e, 4, 0xffff201f",
            "0x2fff, 2, 0x33ff"
        })
        void an_access_across_ranges_gets_each_byte_from_its_own(
                String gpa, int size, String value) {
            assertEquals(Long.decode(value), space.read(Long.decode(gpa), size));
        }

        @Test
        void a_write_across_ranges_puts_each_byte_in_its_own() {
            space.write(0xffe, 4, 0x4433_2211);
            assertEquals(0x2211, space.read(0xffe, 2));
            assertEquals(0x4433, space.read(0x1000, 2));
            space.write(0x1fff, 2, 0x6655);
            assertEquals(0x55, space.read(0x1fff, 1));
            assertEquals("w0/1=66", handler.takeCalls());
        }

        @Test
        void an_access_that_begins_in_a_hole_reaches_what_follows() {
            root.add(new Alias("alias", low, 0, 1), 0x9002);
            space.write(0x9000, 8, 0x8877_6655_4433_2211L);
            assertEquals(0x33, space.read(0, 1));
            assertEquals(0xffff_ffff_ff33_ffffL, space.read(0x9000, 8));
            assertEquals(0xffff, space.read(0x9000, 2));
        }

        @Test
        void an_access_from_below_zero_does_not_reach_address_zero() {
            space.write(-4, 8, 0);
            assertEquals(-1, space.read(-4, 8));
            assertEquals(0x11, space.read(0, 1));
        }

        @ParameterizedTest
        @ValueSource(
                longs = {0x2020, 0x2ff8, 0x5000, 1L << 40, Long.MAX_VALUE, -1, -8, Long.MIN_VALUE})
        void what_nobody_answers_reads_as_ones_and_ignores_writes(long gpa) {
            for (int size = 1; size <= 8; size *= 2) {
                space.write(gpa, size, 0);
                assertEquals(AccessSizes.ones(size), space.read(gpa, size));
            }
        }

        @Test
        void a_rom_ignores_writes() {
            space.write(0x3000, 8, 0);
            assertEquals(0x3333_3333_3333_3333L, space.read(0x3000, 8));
            space.write(0x2fff, 2, 0);
            assertEquals(0x33, space.read(0x3000, 1));
        }

        @Test
        void a_region_that_refuses_a_size_reads_as_ones() {
            assertEquals(0xffff, space.read(0x4000, 2));
            space.write(0x4000, 8, 0);
            assertEquals("", registers.takeCalls());
            assertEquals(Regions.pattern(4, 4), space.read(0x4004, 4));
        }
    }

    @Nested
    class Bulk {
        @Test
        void bytes_are_copied_across_ranges_of_memory() {
            assertTrue(space.write(0xffc, bytes("0102030405060708"), 0, 8));
            var into = buffer(12, 0);
            assertTrue(space.read(0xffb, into, 1, 10));
            assertEquals("001101020304050607082200", hex(into));
        }

        @Test
        void offsets_choose_the_part_of_the_callers_memory() {
            assertTrue(space.write(0, bytes("aabbccdd"), 1, 2));
            assertEquals(0x1111_ccbbL, space.read(0, 4));
        }

        @Test
        void io_in_between_is_accessed_aligned_and_as_wide_as_can_be() {
            var into = buffer(16, 0);
            assertTrue(space.read(0x1fff, into, 0, 16));
            assertEquals("220102030405060708090a0b0c0d0e0f", hex(into));
            assertEquals("r0/8 r8/4 r12/2 r14/1", handler.takeCalls());
            assertTrue(space.write(0x2003, bytes("0102030405"), 0, 5));
            assertEquals("w3/1=1 w4/4=5040302", handler.takeCalls());
        }

        @Test
        void io_gets_no_larger_access_than_it_accepts() {
            assertTrue(space.read(0x4008, buffer(8, 0), 0, 8));
            assertEquals("r8/4 r12/4", registers.takeCalls());
        }

        @Test
        void io_that_refuses_the_size_left_is_told_and_reads_as_ones() {
            var into = buffer(6, 0);
            assertFalse(space.read(0x4000, into, 0, 6));
            assertEquals("01020304ffff", hex(into));
            assertEquals("r0/4", registers.takeCalls());
            assertFalse(space.write(0x4000, bytes("010203040506"), 0, 6));
            assertEquals("w0/4=4030201", registers.takeCalls());
        }

        @Test
        void holes_are_told_and_filled_with_ones() {
            var into = buffer(0x1000, 0);
            assertFalse(space.read(0x2800, into, 0, 0x1000));
            assertEquals("ff".repeat(0x800) + "33".repeat(0x800), hex(into));
        }

        @Test
        void a_hole_at_the_end_is_filled_as_far_as_asked() {
            var into = buffer(6, 0);
            assertFalse(space.read(0x3ffe + 0x1000, into, 1, 4));
            assertEquals("00ffffffff00", hex(into));
        }

        @Test
        void writing_over_a_hole_is_told_and_the_rest_is_written() throws LinuxException {
            root.add(Regions.ram("behind", 0x1000, 0x44, false), 0x8000);
            root.add(Regions.ram("before", 0x1000, 0x44, false), 0x6000);
            assertFalse(space.write(0x6fff, buffer(0x1002, 0), 0, 0x1002));
            assertEquals(0x0044, space.read(0x6ffe, 2));
            assertEquals(0x4400, space.read(0x8000, 2));
        }

        @ParameterizedTest
        @ValueSource(longs = {-1, -8, Long.MIN_VALUE, Long.MAX_VALUE - 3})
        void addresses_beyond_the_last_one_are_holes(long gpa) {
            var into = buffer(8, 0);
            assertFalse(space.read(gpa, into, 0, 8));
            assertEquals("ff".repeat(8), hex(into));
            assertFalse(space.write(gpa, into, 0, 8));
        }

        @Test
        void a_rom_is_read_and_not_written() {
            assertTrue(space.read(0x3000, buffer(8, 0), 0, 8));
            assertFalse(space.write(0x3000, buffer(8, 0), 0, 8));
            assertEquals(0x33, space.read(0x3000, 1));
        }

        @Test
        void no_bytes_are_always_answered() {
            assertTrue(space.read(-1, buffer(1, 0), 0, 0));
            assertTrue(space.write(0x2800, buffer(1, 0), 0, 0));
        }
    }
}
