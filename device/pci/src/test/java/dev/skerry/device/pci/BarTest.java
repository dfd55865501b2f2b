package dev.skerry.device.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BarTest {
    private static final int BAR0 = 0x10;
    private static final int BAR1 = 0x14;
    private static final int ROM = 0x30;
    private static final long NOBODY = 0xff;

    private TestBus bus;

    @BeforeEach
    void open() throws Exception {
        bus = new TestBus();
    }

    @AfterEach
    void close() {
        bus.close();
    }

    private static int registerOf(Bar.Kind kind) {
        return kind == Bar.Kind.ROM ? ROM : BAR0;
    }

    @ParameterizedTest(name = "{0} of {1} bytes")
    @CsvSource({
        "MEMORY_32, 0x10, fffffff0, 00000000",
        "MEMORY_32, 0x1000, fffff000, 00000000",
        "MEMORY_32, 0x80000000, 80000000, 00000000",
        "MEMORY_32_PREFETCHABLE, 0x1000, fffff008, 00000000",
        "MEMORY_64, 0x100000, fff00004, ffffffff",
        "MEMORY_64, 0x100000000, 00000004, ffffffff",
        "MEMORY_64_PREFETCHABLE, 0x10, fffffffc, ffffffff",
        "MEMORY_64_PREFETCHABLE, 0x200000000, 0000000c, fffffffe",
        "IO, 0x4, fffffffd, 00000000",
        "IO, 0x100, ffffff01, 00000000",
        "IO, 0x10000, ffff0001, 00000000",
        "ROM, 0x800, fffff801, 00000000",
        "ROM, 0x1000000, ff000001, 00000000"
    })
    void all_ones_show_the_size(Bar.Kind kind, String size, String low, String high) {
        PciFunction function = bus.attachWith(kind, Long.decode(size));
        int register = registerOf(kind);
        function.writeConfig(register, 4, 0xffff_ffffL);
        function.writeConfig(register + 4, 4, 0xffff_ffffL);
        assertEquals(Long.parseLong(low, 16), function.readConfig(register, 4));
        assertEquals(Long.parseLong(high, 16), function.readConfig(register + 4, 4));
    }

    @ParameterizedTest(name = "{0} of {1} bytes in BAR {2}")
    @CsvSource({
        "MEMORY_32, 0x8, 0",
        "MEMORY_32, 0x1800, 0",
        "MEMORY_32, 0x100000000, 0",
        "MEMORY_64, 0x8, 0",
        "MEMORY_64, 0x1000, 5",
        "MEMORY_64, 0x1000, 6",
        "IO, 0x2, 0",
        "IO, 0x20000, 0",
        "IO, 0x100, 6",
        "MEMORY_32, 0x1000, 6",
        "ROM, 0x400, 6",
        "ROM, 0x1000, 0"
    })
    void impossible_bar_is_refused(Bar.Kind kind, String size, int index) {
        PciFunction function = TestBus.newFunction();
        assertThrows(
                IllegalArgumentException.class,
                () -> function.addBar(index, kind, TestBus.region("bar", Long.decode(size))));
        assertTrue(function.bars().isEmpty());
    }

    @ParameterizedTest(name = "{0} in {1}, then {2} in {3}")
    @CsvSource({
        "MEMORY_32, 0, IO, 0",
        "MEMORY_64, 0, IO, 1",
        "MEMORY_64, 4, IO, 5",
        "IO, 1, MEMORY_64, 0",
        "IO, 5, MEMORY_64_PREFETCHABLE, 4",
        "MEMORY_64, 2, MEMORY_64, 1",
        "MEMORY_64, 2, MEMORY_64, 3"
    })
    void taken_index_is_refused(Bar.Kind first, int at, Bar.Kind second, int index) {
        PciFunction function = TestBus.newFunction();
        function.addBar(at, first, TestBus.region("first", 0x100));
        assertThrows(
                IllegalArgumentException.class,
                () -> function.addBar(index, second, TestBus.region("second", 0x100)));
        assertEquals(1, function.bars().size());
    }

    @Test
    void six_bars_and_a_rom_fit() {
        PciFunction function = TestBus.newFunction();
        for (int i = 5; i >= 0; i--) {
            function.addBar(i, Bar.Kind.MEMORY_32, TestBus.region("bar" + i, 0x10));
        }
        function.addBar(Bar.ROM_INDEX, Bar.Kind.ROM, TestBus.region("rom", 0x800));
        assertEquals(7, function.bars().size());
        for (int i = 0; i < 7; i++) {
            assertEquals(i, function.bars().get(i).index());
        }
    }

    // Sizes: memory 0x1000, I/O 0x100, ROM 0x800. Command: 1 I/O, 2 memory.
    @ParameterizedTest(name = "{0} at {2}:{1}, command {3}: {4}")
    @CsvSource({
        "MEMORY_32, fe000000, 0, 2, fe000000",
        "MEMORY_32, fe000000, 0, 7, fe000000",
        "MEMORY_32, fe000000, 0, 0, -",
        "MEMORY_32, fe000000, 0, 5, -",
        "MEMORY_32, fe000fff, 0, 2, fe000000",
        "MEMORY_32, 00000000, 0, 2, -",
        "MEMORY_32, 00000fff, 0, 2, -",
        "MEMORY_32, 00001000, 0, 2, 1000",
        "MEMORY_32, ffffe000, 0, 2, ffffe000",
        "MEMORY_32, fffff000, 0, 2, -",
        "MEMORY_32, ffffffff, 0, 2, -",
        "MEMORY_32, fe000000, 1, 2, fe000000",
        "MEMORY_64, fe000000, 0, 2, fe000000",
        "MEMORY_64, 00000000, 1, 2, 100000000",
        "MEMORY_64, 00002000, 7fffffff, 2, 7fffffff00002000",
        "MEMORY_64, 00000000, 1, 1, -",
        "MEMORY_64, 00000000, 0, 2, -",
        "MEMORY_64, 00002000, 80000000, 2, -",
        "MEMORY_64, 00000000, ffffffff, 2, -",
        "MEMORY_64, ffffffff, ffffffff, 2, -",
        "IO, 0000c000, 0, 1, c000",
        "IO, 0000c0ff, 0, 3, c000",
        "IO, 0000c000, 0, 2, -",
        "IO, 00000000, 0, 1, -",
        "IO, 0000ff00, 0, 1, ff00",
        "IO, 00010000, 0, 1, -",
        "IO, 0001c000, 0, 1, -",
        "IO, ffffffff, 0, 1, -",
        "ROM, fe000001, 0, 2, fe000000",
        "ROM, fe000000, 0, 2, -",
        "ROM, fe000001, 0, 0, -",
        "ROM, 00000001, 0, 2, -",
        "ROM, ffffffff, 0, 2, -"
    })
    void bar_is_decoded_where_software_says(
            Bar.Kind kind, String low, String high, int command, String expected) {
        long size = kind.isIo() ? 0x100 : kind == Bar.Kind.ROM ? 0x800 : 0x1000;
        PciFunction function = bus.attachWith(kind, size);
        function.writeConfig(registerOf(kind), 4, Long.parseLong(low, 16));
        function.writeConfig(registerOf(kind) + 4, 4, Long.parseLong(high, 16));
        Bar bar = function.bars().get(0);
        assertEquals(Bar.NOT_DECODED, bar.address());
        function.writeConfig(TestBus.COMMAND, 2, command);
        if (expected.equals("-")) {
            assertEquals(Bar.NOT_DECODED, bar.address());
            assertFalse(isPlaced(bar));
            return;
        }
        long at = Long.parseLong(expected, 16);
        assertEquals(at, bar.address());
        assertSame(bar, function.barAt(kind.isIo(), at));
        assertSame(bar, function.barAt(kind.isIo(), at + size - 1));
        assertNull(function.barAt(kind.isIo(), at - 1));
        assertNull(function.barAt(kind.isIo(), at + size));
        assertNull(function.barAt(!kind.isIo(), at));
        assertEquals(0x07, read(kind, at + 5));
        assertEquals(TestBus.byteAt(size - 1), read(kind, at + size - 1));
        function.writeConfig(TestBus.COMMAND, 2, 0);
        assertEquals(Bar.NOT_DECODED, bar.address());
        assertNull(function.barAt(kind.isIo(), at));
        assertFalse(isPlaced(bar));
    }

    private long read(Bar.Kind kind, long at) {
        return (kind.isIo() ? bus.io : bus.memory).read(at, 1);
    }

    private boolean isPlaced(Bar bar) {
        return bus.bus.memory().contains(bar.region()) || bus.bus.io().contains(bar.region());
    }

    @Test
    void bar_that_moves_leaves_its_old_place() {
        PciFunction function = bus.attachWith(Bar.Kind.MEMORY_32, 0x1000);
        function.writeConfig(TestBus.COMMAND, 2, 2);
        function.writeConfig(BAR0, 4, 0xe000_0000L);
        assertEquals(0x06, bus.memory.read(0xe000_0004L, 1));
        function.writeConfig(BAR0, 4, 0xe100_0000L);
        assertEquals(NOBODY, bus.memory.read(0xe000_0004L, 1));
        assertEquals(0x06, bus.memory.read(0xe100_0004L, 1));
        assertNull(function.barAt(false, 0xe000_0004L));
        function.writeConfig(BAR0 + 3, 1, 0xe2);
        assertEquals(0x06, bus.memory.read(0xe200_0004L, 1));
    }

    @Test
    void sizing_a_live_bar_undecodes_it_for_a_moment() {
        PciFunction function = bus.attachWith(Bar.Kind.MEMORY_32, 0x1000);
        function.writeConfig(TestBus.COMMAND, 2, 2);
        function.writeConfig(BAR0, 4, 0xe000_0000L);
        function.writeConfig(BAR0, 4, 0xffff_ffffL);
        assertEquals(NOBODY, bus.memory.read(0xe000_0000L, 1));
        assertEquals(NOBODY, bus.memory.read(0xffff_f000L, 1));
        function.writeConfig(BAR0, 4, 0xe000_0000L);
        assertEquals(0x02, bus.memory.read(0xe000_0000L, 1));
    }

    @Test
    void bar_covers_ram_and_uncovers_it() {
        bus.memory.write(0x2000, 1, 0x77);
        PciFunction function = bus.attachWith(Bar.Kind.MEMORY_32, 0x1000);
        function.writeConfig(BAR0, 4, 0x2000);
        function.writeConfig(TestBus.COMMAND, 2, 2);
        assertEquals(0x02, bus.memory.read(0x2000, 1));
        function.writeConfig(TestBus.COMMAND, 2, 0);
        assertEquals(0x77, bus.memory.read(0x2000, 1));
    }

    @Test
    void memory_and_io_of_the_same_number_are_two_places() {
        PciFunction function = TestBus.newFunction();
        function.addBar(0, Bar.Kind.MEMORY_32, TestBus.region("memory", 0x1000));
        function.addBar(1, Bar.Kind.IO, TestBus.region("io", 0x100));
        bus.attach(function);
        function.writeConfig(BAR0, 4, 0xc000);
        function.writeConfig(BAR1, 4, 0xc000);
        function.writeConfig(TestBus.COMMAND, 2, 3);
        assertEquals(0, function.barAt(false, 0xc010).index());
        assertEquals(1, function.barAt(true, 0xc010).index());
        assertEquals(0x12, bus.memory.read(0xc010, 1));
        assertEquals(0x12, bus.io.read(0xc010, 1));
        assertNull(function.barAt(true, 0xc100));
        assertEquals(0, function.barAt(false, 0xc100).index());
    }

    @Test
    void reset_and_detach_undecode_everything() {
        PciFunction function = bus.attachWith(Bar.Kind.IO, 4);
        Bar bar = function.bars().get(0);
        function.writeConfig(TestBus.COMMAND, 2, 1);
        function.writeConfig(BAR0, 4, 0x1234);
        assertEquals(0x02, bus.io.read(0x1234, 1));
        function.reset();
        assertEquals(Bar.NOT_DECODED, bar.address());
        assertEquals(NOBODY, bus.io.read(0x1234, 1));
        assertEquals(1, function.readConfig(BAR0, 4));
        function.writeConfig(BAR0, 4, 0x1234);
        function.writeConfig(TestBus.COMMAND, 2, 1);
        assertEquals(0x02, bus.io.read(0x1234, 1));
        function.detach();
        assertEquals(NOBODY, bus.io.read(0x1234, 1));
        assertFalse(isPlaced(bar));
    }
}
