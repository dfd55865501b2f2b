package dev.skerry.isolation.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.MemFd;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.Alias;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;

/** What of a memory map a device process is sent. */
class RamMapTest {
    private static final long MB = 1 << 20;
    private static final IoHandler NOTHING =
            new IoHandler() {
                @Override
                public long read(long offset, int size) {
                    return 0;
                }

                @Override
                public void write(long offset, int size, long value) {}
            };

    private FakeMachine machine;
    private FakeProcess process;
    private ProxyDevice proxy;
    private RamBlock block;
    private RamRegion ram;

    @BeforeEach
    void plug() throws Exception {
        machine = new FakeMachine();
        process = new FakeProcess();
        proxy = machine.plug(process);
        block = RamBlock.allocate("block", 16 * MB);
        ram = new RamRegion("block", block, false);
        process.taken();
    }

    @AfterEach
    void close() {
        proxy.close();
        block.release();
        machine.close();
    }

    private Alias show(long from, long length, long at) {
        Alias alias = new Alias("part", ram, from, length);
        machine.system.add(alias, at);
        return alias;
    }

    private static IoRegion io(long bytes) {
        return new IoRegion("io", bytes, AccessSizes.ANY, NOTHING);
    }

    @Test
    void a_change_that_is_none_of_rams_business_sends_nothing() {
        machine.system.add(io(0x1000), 0xd000_0000L);
        proxy.function().writeConfig(0x14, 4, 0xe000_0000L);
        proxy.function().writeConfig(0x04, 2, 2);
        assertTrue(process.taken().stream().noneMatch(m -> m.startsWith("SYNC")), "no map");
    }

    @Test
    void neighbours_that_are_neighbours_in_their_file_are_one_piece() {
        Container both = new Container("both", 4 * MB);
        both.add(new Alias("a", ram, 2 * MB, MB), 0);
        both.add(new Alias("b", ram, 3 * MB, MB), MB);
        both.add(new Alias("c", ram, 5 * MB, MB), 2 * MB);
        machine.system.add(both, 0x1000_0000L);
        assertEquals(
                List.of(
                        "SYNC_SYSMEM 0x0+0x100000@0x0 0x10000000+0x200000@0x200000"
                                + " 0x10200000+0x100000@0x500000"),
                process.taken());
    }

    @Test
    void two_blocks_of_one_file_are_merged_as_one() throws Exception {
        try (var file = MemFd.sealed("file", 8 * MB)) {
            RamBlock low = RamBlock.mapOwned(file.duplicate(), MB, MB);
            RamBlock high = RamBlock.mapOwned(file.duplicate(), 2 * MB, MB);
            Container both = new Container("both", 2 * MB);
            both.add(new RamRegion("low", low, false), 0);
            both.add(new RamRegion("high", high, false), MB);
            machine.system.add(both, 0x1000_0000L);
            assertEquals(
                    List.of("SYNC_SYSMEM 0x0+0x100000@0x0 0x10000000+0x200000@0x100000"),
                    process.taken());
            low.release();
            high.release();
        }
    }

    @Test
    void read_only_memory_and_memory_without_a_descriptor_stay_here() throws Exception {
        try (var file = MemFd.sealed("file", MB)) {
            RamBlock borrowed = RamBlock.map(file, 0, MB);
            machine.system.add(new RamRegion("rom", block, true), 0x2000_0000L);
            machine.system.add(new RamRegion("borrowed", borrowed, false), 0x3000_0000L);
            assertEquals(List.of(), process.taken());
            borrowed.release();
        }
    }

    @Test
    void what_is_covered_by_registers_is_not_sent_but_its_surroundings_in_whole_pages() {
        machine.system.add(io(0x10), 0x8008, 1);
        assertEquals(List.of("SYNC_SYSMEM 0x0+0x8000@0x0 0x9000+0xf7000@0x9000"), process.taken());
    }

    @Test
    void no_more_ram_is_a_change_too() {
        machine.system.add(io(MB), 0, 1);
        assertEquals(List.of("SYNC_SYSMEM "), process.taken());
    }

    @Test
    void up_to_seven_pieces_are_sent_as_they_are() {
        for (int i = 0; i < 6; i++) {
            show(2L * i * MB, MB, 0x1000_0000L + 2L * i * MB);
        }
        String last = process.taken().getLast();
        assertEquals(7, last.split(" ").length - 1, last);
        assertTrue(last.endsWith("0x10a00000+0x100000@0xa00000"), last);
    }

    @Test
    void rather_than_eight_pieces_the_smallest_gaps_of_a_block_are_given_away() {
        machine.system.add(io(0x20000), 0xa0000, 1);
        for (int i = 0; i < 5; i++) {
            show(2L * i * MB, MB, 0x1000_0000L + 2L * i * MB);
        }
        String seven = process.taken().getLast();
        assertEquals(7, seven.split(" ").length - 1, seven);
        assertTrue(seven.contains(" 0x0+0xa0000@0x0 0xc0000+0x40000@0xc0000 "), seven);
        show(10 * MB, MB, 0x2000_0000L);
        String stillSeven = process.taken().getLast();
        assertEquals(7, stillSeven.split(" ").length - 1, stillSeven);
        assertTrue(stillSeven.contains(" 0x0+0x100000@0x0 "), stillSeven);
    }

    @Test
    void of_more_than_eight_pieces_the_biggest_are_kept_and_a_line_says_so() {
        for (int i = 0; i < 6; i++) {
            // Pairs in reverse order of the file: nothing can be merged or bridged.
            show(14 * MB - 2L * i * MB, MB, 0x1000_0000L + 0x100_0000L * i);
        }
        show(0, 0x3000, 0x2000_0000L);
        process.taken();
        assertEquals(List.of(), machine.logLines());
        show(0, 0x2000, 0x2100_0000L);
        String last = process.taken().getLast();
        assertEquals(8, last.split(" ").length - 1, last);
        assertTrue(last.contains("0x20000000+0x3000"), last);
        assertEquals(
                List.of(
                        "test[1]: dev0: warning: guest memory is in 9 pieces, the protocol has room"
                                + " for 8: the device does not reach the 1 smallest, 0x2000 bytes"),
                machine.logLines());
    }
}
