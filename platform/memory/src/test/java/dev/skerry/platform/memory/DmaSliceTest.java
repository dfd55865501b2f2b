package dev.skerry.platform.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.LinuxException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.ValueLayout;

/**
 * Lending from this map: RAM at 0x0 (bytes 0x11), RAM right behind it at 0x1000 (0x22), I/O at
 * 0x2000, ROM at 0x3000. That a slice outlives a change of the map is in {@link MapChangeTest}.
 */
class DmaSliceTest {
    private final Container root = new Container("root", 1L << 40);
    private final AddressSpace space = new AddressSpace("dma", root);

    @BeforeEach
    void build() throws LinuxException {
        root.add(Regions.ram("low", 0x1000, 0x11, false), 0);
        root.add(Regions.ram("high", 0x1000, 0x22, false), 0x1000);
        root.add(Regions.io("io", 0x20), 0x2000);
        root.add(Regions.ram("rom", 0x1000, 0x33, true), 0x3000);
    }

    private final DmaSlice slice = new DmaSlice();

    @AfterEach
    void giveBack() {
        slice.close();
    }

    @Test
    void a_slice_is_the_memory_itself() {
        assertTrue(space.acquire(0x1100, 0x10, true, slice));
        assertEquals(0x10, slice.segment().byteSize());
        slice.segment().fill((byte) 0x77);
        assertEquals(0x2277, space.read(0x110f, 2));
        assertEquals(0x7722, space.read(0x10ff, 2));
    }

    @Test
    void a_slice_ends_where_its_range_does() {
        assertTrue(space.acquire(0xff0, 0x100, false, slice));
        assertEquals(0x10, slice.segment().byteSize());
    }

    @Test
    void a_slice_ends_where_something_covers_its_region() {
        root.add(Regions.io("cover", 0x10), 0x800, 1);
        assertTrue(space.acquire(0x700, 0x800, false, slice));
        assertEquals(0x100, slice.segment().byteSize());
    }

    @ParameterizedTest
    @CsvSource({"0x2000", "0x2800", "0x4000", "0x10000000000", "-1", "-0x8000000000000000"})
    void io_and_holes_are_not_lent(String gpa) {
        assertFalse(space.acquire(Long.decode(gpa), 8, false, slice));
        assertThrows(IllegalStateException.class, slice::segment);
    }

    @Test
    void a_rom_is_lent_for_reading_alone() {
        assertFalse(space.acquire(0x3000, 8, true, slice));
        assertTrue(space.acquire(0x3000, 8, false, slice));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    void no_bytes_are_not_lent(long length) {
        assertFalse(space.acquire(0, length, false, slice));
    }

    @Test
    void a_slice_in_use_cannot_be_filled_again() {
        assertTrue(space.acquire(0, 8, false, slice));
        assertThrows(IllegalStateException.class, () -> space.acquire(0x1000, 8, false, slice));
    }

    @Test
    void a_slice_given_back_can_be_used_again() {
        assertTrue(space.acquire(0, 8, false, slice));
        slice.close();
        assertThrows(IllegalStateException.class, slice::segment);
        slice.close();
        assertTrue(space.acquire(0x1000, 8, false, slice));
        assertEquals(0x22, slice.segment().get(ValueLayout.JAVA_BYTE, 0));
    }
}
