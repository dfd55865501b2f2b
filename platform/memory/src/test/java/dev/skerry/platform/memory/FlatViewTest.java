package dev.skerry.platform.memory;

import static dev.skerry.platform.memory.Regions.describe;
import static dev.skerry.platform.memory.Regions.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlatViewTest {
    private final Container root = new Container("root", 0x1000);

    private String view() {
        return describe(FlatView.of(root));
    }

    @Nested
    class Overlap {
        @Test
        void an_empty_container_shows_nothing() {
            assertEquals("", view());
        }

        @Test
        void ranges_come_in_ascending_order_whatever_the_order_of_adding() {
            root.add(io("b", 0x10), 0x200);
            root.add(io("a", 0x10), 0x100);
            root.add(io("c", 0x10), 0x300);
            assertEquals("100-110:a@0 200-210:b@0 300-310:c@0", view());
        }

        @ParameterizedTest
        @CsvSource({
            "0x100, 0x100, 100-200:top@0",
            "0x120, 0x20, 100-120:low@0 120-140:top@0 140-200:low@40",
            "0x80, 0x100, 80-180:top@0 180-200:low@80",
            "0x180, 0x100, 100-180:low@0 180-280:top@0",
            "0x80, 0x200, 80-280:top@0",
            "0x100, 0x40, 100-140:top@0 140-200:low@40",
            "0x1c0, 0x40, 100-1c0:low@0 1c0-200:top@0",
            "0x200, 0x40, 100-200:low@0 200-240:top@0"
        })
        void the_higher_priority_covers(String offset, String size, String expected) {
            root.add(io("top", Long.decode(size)), Long.decode(offset), 1);
            root.add(io("low", 0x100), 0x100, 0);
            assertEquals(expected, view());
        }

        @Test
        void among_equals_the_one_added_last_covers() {
            root.add(io("first", 0x100), 0);
            root.add(io("second", 0x100), 0x80);
            assertEquals("0-80:first@0 80-180:second@0", view());
        }

        @Test
        void a_negative_priority_is_below_the_usual_one() {
            root.add(io("usual", 0x10), 0x10);
            root.add(io("background", 0x100), 0, -1);
            assertEquals("0-10:background@0 10-20:usual@0 20-100:background@20", view());
        }

        @Test
        void one_region_may_fill_several_gaps() {
            root.add(io("low", 0x100), 0, 0);
            root.add(io("a", 0x10), 0x10, 1);
            root.add(io("b", 0x10), 0x20, 1);
            root.add(io("c", 0x10), 0x80, 2);
            assertEquals(
                    "0-10:low@0 10-20:a@0 20-30:b@0 30-80:low@30 80-90:c@0 90-100:low@90", view());
        }
    }

    @Nested
    class Nesting {
        private final Container inner = new Container("inner", 0x100);

        @Test
        void a_container_lets_through_what_is_below_its_holes() {
            inner.add(io("in", 0x10), 0x20);
            root.add(inner, 0x100, 1);
            root.add(io("below", 0x1000), 0, 0);
            assertEquals("0-120:below@0 120-130:in@0 130-1000:below@130", view());
        }

        @Test
        void priorities_count_among_siblings_alone() {
            inner.add(io("in", 0x100), 0, 100);
            root.add(inner, 0, 0);
            root.add(io("out", 0x100), 0x80, 1);
            assertEquals("0-80:in@0 80-180:out@0", view());
        }

        @Test
        void a_container_clips_what_is_larger_than_itself() {
            inner.add(io("in", 0x1000), 0x80);
            root.add(inner, 0x200);
            assertEquals("280-300:in@0", view());
        }

        @Test
        void what_lies_beyond_a_container_is_not_shown() {
            inner.add(io("in", 0x10), 0x100);
            root.add(inner, 0);
            root.add(io("out", 0x10), 0x1000);
            assertEquals("", view());
        }
    }

    @Nested
    class Aliases {
        @Test
        void an_alias_shows_part_of_its_target() {
            IoRegion target = io("target", 0x100);
            root.add(target, 0);
            root.add(new Alias("window", target, 0x40, 0x20), 0x800);
            assertEquals("0-100:target@0 800-820:target@40", view());
        }

        @Test
        void the_target_need_not_be_shown_itself() {
            root.add(new Alias("window", io("target", 0x100), 0xf0, 0x10), 0);
            assertEquals("0-10:target@f0", view());
        }

        @Test
        void an_alias_of_a_container_shows_its_holes_as_holes() {
            Container inner = new Container("inner", 0x100);
            inner.add(io("a", 0x10), 0x10);
            inner.add(io("b", 0x10), 0x30);
            root.add(new Alias("window", inner, 0x18, 0x20), 0x800, 1);
            root.add(io("below", 0x10), 0x808, 0);
            assertEquals("800-808:a@8 808-818:below@0 818-820:b@0", view());
        }

        @Test
        void an_alias_of_an_alias_adds_the_offsets() {
            Alias inner = new Alias("inner", io("target", 0x1000), 0x100, 0x800);
            root.add(new Alias("outer", inner, 0x20, 0x10), 0x300);
            assertEquals("300-310:target@120", view());
        }

        @ParameterizedTest
        @CsvSource({"-1, 1", "0, 0x101", "0x100, 1", "0x81, 0x80", "0x7fffffffffffffff, 1"})
        void a_window_beyond_its_target_is_refused(String offset, String size) {
            Region target = io("target", 0x100);
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> new Alias("window", target, Long.decode(offset), Long.decode(size)));
        }
    }

    @Nested
    class Limits {
        @Test
        void the_last_addresses_can_be_used() {
            Container all = new Container("all", Long.MAX_VALUE);
            all.add(io("last", 0x10), Long.MAX_VALUE - 8);
            all.add(io("first", 8), 0);
            assertEquals(
                    "0-8:first@0 7ffffffffffffff7-7fffffffffffffff:last@0",
                    describe(FlatView.of(all)));
        }

        @Test
        void places_whose_sum_is_no_address_are_not_shown() {
            Container inner = new Container("inner", Long.MAX_VALUE);
            inner.add(io("in", 8), Long.MAX_VALUE - 8);
            Container all = new Container("all", Long.MAX_VALUE);
            all.add(inner, 0x100);
            assertEquals("", describe(FlatView.of(all)));
        }

        @ParameterizedTest
        @ValueSource(longs = {0, -1, Long.MIN_VALUE})
        void a_region_without_bytes_is_refused(long size) {
            assertThrows(IllegalArgumentException.class, () -> io("none", size));
        }

        @Test
        void a_negative_place_is_refused() {
            assertThrows(IllegalArgumentException.class, () -> root.add(io("a", 1), -1));
        }

        @Test
        void a_region_is_in_a_container_once() {
            Region twice = io("twice", 1);
            root.add(twice, 0);
            IllegalStateException e =
                    assertThrows(IllegalStateException.class, () -> root.add(twice, 8));
            assertEquals("twice (0x1 bytes) is in root already", e.getMessage());
        }
    }
}
