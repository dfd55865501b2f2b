package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap.Entry;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.Mapping;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Accesses a guest can bring about and no device has an answer to: all ones, and it goes on. */
class BadAccessTest {
    private static final int[] READ_AND_WRITE_CONFIG = {Command.PCI_CFGREAD, Command.PCI_CFGWRITE};
    private static final int[] READ_AND_WRITE_BAR = {Command.BAR_READ, Command.BAR_WRITE};
    private static final long RAM_BYTES = 0x10_0000;

    @BeforeAll
    static void processIsThere() {
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    private static void assertConfigRefused(int offset, int length) throws IOException {
        try (Victim victim = new Victim()) {
            for (int command : READ_AND_WRITE_CONFIG) {
                victim.expectRefused(
                        victim.edu().askConfig(command, offset, 0, length),
                        String.format(
                                "no such place in configuration space: %s 0x%x, length %d",
                                new Command(command), offset, length));
            }
            victim.expectGoodEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 5, 8, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void a_configuration_access_of_a_bad_length_is_refused(int length) throws IOException {
        assertConfigRefused(0, length);
    }

    @ParameterizedTest
    @CsvSource({
        "0x100, 1",
        "0xff, 2",
        "0xfd, 4",
        "0x7fffffff, 1",
        "0x80000000, 4",
        "0xffffffff, 1"
    })
    void a_configuration_access_outside_the_space_is_refused(String offset, int length)
            throws IOException {
        assertConfigRefused(Long.decode(offset).intValue(), length);
    }

    private static void assertBarRefused(String why, long address, int size, boolean memory)
            throws IOException {
        try (Victim victim = new Victim()) {
            for (int command : READ_AND_WRITE_BAR) {
                victim.expectRefused(victim.edu().askBar(command, address, 0, size, memory), why);
                victim.log().awaitText(new Command(command).toString());
            }
            victim.expectGoodEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 5, 6, 7, 9, 16, 0x10000, Integer.MIN_VALUE, -1})
    void a_bar_access_of_a_size_nobody_has_is_refused(int size) throws IOException {
        assertBarRefused("BAR access of a size other than", Victim.BAR, size, true);
    }

    @ParameterizedTest
    @CsvSource({
        "0xfeaffffc",
        "0xfec00000",
        "0x0",
        "0x7fffffffffffffff",
        "0x8000000000000000",
        "0xfffffffffffffffc",
        "0x1feb00000"
    })
    void a_bar_access_outside_any_bar_is_refused(String address) throws IOException {
        long gpa = Long.parseUnsignedLong(address.substring(2), 16);
        assertBarRefused("access outside any BAR", gpa, 4, true);
    }

    @Test
    void a_port_is_no_memory() throws IOException {
        assertBarRefused("access outside any BAR", Victim.BAR, 4, false);
    }

    @ParameterizedTest
    @CsvSource({"0xfebfffff, 8", "0xfebffffd, 4", "0xfebffff9, 8"})
    void a_bar_access_across_its_end_is_refused(String address, int size) throws IOException {
        assertBarRefused("access across a BAR's end", Long.decode(address), size, true);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void a_bar_access_of_a_size_the_device_has_not_is_refused(int size) throws IOException {
        assertBarRefused("of a size it does not take", Victim.BAR, size, true);
    }

    @Test
    void a_flood_of_bad_accesses_is_logged_in_few_lines() throws IOException {
        try (Victim victim = new Victim()) {
            for (int i = 0; i < 2000; i++) {
                victim.edu().askBar(Command.BAR_READ, 0, 0, 4, true);
            }
            victim.expectServing();
            victim.expectGoodEnd();
            long lines =
                    victim.log().awaitEnd().lines().filter(l -> l.contains("BAR_READ")).count();
            assertEquals(true, lines >= 8 && lines < 32, lines + " lines");
        }
    }

    @ParameterizedTest
    @CsvSource({"0x100000, 64", "0xffff0, 64", "0xf000000, 4096", "0xfffffff, 8", "0xfeb00000, 64"})
    void dma_outside_memory_is_dropped_and_said(String address, int count) throws IOException {
        try (Victim victim = new Victim();
                Fd file = MemFd.sealed("ram", RAM_BYTES);
                Mapping memory = Mapping.of(file, 0, RAM_BYTES, Mapping.Access.READ_WRITE)) {
            victim.share(List.of(new Entry(0, RAM_BYTES, 0)), file);
            memory.segment().fill((byte) 0x55);
            long gpa = Long.decode(address);
            victim.transfer(gpa, count, true);
            victim.log().awaitText("is outside the buffer or memory");
            victim.transfer(gpa, count, false);
            assertEquals(0x55, memory.segment().get(ValueLayout.JAVA_BYTE, 0));
            victim.expectServing();
            victim.expectGoodEnd();
        }
    }

    @ParameterizedTest
    @CsvSource({"0x40000, 4097", "0x40001, 4096", "0x3ffff, 8", "0x0, 8", "0x40000, -1"})
    void dma_outside_the_buffer_is_dropped_and_said(String from, long count) throws IOException {
        try (Victim victim = new Victim();
                Fd file = MemFd.sealed("ram", RAM_BYTES)) {
            victim.share(List.of(new Entry(0, RAM_BYTES, 0)), file);
            victim.edu().writeMemory(Victim.BAR + EduDriver.DMA_SOURCE, 8, Long.decode(from));
            victim.edu().writeMemory(Victim.BAR + EduDriver.DMA_COUNT, 8, count);
            victim.edu().writeMemory(Victim.BAR + EduDriver.DMA_COMMAND, 8, 3);
            victim.log().awaitText("is outside the buffer or memory");
            victim.expectServing();
            victim.expectGoodEnd();
        }
    }

    @Test
    void dma_without_any_memory_is_dropped_and_said() throws IOException {
        try (Victim victim = new Victim()) {
            victim.transfer(0, 64, true);
            victim.log().awaitText("is outside the buffer or memory");
            victim.expectServing();
            victim.expectGoodEnd();
        }
    }
}
