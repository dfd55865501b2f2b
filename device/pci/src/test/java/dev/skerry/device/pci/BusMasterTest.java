package dev.skerry.device.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.device.api.Dma;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.DmaSlice;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

class BusMasterTest {
    private static final int MASTER_AND_MEMORY = 0x6;
    private static final int MEMORY_ONLY = 0x2;
    private static final long BAR_GPA = 0xe000_0000L;

    /** How the device's register reaches for itself. */
    enum Reach {
        READ,
        WRITE,
        BULK_READ,
        BULK_WRITE
    }

    /** A device whose register at 0 stores, and whose register at 8 accesses itself by DMA. */
    private static final class Ouroboros implements IoHandler {
        private final PciFunction function = TestBus.newFunction();
        private final MemorySegment scratch = MemorySegment.ofArray(new long[1]);
        private Reach reach = Reach.WRITE;
        private long stored = 0x1122_3344;
        private int entered;

        Ouroboros() {
            IoRegion region = new IoRegion("tail", 0x10, AccessSizes.between(8, 8), this);
            function.addBar(0, Bar.Kind.MEMORY_32, region);
        }

        @Override
        public long read(long offset, int size) {
            if (offset == 0) {
                return stored;
            }
            bite();
            return entered;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (offset == 0) {
                stored = value;
            } else {
                bite();
            }
        }

        private void bite() {
            entered++;
            Dma dma = function.dma();
            switch (reach) {
                case READ -> dma.read(BAR_GPA + 8, 8);
                case WRITE -> dma.write(BAR_GPA + 8, 8, 0);
                case BULK_READ -> dma.read(BAR_GPA + 8, scratch, 0, 8);
                case BULK_WRITE -> dma.write(BAR_GPA + 8, scratch, 0, 8);
            }
        }
    }

    private TestBus bus;
    private final Ouroboros device = new Ouroboros();
    private final PciFunction function = device.function;
    private final Dma dma = function.dma();

    @BeforeEach
    void open() throws Exception {
        bus = new TestBus();
        bus.attach(function);
        function.writeConfig(0x10, 4, BAR_GPA);
        function.writeConfig(TestBus.COMMAND, 2, MASTER_AND_MEMORY);
    }

    @AfterEach
    void close() {
        bus.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 0xef", "2, 0xcdef", "4, 0x89abcdef", "8, 0x0123456789abcdef"})
    void value_goes_to_ram_and_back(int size, String value) {
        dma.write(0x1000, size, 0x0123_4567_89ab_cdefL);
        assertEquals(Long.decode(value), bus.memory.read(0x1000, 8));
        assertEquals(Long.decode(value), dma.read(0x1000, size));
    }

    @Test
    void bytes_go_to_ram_and_back() {
        byte[] bytes = {1, 2, 3, 4, 5};
        assertTrue(dma.write(0x1001, MemorySegment.ofArray(bytes), 1, 4));
        assertEquals(0x05_0403_0200L, bus.memory.read(0x1000, 8));
        byte[] back = new byte[5];
        assertTrue(dma.read(0x1001, MemorySegment.ofArray(back), 1, 4));
        assertEquals(0, back[0]);
        assertEquals(5, back[4]);
    }

    @Test
    void dma_is_refused_while_bus_mastering_is_off() {
        bus.memory.write(0x1000, 8, 0x1111_1111_1111_1111L);
        function.writeConfig(TestBus.COMMAND, 2, MEMORY_ONLY);
        assertEquals(0xffL, dma.read(0x1000, 1));
        assertEquals(0xffffL, dma.read(0x1000, 2));
        assertEquals(0xffff_ffffL, dma.read(0x1000, 4));
        assertEquals(-1L, dma.read(0x1000, 8));
        dma.write(0x1000, 8, 0);
        byte[] bytes = new byte[4];
        assertFalse(dma.write(0x1000, MemorySegment.ofArray(bytes), 0, 4));
        assertFalse(dma.read(0x1000, MemorySegment.ofArray(bytes), 1, 2));
        assertEquals("00ffff00", java.util.HexFormat.of().formatHex(bytes));
        try (DmaSlice slice = new DmaSlice()) {
            assertFalse(dma.acquire(0x1000, 8, false, slice));
        }
        assertEquals(0x1111_1111_1111_1111L, bus.memory.read(0x1000, 8));
        function.writeConfig(TestBus.COMMAND, 2, MASTER_AND_MEMORY);
        assertEquals(0x11, dma.read(0x1000, 1));
    }

    @Test
    void reset_turns_bus_mastering_off() {
        function.reset();
        assertEquals(0xff, dma.read(0x1000, 1));
    }

    @Test
    void slice_lends_ram() {
        try (DmaSlice slice = new DmaSlice()) {
            assertTrue(dma.acquire(TestBus.RAM_BYTES - 4, 16, true, slice));
            assertEquals(4, slice.segment().byteSize());
            slice.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 0x42);
        }
        assertEquals(0x42, bus.memory.read(TestBus.RAM_BYTES - 4, 1));
    }

    @Test
    void slice_of_registers_is_refused() {
        try (DmaSlice slice = new DmaSlice()) {
            assertFalse(dma.acquire(BAR_GPA, 8, false, slice));
        }
    }

    @Test
    void dma_past_ram_says_so() {
        byte[] bytes = new byte[8];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        assertFalse(dma.read(TestBus.RAM_BYTES - 4, segment, 0, 8));
        assertEquals("00000000ffffffff", java.util.HexFormat.of().formatHex(bytes));
        assertFalse(dma.write(TestBus.RAM_BYTES, segment, 0, 8));
        assertFalse(dma.read(-8, segment, 0, 8));
    }

    @Test
    void device_reaches_its_own_registers() {
        assertEquals(0x1122_3344, dma.read(BAR_GPA, 8));
        dma.write(BAR_GPA, 8, 0x5566);
        assertEquals(0x5566, device.stored);
        MemorySegment segment = MemorySegment.ofArray(new long[1]);
        assertTrue(dma.read(BAR_GPA, segment, 0, 8));
        assertEquals(0x5566, segment.get(ValueLayout.JAVA_LONG, 0));
    }

    @ParameterizedTest
    @EnumSource
    void endless_re_entrance_is_cut_off(Reach reach) {
        device.reach = reach;
        if (reach == Reach.READ || reach == Reach.BULK_READ) {
            bus.memory.read(BAR_GPA + 8, 8);
        } else {
            bus.memory.write(BAR_GPA + 8, 8, 0);
        }
        int entered = device.entered;
        assertTrue(entered > 1 && entered < 20, "entered " + entered + " times");
        // Afterwards DMA works as before, and is cut off no earlier.
        assertEquals(0x1122_3344, dma.read(BAR_GPA, 8));
        bus.memory.write(BAR_GPA + 8, 8, 0);
        assertEquals(2 * entered, device.entered);
    }
}
