package dev.skerry.platform.memory;

import static dev.skerry.platform.memory.Regions.describe;
import static dev.skerry.platform.memory.Regions.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.LinuxException;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** What becomes of a map while it is used, and who hears of it. */
class MapChangeTest {
    private final Container root = new Container("root", 0x10_0000);
    private final AddressSpace space = new AddressSpace("cpu", root);

    @Nested
    class Listeners {
        private final List<String> heard = new ArrayList<>();

        private void listen() {
            space.addListener(
                    (before, after) ->
                            heard.add("[" + describe(before) + "] to [" + describe(after) + "]"));
        }

        @Test
        void a_new_listener_hears_of_the_present_map() {
            root.add(io("a", 0x10), 0);
            listen();
            assertEquals(List.of("[] to [0-10:a@0]"), heard);
        }

        @Test
        void a_change_is_told_with_the_map_before_and_after() {
            listen();
            heard.clear();
            Region a = io("a", 0x10);
            root.add(a, 0x100);
            root.remove(a);
            assertEquals(List.of("[] to [100-110:a@0]", "[100-110:a@0] to []"), heard);
        }

        @Test
        void a_change_has_taken_effect_when_it_is_told() {
            AtomicReference<FlatView> seen = new AtomicReference<>();
            space.addListener((before, after) -> seen.set(space.view()));
            root.add(io("a", 0x10), 0);
            assertEquals("0-10:a@0", describe(seen.get()));
            assertSame(space.view(), seen.get());
        }

        @Test
        void a_replacement_is_one_change() {
            Region a = io("a", 0x10);
            Region b = io("b", 0x10);
            root.add(a, 0);
            root.add(b, 0x20);
            listen();
            heard.clear();
            root.replace(
                    List.of(a, b),
                    List.of(
                            new Container.Placement(io("c", 0x10), 0, 0),
                            new Container.Placement(io("d", 0x10), 0x40, 0)));
            assertEquals(List.of("[0-10:a@0 20-30:b@0] to [0-10:c@0 40-50:d@0]"), heard);
        }

        @Test
        void a_change_in_a_nested_or_aliased_container_is_heard_once() {
            Container inner = new Container("inner", 0x100);
            root.add(inner, 0x1000);
            root.add(new Alias("alias", inner, 0, 0x100), 0x2000);
            listen();
            heard.clear();
            inner.add(io("a", 0x10), 0x10);
            assertEquals(List.of("[] to [1010-1020:a@0 2010-2020:a@0]"), heard);
        }

        @Test
        void nothing_is_told_when_nothing_changes() {
            Region cover = io("cover", 0x100);
            Region hidden = io("hidden", 0x10);
            root.add(cover, 0, 1);
            listen();
            heard.clear();
            root.add(hidden, 0x20, 0);
            root.remove(hidden);
            root.remove(hidden);
            root.add(io("outside", 0x10), 0x10_0000);
            root.replace(List.of(cover), List.of(new Container.Placement(cover, 0, 2)));
            assertEquals(List.of(), heard);
        }

        @Test
        void what_was_taken_out_is_no_longer_watched() {
            Container inner = new Container("inner", 0x100);
            root.add(inner, 0);
            root.remove(inner);
            listen();
            heard.clear();
            inner.add(io("a", 0x10), 0);
            assertEquals(List.of(), heard);
            assertFalse(root.contains(inner));
        }

        @Test
        void a_removed_listener_hears_no_more() {
            List<FlatView> views = new ArrayList<>();
            MemoryListener listener = (before, after) -> views.add(after);
            space.addListener(listener);
            space.removeListener(listener);
            root.add(io("a", 0x10), 0);
            assertEquals(1, views.size());
        }

        @Test
        void every_address_space_over_a_container_hears() {
            listen();
            heard.clear();
            AddressSpace other = new AddressSpace("dma", root);
            root.add(io("a", 0x10), 0);
            assertEquals(1, heard.size());
            assertEquals("0-10:a@0", describe(other.view()));
        }
    }

    @Nested
    class MemoryInUse {
        private RamRegion ram(int fill) throws LinuxException {
            return Regions.ram("ram", 0x1000, fill, false);
        }

        @Test
        void a_slice_keeps_its_memory_when_the_region_is_replaced_and_released()
                throws LinuxException {
            RamRegion old = ram(0x11);
            root.add(old, 0);
            try (DmaSlice slice = new DmaSlice()) {
                assertTrue(space.acquire(0x800, 8, true, slice));
                root.replace(List.of(old), List.of(new Container.Placement(ram(0x22), 0, 0)));
                old.block().release();
                assertEquals(0x22, space.read(0x800, 1));
                slice.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 0x44);
                assertEquals(0x44, old.block().segment().get(ValueLayout.JAVA_BYTE, 0x800));
                assertEquals(0x22, space.read(0x800, 1));
            }
            assertThrows(
                    IllegalStateException.class,
                    () -> old.block().segment().get(ValueLayout.JAVA_BYTE, 0));
        }

        @Test
        void a_block_lives_until_its_last_user_lets_go() throws LinuxException {
            RamBlock block = RamBlock.allocate("block", 0x1000);
            assertTrue(block.tryRetain());
            block.release();
            assertEquals(0, block.segment().get(ValueLayout.JAVA_BYTE, 0));
            block.release();
            assertFalse(block.tryRetain());
            assertThrows(IllegalStateException.class, block::release);
            assertThrows(
                    IllegalStateException.class,
                    () -> block.segment().get(ValueLayout.JAVA_BYTE, 0));
        }

        @Test
        void memory_released_while_still_in_the_map_answers_no_more() throws LinuxException {
            RamRegion gone = ram(0x11);
            root.add(gone, 0);
            gone.block().release();
            assertEquals(0xffff_ffffL, space.read(0x10, 4));
            space.write(0x10, 4, 0);
            var into = Regions.buffer(4, 0);
            assertFalse(space.read(0x10, into, 0, 4));
            assertEquals("ffffffff", Regions.hex(into));
            assertFalse(space.write(0x10, into, 0, 4));
            try (DmaSlice slice = new DmaSlice()) {
                assertFalse(space.acquire(0x10, 4, false, slice));
            }
        }

        @Test
        void a_view_from_before_a_change_stays_as_it_was() throws LinuxException {
            root.add(ram(0x11), 0);
            FlatView before = space.view();
            root.add(io("cover", 0x10), 0, 1);
            assertEquals("0-1000:ram@0", describe(before));
            assertEquals("0-10:cover@0 10-1000:ram@10", describe(space.view()));
        }
    }
}
