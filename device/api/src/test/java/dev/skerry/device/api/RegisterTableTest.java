package dev.skerry.device.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;

class RegisterTableTest {
    /** A chip with holes, out of address order as manuals sometimes are. */
    enum Chip implements Register {
        CONTROL(0x00, 1),
        STATUS(0x01, 1),
        DATA(0x10, 8),
        COUNT(0x04, 4);

        private final int offset;
        private final int sizeBytes;

        Chip(int offset, int sizeBytes) {
            this.offset = offset;
            this.sizeBytes = sizeBytes;
        }

        @Override
        public int offset() {
            return offset;
        }

        @Override
        public int sizeBytes() {
            return sizeBytes;
        }

        @Override
        public Access access() {
            return Access.READ_WRITE;
        }

        @Override
        public long resetValue() {
            return 0;
        }
    }

    /** Registers that share a byte with {@link #WIDE}, each in its own way. */
    enum Clash implements Register {
        WIDE(0x10, 4),
        THE_SAME(0x10, 4),
        INSIDE(0x12, 1),
        OVER_THE_BEGIN(0x0e, 4),
        OVER_THE_END(0x13, 2),
        AROUND(0x0e, 8),
        JUST_BEFORE(0x0c, 4),
        JUST_BEHIND(0x14, 1);

        private final int offset;
        private final int sizeBytes;

        Clash(int offset, int sizeBytes) {
            this.offset = offset;
            this.sizeBytes = sizeBytes;
        }

        @Override
        public int offset() {
            return offset;
        }

        @Override
        public int sizeBytes() {
            return sizeBytes;
        }

        @Override
        public Access access() {
            return Access.READ_ONLY;
        }

        @Override
        public long resetValue() {
            return 0;
        }
    }

    private final RegisterTable<Chip> table = new RegisterTable<>(Chip.values());

    @ParameterizedTest(name = "offset {0}: begins {1}, covered by {2}")
    @CsvSource({
        "0x00, CONTROL, CONTROL",
        "0x01, STATUS, STATUS",
        "0x02, , ",
        "0x03, , ",
        "0x04, COUNT, COUNT",
        "0x05, , COUNT",
        "0x07, , COUNT",
        "0x08, , ",
        "0x0f, , ",
        "0x10, DATA, DATA",
        "0x11, , DATA",
        "0x17, , DATA",
        "0x18, , ",
        "0x7fffffffffffffff, , ",
        "0x100000000, , ",
        "-1, , "
    })
    void offset_finds_its_register(String offset, Chip beginning, Chip covering) {
        long at = Long.decode(offset);
        assertSame(beginning, table.beginningAt(at));
        assertSame(covering, table.covering(at));
    }

    @Test
    void registers_keep_the_manuals_order() {
        assertEquals(List.of(Chip.CONTROL, Chip.STATUS, Chip.DATA, Chip.COUNT), table.registers());
        assertEquals(0x18, table.end());
    }

    @Test
    void table_without_registers_covers_nothing() {
        RegisterTable<Chip> empty = new RegisterTable<>();
        assertEquals(0, empty.end());
        assertNull(empty.covering(0));
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.MATCH_ANY,
            names = {"THE_SAME|INSIDE|OVER_.*|AROUND"})
    void overlap_is_a_bug_that_names_both(Clash other) {
        AssertionError error =
                assertThrows(AssertionError.class, () -> new RegisterTable<>(Clash.WIDE, other));
        assertTrue(error.getMessage().contains("WIDE"), error.getMessage());
        assertTrue(error.getMessage().contains(other.name()), error.getMessage());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = "JUST_.*")
    void neighbour_is_no_overlap(Clash other) {
        RegisterTable<Clash> both = new RegisterTable<>(Clash.WIDE, other);
        assertSame(Clash.WIDE, both.beginningAt(0x10));
        assertSame(other, both.beginningAt(other.offset()));
    }
}
