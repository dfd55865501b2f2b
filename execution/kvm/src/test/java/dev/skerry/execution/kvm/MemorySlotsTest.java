package dev.skerry.execution.kvm;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Label;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What a guest sees of memory, and when. */
@Timeout(120)
final class MemorySlotsTest {
    private static final int CODE = 0x8000;
    private static final int DATA = 0x6000;
    private static final long PLACE = 0x1000_0000L;

    private static RamRegion block(String name, int content, boolean readOnly) throws Exception {
        RamBlock block = RamBlock.allocate(name, 0x4000);
        block.segment().set(ValueLayout.JAVA_INT_UNALIGNED, 0, content);
        return new RamRegion(name, block, readOnly);
    }

    /** Reads a word, writes another, reads again. */
    private static Assembler readWriteRead(long gpa) {
        Assembler a = new Assembler(32, CODE).mov(EBX, gpa).mov(EAX, mem(EBX));
        a.mov(mem(DATA), EAX).mov(mem(EBX).dword(), 0x9999).mov(EAX, mem(EBX));
        a.mov(mem(DATA + 4), EAX);
        AccessTest.stop(a);
        return a;
    }

    private static void run(Board board, Assembler a) {
        board.load(a, CODE);
        board.protectedMode(0, CODE);
        assertEquals(KvmCpu.Stop.STOPPED, board.run(0), () -> "" + board.cpu(0).failure());
    }

    @Test
    void memory_that_is_added_moved_and_taken_away_at_run_time() throws Exception {
        try (Board board = new Board(1)) {
            RamRegion region = block("more", 0x1234, false);
            run(board, readWriteRead(PLACE));
            assertEquals(-1, board.get32(DATA));
            board.memory.add(region, PLACE);
            run(board, readWriteRead(PLACE));
            assertEquals(0x1234, board.get32(DATA));
            assertEquals(0x9999, board.get32(DATA + 4));
            board.memory.replace(
                    List.of(region), List.of(new Container.Placement(region, 2 * PLACE, 0)));
            run(board, readWriteRead(PLACE));
            assertEquals(-1, board.get32(DATA + 4));
            run(board, readWriteRead(2 * PLACE));
            assertEquals(0x9999, board.get32(DATA));
            board.memory.remove(region);
            run(board, readWriteRead(2 * PLACE));
            assertEquals(-1, board.get32(DATA));
            region.block().release();
        }
    }

    @Test
    void a_block_stays_mapped_as_long_as_the_guest_can_reach_it() throws Exception {
        try (Board board = new Board(1)) {
            RamRegion region = block("more", 0x1234, false);
            board.memory.add(region, PLACE);
            region.block().release();
            run(board, readWriteRead(PLACE));
            assertEquals(0x1234, board.get32(DATA));
            board.memory.remove(region);
            assertFalse(region.block().tryRetain(), "the slot was its last user");
        }
    }

    @Test
    void read_only_memory_runs_code_and_ignores_writes() throws Exception {
        try (Board board = new Board(1)) {
            RamRegion rom = block("rom", 0x1234, true);
            board.memory.add(rom, PLACE);
            run(board, readWriteRead(PLACE));
            assertEquals(0x1234, board.get32(DATA));
            assertEquals(0x1234, board.get32(DATA + 4));
            Assembler a = new Assembler(32, PLACE + 0x100).mov(mem(DATA).dword(), 0x77);
            AccessTest.stop(a);
            byte[] code = a.bytes();
            MemorySegment.copy(
                    code, 0, rom.block().segment(), ValueLayout.JAVA_BYTE, 0x100, code.length);
            board.protectedMode(0, PLACE + 0x100);
            assertEquals(KvmCpu.Stop.STOPPED, board.run(0), () -> "" + board.cpu(0).failure());
            assertEquals(0x77, board.get32(DATA));
        }
    }

    @Test
    void registers_over_memory_make_a_hole_in_it() throws Exception {
        try (Board board = new Board(1)) {
            board.memory.remove(board.window);
            board.memory.add(board.window, 0x30_0000, 1);
            run(board, readWriteRead(0x30_0008));
            assertEquals(0x5566_7788, board.get32(DATA));
            run(board, readWriteRead(0x30_1000));
            assertEquals(0x9999, board.get32(DATA + 4));
            board.memory.remove(board.window);
            run(board, readWriteRead(0x30_0008));
            assertEquals(0x9999, board.get32(DATA + 4));
        }
    }

    @Test
    void part_of_a_page_is_reached_too() throws Exception {
        try (Board board = new Board(1)) {
            RamRegion region = block("more", 0x1234, false);
            board.memory.add(region, PLACE + 0x100);
            run(board, readWriteRead(PLACE + 0x100));
            assertEquals(0x1234, board.get32(DATA));
            assertEquals(0x9999, board.get32(DATA + 4));
        }
    }

    @Test
    void the_dirty_log_names_pages_once() throws Exception {
        try (Board board = new Board(1)) {
            RamRegion more = block("more", 0, false);
            board.memory.add(more, PLACE);
            board.vm.setDirtyLogging(true);
            assertEquals(List.of(), dirty(board));
            run(board, readWriteRead(0x20_3000));
            // The data's page, the one written to; tables and code were written by the test.
            assertEquals(List.of("6000+1000", "203000+1000"), dirty(board));
            assertEquals(List.of(), dirty(board));
            run(board, readWriteRead(PLACE + 0x2000));
            board.memory.remove(more);
            assertEquals(List.of("6000+1000", "10002000+1000"), dirty(board));
            board.vm.setDirtyLogging(false);
            run(board, readWriteRead(0x20_3000));
        }
    }

    private static List<String> dirty(Board board) throws Exception {
        List<String> pages = new ArrayList<>();
        board.vm.collectDirty((gpa, size) -> pages.add(String.format("%x+%x", gpa, size)));
        return pages;
    }

    @Test
    void a_map_that_changes_while_the_guest_runs_disturbs_neither_code_nor_data() throws Exception {
        // The code at PLACE leaves its number in EAX: one block's or the other's.
        Assembler a = new Assembler(32, CODE).mov(EBX, PLACE);
        Label loop = a.mark();
        Label wrong = a.label();
        a.op("FF /2", EBX).inc(mem(DATA).dword()).cmp(EAX, 1).jcc(Cond.B, wrong);
        a.cmp(EAX, 2).jcc(Cond.A, wrong).jmp(loop).bind(wrong).mov(mem(DATA + 4), EAX);
        AccessTest.stop(a);
        try (Board board = new Board(1)) {
            RamRegion one = program("one", 1);
            RamRegion two = program("two", 2);
            board.memory.add(one, PLACE);
            board.load(a, CODE);
            board.protectedMode(0, CODE);
            CompletableFuture<KvmCpu.Stop> end = board.start(0);
            for (int i = 0; i < 200 && !end.isDone(); i++) {
                RamRegion leaving = i % 2 == 0 ? one : two;
                RamRegion coming = i % 2 == 0 ? two : one;
                board.memory.replace(
                        List.of(leaving), List.of(new Container.Placement(coming, PLACE, 0)));
                int count = board.get32(DATA);
                while (!end.isDone() && board.get32(DATA) - count < 2) {
                    Thread.onSpinWait();
                }
            }
            assertFalse(end.isDone(), () -> "it went on: " + board.cpu(0).failure());
            board.cpu(0).stop();
            assertEquals(KvmCpu.Stop.STOPPED, end.get());
            assertEquals(0, board.get32(DATA + 4));
            assertTrue(board.get32(DATA) >= 400, "" + board.get32(DATA));
        }
    }

    private static RamRegion program(String name, int number) throws Exception {
        RamRegion region = block(name, 0, false);
        byte[] code = new Assembler(32).mov(EAX, number).ret().bytes();
        MemorySegment.copy(
                code, 0, region.block().segment(), ValueLayout.JAVA_BYTE, 0, code.length);
        return region;
    }

    @Test
    void writes_that_may_wait_come_before_what_follows_them() throws Exception {
        Assembler a = new Assembler(32, CODE).mov(EBX, Board.WINDOW).mov(EAX, 1);
        for (int i = 0; i < 5; i++) {
            a.mov(mem(EBX).plus(0x100), EAX).inc(EAX);
        }
        a.mov(mem(EBX).plus(0x200), EAX);
        AccessTest.stop(a);
        try (Board board = new Board(1)) {
            InterruptChips.Connection zone = board.vm.coalesce(Board.WINDOW + 0x100, 0x100);
            long before = board.cpu(0).exits();
            run(board, a);
            assertEquals(
                    List.of(
                            "mem write4 100 = 1",
                            "mem write4 100 = 2",
                            "mem write4 100 = 3",
                            "mem write4 100 = 4",
                            "mem write4 100 = 5",
                            "mem write4 200 = 6"),
                    board.trace);
            if (zone != null) {
                assertEquals(2, board.cpu(0).exits() - before, "exits for six writes and the end");
                zone.close();
            }
        }
    }
}
