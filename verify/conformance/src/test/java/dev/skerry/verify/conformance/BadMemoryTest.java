package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap.Entry;
import dev.skerry.platform.linux.EventFd;
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

/** Memory maps that cannot be had: the device is left without memory, and goes on. */
class BadMemoryTest {
    private static final long FILE_BYTES = 0x10_0000;
    private static final long MARK = 0x1122_3344_5566_7788L;
    private static final String REFUSED = "SYNC_SYSMEM refused, the device has no memory now: ";

    @BeforeAll
    static void processIsThere() {
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    /** Shares good memory, then the bad map, and sees that the device reaches neither. */
    private static void assertRefused(String line, List<Entry> entries, Fd... fds)
            throws IOException {
        try (Victim victim = new Victim();
                Fd good = MemFd.sealed("good", FILE_BYTES);
                Mapping memory = Mapping.of(good, 0, FILE_BYTES, Mapping.Access.READ_WRITE)) {
            victim.share(List.of(new Entry(0, FILE_BYTES, 0)), good);
            victim.expectServing();
            victim.share(entries, fds);
            victim.log().awaitText(REFUSED + line);
            memory.segment().set(ValueLayout.JAVA_LONG, 0, MARK);
            victim.transfer(0, 8, true);
            assertEquals(MARK, memory.segment().get(ValueLayout.JAVA_LONG, 0));
            victim.expectServing();
            victim.expectGoodEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipe", "socket", "directory", "/dev/null", "/dev/zero"})
    void what_is_no_file_with_memory_cannot_be_shared(String kind) throws IOException {
        try (Fd fd = HostFds.of(kind)) {
            assertRefused(
                    "region 0x0, size 0x1000, offset 0x0: ", List.of(new Entry(0, 0x1000, 0)), fd);
        }
    }

    @Test
    void an_event_counter_cannot_be_shared() throws IOException {
        try (EventFd counter = EventFd.create()) {
            assertRefused("region 0x0", List.of(new Entry(0, 8, 0)), counter.fd());
        }
    }

    @Test
    void a_file_that_is_open_for_reading_alone_cannot_be_shared() throws IOException {
        try (Fd fd = HostFds.of("/proc/self/exe")) {
            assertRefused("region 0x0", List.of(new Entry(0, 0x1000, 0)), fd);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0x0, 0x101000, 0x0",
        "0x0, 0x1000, 0x100000",
        "0x0, 0x1000, 0xff800",
        "0x0, 0x1000, 0x7ffffffffffff000",
        "0x0, 0x1000, 0xfffffffffffff000",
        "0x0, 0x7fffffffffffffff, 0x0"
    })
    void a_region_beyond_its_files_end_is_refused(String gpa, String size, String offset)
            throws IOException {
        assertEntryRefused(gpa, size, offset);
    }

    @ParameterizedTest
    @CsvSource({
        "0xfffffffffffff000, 0x1000, 0x0",
        "0xfffffffffffff000, 0x2000, 0x0",
        "0x8000000000000000, 0x1000, 0x0",
        "0x7ffffffffffff001, 0x1000, 0x0",
        "0x0, 0x8000000000000000, 0x0",
        "0x0, 0xffffffffffffffff, 0x0"
    })
    void a_region_beyond_the_end_of_physical_memory_is_refused(
            String gpa, String size, String offset) throws IOException {
        assertEntryRefused(gpa, size, offset);
    }

    private static void assertEntryRefused(String gpa, String size, String offset)
            throws IOException {
        Entry entry = new Entry(number(gpa), number(size), number(offset));
        try (Fd file = MemFd.sealed("short", FILE_BYTES)) {
            assertRefused(
                    String.format("region %s, size %s, offset %s", gpa, size, offset),
                    List.of(entry),
                    file);
            // A good region beside it does not help.
            assertRefused("region ", List.of(new Entry(0x1000, 0x1000, 0), entry), file, file);
        }
    }

    private static long number(String text) {
        return Long.parseUnsignedLong(text.substring(2), 16);
    }

    @ParameterizedTest
    @CsvSource({"0x0, 0x0", "0x0, 0xfff", "0x800, 0x0", "0x1000, 0x0"})
    void overlapping_regions_are_refused(String first, String second) throws IOException {
        try (Fd file = MemFd.sealed("overlap", FILE_BYTES)) {
            Entry a = new Entry(number(first), 0x2000, 0);
            Entry b = new Entry(number(second), 0x2000, 0x8000);
            Entry apart = new Entry(0x10_0000, 0x1000, 0x4000);
            String line = String.format("region %s, size 0x2000, offset 0x8000 overlaps", second);
            assertRefused(line, List.of(a, apart, b), file, file, file);
        }
    }

    @Test
    void a_region_without_a_size_but_with_a_descriptor_closes_the_link() throws IOException {
        try (Victim victim = new Victim();
                Fd file = MemFd.sealed("empty", FILE_BYTES)) {
            victim.edu().syncMemory(List.of(new Entry(0x1000, 0, 0)), file);
            victim.expectLinkClosed("SYNC_SYSMEM with 1 descriptors, but region 0 has size 0x0");
        }
    }

    /** Nothing says that offsets are aligned to pages, and small machines share odd pieces. */
    @ParameterizedTest
    @CsvSource({"0x123, 0x456", "0x1001, 0x1", "0xfff, 0x2", "0x8, 0x2000"})
    void unaligned_offsets_and_sizes_are_served(String offset, String size) throws IOException {
        long at = number(offset);
        long bytes = number(size);
        try (Victim victim = new Victim();
                Fd file = MemFd.sealed("odd", FILE_BYTES);
                Mapping memory = Mapping.of(file, 0, FILE_BYTES, Mapping.Access.READ_WRITE)) {
            memory.segment().fill((byte) 0xaa);
            victim.share(List.of(new Entry(0x5003, bytes, at)), file);
            long count = Math.min(bytes, 4096);
            victim.transfer(0x5003, count, true);
            assertEquals((byte) 0xaa, memory.segment().get(ValueLayout.JAVA_BYTE, at - 1));
            assertEquals(0, memory.segment().get(ValueLayout.JAVA_BYTE, at));
            assertEquals(0, memory.segment().get(ValueLayout.JAVA_BYTE, at + count - 1));
            assertEquals((byte) 0xaa, memory.segment().get(ValueLayout.JAVA_BYTE, at + count));
            victim.expectServing();
            victim.expectGoodEnd();
        }
    }

    /** The machine may take memory away under the device; that is a bus error to its accesses. */
    @ParameterizedTest
    @ValueSource(longs = {0, 4096})
    void memory_may_vanish_under_dma(long left) throws IOException {
        try (Victim victim = new Victim();
                Fd file = MemFd.resizable("vanishing", FILE_BYTES)) {
            victim.share(List.of(new Entry(0, FILE_BYTES, 0)), file);
            file.truncate(left);
            for (int i = 0; i < 5; i++) {
                victim.transfer(0x8000, 4096, true);
                victim.transfer(0x8000, 4096, false);
                victim.transfer(0xff0, 64, true);
                victim.expectServing();
            }
            file.truncate(FILE_BYTES);
            try (Mapping memory = Mapping.of(file, 0, FILE_BYTES, Mapping.Access.READ_WRITE)) {
                memory.segment().set(ValueLayout.JAVA_LONG, 0x8000, MARK);
                victim.transfer(0x8000, 8, false);
                victim.transfer(0x9000, 8, true);
                assertEquals(MARK, memory.segment().get(ValueLayout.JAVA_LONG, 0x9000));
            }
            victim.expectServing();
            victim.expectGoodEnd();
        }
    }

    @Test
    void many_maps_leave_no_descriptor_and_no_mapping_behind() throws IOException {
        try (Victim victim = new Victim();
                Fd file = MemFd.sealed("again", FILE_BYTES)) {
            Fd[] fds = {file, file, file, file, file, file, file, file};
            for (int round = 0; round < 100; round++) {
                Entry[] entries = new Entry[8];
                for (int i = 0; i < entries.length; i++) {
                    entries[i] = new Entry(0x10_0000L * i, 0x1000 + round * 16, 0x4000L * i);
                }
                victim.share(List.of(entries), fds);
            }
            victim.share(List.of());
            String maps = java.nio.file.Files.readString(victim.process().proc("maps"));
            assertEquals(-1, maps.indexOf("memfd:again"), maps);
            victim.expectServing();
            victim.expectGoodEnd();
        }
    }
}
