package dev.skerry.device.testdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.workbench.ManualHost;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EduDmaTest {
    private static final int SOURCE = 0x80;
    private static final int DESTINATION = 0x88;
    private static final int COUNT = 0x90;
    private static final int COMMAND = 0x98;
    private static final int START = 1;
    private static final int TO_MEMORY = 2;
    private static final int INTERRUPT = 4;
    private static final long BUFFER = 0x40000;
    private static final long TAKES_NS = 100_000_000;
    private static final long MASK = 0xfff_ffff;

    private final ManualHost host = new ManualHost();
    private final Edu device = new Edu(host, MASK);
    private final Workbench edu = new Workbench(device);

    @BeforeEach
    void fillRam() {
        for (long gpa = 0; gpa < Workbench.RAM_BYTES; gpa += 8) {
            edu.memory.write(gpa, 8, pattern(gpa));
        }
    }

    @AfterEach
    void close() {
        edu.close();
    }

    private static long pattern(long gpa) {
        return 0x0101_0101_0101_0101L * (gpa / 8 % 255 + 1) ^ gpa;
    }

    private void start(long source, long destination, long count, int command) {
        edu.write(SOURCE, 8, source);
        edu.write(DESTINATION, 8, destination);
        edu.write(COUNT, 8, count);
        edu.write(COMMAND, 8, command | START);
    }

    private void dma(long source, long destination, long count, int command) {
        start(source, destination, count, command);
        host.advance(TAKES_NS);
        assertEquals(command, edu.read(COMMAND, 8));
    }

    private void assertRamUntouchedBut(long from, long to) {
        for (long gpa = 0; gpa < Workbench.RAM_BYTES; gpa += 8) {
            if (gpa < from || gpa >= to) {
                assertEquals(pattern(gpa), edu.memory.read(gpa, 8), "0x" + Long.toHexString(gpa));
            }
        }
    }

    @ParameterizedTest(name = "{2} bytes from {0} by way of {1} to {3}")
    @CsvSource({
        "0x1000, 0x40000, 8, 0x2000",
        "0x1000, 0x40000, 4096, 0x2000",
        "0x1008, 0x40ff8, 8, 0x2000",
        "0x0, 0x40800, 0x800, 0xf800",
        "0x1000, 0x40010, 256, 0x1000"
    })
    void bytes_go_in_and_out(String from, String buffer, int count, String to) {
        long source = Long.decode(from);
        long target = Long.decode(to);
        dma(source, Long.decode(buffer), count, 0);
        assertRamUntouchedBut(0, 0);
        dma(Long.decode(buffer), target, count, TO_MEMORY);
        for (long i = 0; i < count; i += 8) {
            assertEquals(pattern(source + i), edu.memory.read(target + i, 8), "byte " + i);
        }
        assertRamUntouchedBut(target, target + count);
    }

    @Test
    void count_is_in_bytes() {
        dma(0x1000, BUFFER, 8, 0);
        dma(BUFFER, 0x2000, 3, TO_MEMORY);
        long copied = pattern(0x1000) & 0xff_ffff;
        assertEquals(copied | pattern(0x2000) & ~0xff_ffffL, edu.memory.read(0x2000, 8));
    }

    @Test
    void buffer_begins_empty() {
        dma(BUFFER, 0x2000, 4096, TO_MEMORY);
        for (long gpa = 0x2000; gpa < 0x3000; gpa += 8) {
            assertEquals(0, edu.memory.read(gpa, 8));
        }
    }

    @Test
    void transfer_takes_its_time() {
        dma(0x1000, BUFFER, 8, 0);
        start(BUFFER, 0x2000, 8, TO_MEMORY | INTERRUPT);
        host.advance(TAKES_NS - 1);
        assertEquals(START | TO_MEMORY | INTERRUPT, edu.read(COMMAND, 8));
        assertEquals(pattern(0x2000), edu.memory.read(0x2000, 8));
        assertFalse(edu.lineIsUp());
        host.advance(1);
        assertEquals(TO_MEMORY | INTERRUPT, edu.read(COMMAND, 8));
        assertEquals(pattern(0x1000), edu.memory.read(0x2000, 8));
        assertTrue(edu.lineIsUp());
    }

    @Test
    void interrupt_when_done_if_asked_for() {
        dma(0x1000, BUFFER, 8, 0);
        assertFalse(edu.lineIsUp());
        assertEquals(0, edu.read(0x24, 4));
        dma(0x1000, BUFFER, 8, INTERRUPT);
        assertTrue(edu.lineIsUp());
        assertEquals(0x100, edu.read(0x24, 4));
        edu.write(0x64, 4, 0x100);
        assertFalse(edu.lineIsUp());
    }

    @Test
    void command_without_start_is_not_kept() {
        edu.write(COMMAND, 8, TO_MEMORY | INTERRUPT);
        assertEquals(0, edu.read(COMMAND, 8));
        host.advance(10 * TAKES_NS);
        assertRamUntouchedBut(0, 0);
        assertFalse(edu.lineIsUp());
    }

    @Test
    void registers_are_frozen_while_dma_runs() {
        dma(0x1000, BUFFER, 16, 0);
        start(BUFFER, 0x2000, 8, TO_MEMORY);
        edu.write(SOURCE, 8, BUFFER + 8);
        edu.write(DESTINATION, 8, 0x3000);
        edu.write(COUNT, 8, 16);
        edu.write(COMMAND, 8, START | INTERRUPT);
        assertEquals(BUFFER, edu.read(SOURCE, 8));
        assertEquals(0x2000, edu.read(DESTINATION, 8));
        assertEquals(8, edu.read(COUNT, 8));
        assertEquals(START | TO_MEMORY, edu.read(COMMAND, 8));
        host.advance(TAKES_NS);
        assertEquals(pattern(0x1000), edu.memory.read(0x2000, 8));
        assertRamUntouchedBut(0x2000, 0x2008);
        edu.write(COUNT, 8, 16);
        assertEquals(16, edu.read(COUNT, 8));
    }

    @ParameterizedTest(name = "at 0x{0} of the device, 0x{1} bytes")
    @CsvSource({
        "3ffff, 8",
        "3fff8, 10",
        "40001, 1000",
        "40000, 1001",
        "41000, 1",
        "40ff9, 8",
        "0, 8",
        "1000, 8",
        "40000, 7fffffffffffffff",
        "40000, ffffffffffffffff",
        "40008, fffffffffffffff8",
        "ffffffffffffffff, 8",
        "8000000000040000, 8",
        "7fffffffffffffff, 7fffffffffffffff",
        "10040000, 8"
    })
    void dma_outside_the_buffer_only_ends(String inDevice, String bytes) {
        long at = Long.parseUnsignedLong(inDevice, 16);
        long count = Long.parseUnsignedLong(bytes, 16);
        dma(0x1000, BUFFER, 4096, 0);
        dma(at, 0x2000, count, TO_MEMORY | INTERRUPT);
        assertEquals(0x100, edu.read(0x24, 4));
        assertRamUntouchedBut(0, 0);
        dma(0x4000, at, count, 0);
        // The buffer, too, is as it was.
        dma(BUFFER, 0x1000, 4096, TO_MEMORY);
        assertRamUntouchedBut(0, 0);
    }

    @ParameterizedTest(name = "gpa 0x{0}")
    @ValueSource(strings = {"10000", "fffff00", "ffff000", "ffffffffffffffff", "f00000000ff00000"})
    void dma_outside_ram_only_ends(String address) {
        long gpa = Long.parseUnsignedLong(address, 16);
        dma(gpa, BUFFER, 8, INTERRUPT);
        assertEquals(0x100, edu.read(0x24, 4));
        edu.write(0x64, 4, 0x100);
        dma(BUFFER, gpa, 8, TO_MEMORY | INTERRUPT);
        assertEquals(0x100, edu.read(0x24, 4));
        assertRamUntouchedBut(0, 0);
    }

    @Test
    void nothing_is_copied_with_bus_mastering_off() {
        dma(0x1000, BUFFER, 8, 0);
        edu.function.writeConfig(Workbench.COMMAND, 2, 0x3);
        dma(BUFFER, 0x2000, 8, TO_MEMORY | INTERRUPT);
        assertRamUntouchedBut(0, 0);
        assertTrue(edu.lineIsUp());
    }

    @ParameterizedTest(name = "mask 0x{0}, gpa 0x{1}: 0x{2}")
    @CsvSource({
        "fffffff, 10001000, 1000",
        "fffffff, fffffffff0001000, 1000",
        "fff, 1010, 10",
        "0, 8888, 0",
        "ffffffffffffffff, 1000, 1000"
    })
    void address_is_cut_by_the_mask(String mask, String gpa, String reached) {
        ManualHost clock = new ManualHost();
        try (Workbench masked = new Workbench(new Edu(clock, Long.parseUnsignedLong(mask, 16)))) {
            long address = Long.parseUnsignedLong(gpa, 16);
            long at = Long.parseLong(reached, 16);
            masked.memory.write(at, 8, 0x1234);
            masked.write(SOURCE, 8, address);
            masked.write(DESTINATION, 8, BUFFER);
            masked.write(COUNT, 8, 8);
            masked.write(COMMAND, 8, START);
            clock.advance(TAKES_NS);
            masked.memory.write(at, 8, 0);
            masked.write(SOURCE, 8, BUFFER);
            masked.write(DESTINATION, 8, address);
            masked.write(COMMAND, 8, START | TO_MEMORY);
            clock.advance(TAKES_NS);
            assertEquals(0x1234, masked.memory.read(at, 8));
        }
    }

    @Test
    void mask_with_all_bits_lets_an_address_past_ram_through() {
        ManualHost clock = new ManualHost();
        try (Workbench open = new Workbench(new Edu(clock, -1))) {
            open.memory.write(0x1000, 8, 0x1234);
            open.write(SOURCE, 8, BUFFER);
            open.write(DESTINATION, 8, 0x1000_1000L);
            open.write(COUNT, 8, 8);
            open.write(COMMAND, 8, START | TO_MEMORY);
            clock.advance(TAKES_NS);
            assertEquals(0x1234, open.memory.read(0x1000, 8));
        }
    }

    @Test
    void dma_into_its_own_registers_finds_them_frozen() {
        ManualHost clock = new ManualHost();
        try (Workbench open = new Workbench(new Edu(clock, 0xffff_ffffL))) {
            open.memory.write(0x1000, 8, 0x7777);
            open.write(SOURCE, 8, 0x1000);
            open.write(DESTINATION, 8, BUFFER);
            open.write(COUNT, 8, 8);
            open.write(COMMAND, 8, START);
            clock.advance(TAKES_NS);
            open.write(SOURCE, 8, BUFFER);
            open.write(DESTINATION, 8, Workbench.BAR0 + COUNT);
            open.write(COMMAND, 8, START | TO_MEMORY);
            clock.advance(TAKES_NS);
            assertEquals(8, open.read(COUNT, 8));
            // The interrupt registers are nobody's but the driver's: they can be reached.
            open.write(COUNT, 8, 4);
            open.write(DESTINATION, 8, Workbench.BAR0 + 0x60);
            open.write(COMMAND, 8, START | TO_MEMORY);
            clock.advance(TAKES_NS);
            assertEquals(0x7777, open.read(0x24, 4));
        }
    }

    @Test
    void reset_forgets_a_transfer_and_the_buffer() {
        dma(0x1000, BUFFER, 8, 0);
        start(BUFFER, 0x2000, 8, TO_MEMORY | INTERRUPT);
        assertTrue(host.hasArmedTimer());
        device.reset();
        assertFalse(host.hasArmedTimer());
        edu.setUp();
        assertEquals(0, edu.read(COMMAND, 8));
        host.advance(2 * TAKES_NS);
        assertRamUntouchedBut(0, 0);
        assertFalse(edu.lineIsUp());
        dma(BUFFER, 0x2000, 8, TO_MEMORY);
        assertEquals(0, edu.memory.read(0x2000, 8));
    }
}
