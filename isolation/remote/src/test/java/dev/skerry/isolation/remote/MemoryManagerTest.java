package dev.skerry.isolation.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap.Entry;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.DmaSlice;
import dev.skerry.platform.memory.FlatView;
import dev.skerry.platform.memory.RamRegion;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** SYNC_SYSMEM: the guest's memory as one device may reach it. */
class MemoryManagerTest {
    private static final long MB = 1 << 20;

    private final Bench bench = new Bench();
    private final AddressSpace space = bench.bridge.bus().dmaSpace();
    private Fd file;

    @BeforeEach
    void open() throws LinuxException {
        file = MemFd.resizable("memory-manager-test", 16 * MB);
    }

    @AfterEach
    void close() {
        bench.close();
        file.close();
    }

    private List<FlatView.Range> ram() {
        return space.view().ranges().stream().filter(r -> r.region() instanceof RamRegion).toList();
    }

    @Test
    void regions_appear_at_their_addresses_and_offsets() throws Exception {
        bench.share(List.of(new Entry(0, MB, 0), new Entry(4 * MB, MB, 2 * MB)), file, file);
        space.write(4 * MB + 8, 8, 0x1122334455667788L);
        bench.share(List.of(new Entry(0, MB, 2 * MB)), file);
        assertEquals(0x1122334455667788L, space.read(8, 8));
        assertEquals(-1L, space.read(4 * MB + 8, 8), "what is not in the new map is gone");
    }

    @Test
    void eight_regions_are_eight_regions() throws Exception {
        List<Entry> entries = new ArrayList<>();
        Fd[] fds = new Fd[8];
        for (int i = 0; i < 8; i++) {
            entries.add(new Entry(2L * i * MB, MB, i * MB));
            fds[i] = file;
        }
        bench.share(entries, fds);
        assertEquals(8, ram().size());
    }

    @Test
    void no_regions_are_no_memory() throws Exception {
        bench.share(List.of(new Entry(0, MB, 0)), file);
        bench.share(List.of());
        assertEquals(List.of(), ram());
        assertEquals("", bench.log());
    }

    @Test
    void a_piece_that_is_mapped_already_is_kept() throws Exception {
        bench.share(List.of(new Entry(0, MB, 0)), file);
        var before = ((RamRegion) ram().getFirst().region()).block();
        bench.share(List.of(new Entry(8 * MB, MB, 0), new Entry(0, MB, MB)), file, file);
        var after = ((RamRegion) ram().getLast().region()).block();
        assertSame(before, after);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0x1001000, 0",
        "0, 0x1000, 0x1000000",
        "0, 0x100000, 0xfff000",
        "0, 0x7fffffffffffffff, 0",
        "0, 0x1000, 0x7ffffffffffff000",
        "0, 0x1000, -0x1000",
        "0, -0x1000, 0",
        "-0x1000, 0x1000, 0",
        "0x7ffffffffffff000, 0x2000, 0"
    })
    void a_region_that_cannot_be_leaves_the_device_without_memory(
            String gpa, String size, String offset) throws Exception {
        bench.share(List.of(new Entry(0, MB, 0)), file);
        Entry bad = new Entry(Long.decode(gpa), Long.decode(size), Long.decode(offset));
        bench.share(List.of(new Entry(8 * MB, MB, 0), bad), file, file);
        assertEquals(List.of(), ram());
        assertTrue(bench.log().contains("SYNC_SYSMEM refused"), bench.log());
        bench.share(List.of(new Entry(0, MB, 0)), file);
        assertEquals(1, ram().size(), "the next map counts");
    }

    @Test
    void overlapping_regions_are_refused_and_named() throws Exception {
        bench.share(List.of(new Entry(0, 2 * MB, 0), new Entry(2 * MB - 1, MB, 0)), file, file);
        assertEquals(List.of(), ram());
        assertTrue(bench.log().contains("overlaps region 0x0, size 0x200000"), bench.log());
    }

    @Test
    void a_region_may_begin_anywhere_in_its_file() throws Exception {
        bench.share(List.of(new Entry(0, MB, 0)), file);
        space.write(0x1238, 4, 0xabcdef01L);
        bench.share(List.of(new Entry(0x10000, 0x1000, 0x1234)), file);
        assertEquals(0xabcdef01L, space.read(0x10004, 4));
    }

    @Test
    void what_holds_no_memory_is_refused_and_closed() throws Exception {
        bench.share(List.of(new Entry(0, MB, 0)), file);
        long before = openDescriptors();
        try (EventFd event = EventFd.create()) {
            bench.share(List.of(new Entry(0, 4096, 0)), event.fd());
            bench.share(List.of());
        }
        assertTrue(bench.log().contains("is not a file that holds memory"), bench.log());
        assertEquals(before, openDescriptors());
    }

    @Test
    void as_many_descriptors_as_regions_or_the_link_ends() {
        assertThrows(
                ProtocolException.class,
                () -> bench.share(List.of(new Entry(0, MB, 0)), file, file));
        assertThrows(ProtocolException.class, () -> bench.share(List.of(new Entry(0, MB, 0))));
    }

    @Test
    void an_operation_keeps_its_memory_when_the_map_changes() throws Exception {
        bench.share(List.of(new Entry(0, MB, 0)), file);
        try (DmaSlice slice = new DmaSlice()) {
            assertTrue(space.acquire(0x100, 16, true, slice));
            bench.share(List.of());
            slice.segment().set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 42);
        }
        bench.share(List.of(new Entry(0, MB, 0)), file);
        assertEquals(42, space.read(0x100, 8));
    }

    @Test
    void a_file_cut_short_costs_the_memory_and_nothing_else() throws Exception {
        bench.share(List.of(new Entry(0, MB, 0)), file);
        file.truncate(0);
        assertEquals(-1L, space.read(0x1000, 8));
        space.write(0x1000, 8, 5);
        assertFalse(space.write(0, java.lang.foreign.MemorySegment.ofArray(new byte[64]), 0, 64));
        bench.enableBar();
        assertEquals(0x40L, bench.bar(5, Bench.BAR + 0x40, 0, 4, true));
    }

    @Test
    void memory_covers_a_bar_put_over_it() throws Exception {
        bench.enableBar();
        assertEquals(0x40, space.read(Bench.BAR + 0x40, 4));
        bench.share(List.of(new Entry(Bench.BAR, MB, 0)), file);
        assertEquals(0, space.read(Bench.BAR + 0x40, 4));
        assertEquals(
                0x40L,
                bench.bar(5, Bench.BAR + 0x40, 0, 4, true),
                "the guest reaches the BAR all the same");
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }
}
