package dev.skerry.execution.kvm;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;
import static dev.skerry.verify.asm.Xmm.XMM3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Label;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** How a virtual CPU begins, is stopped, ends, and is carried elsewhere. */
@Timeout(120)
final class RunTest {
    private static final int CODE = 0x8000;
    private static final int DATA = 0x6000;

    private static void signal(Assembler a, int value) {
        a.mov(AL, value).out(Board.SIGNAL_PORT, AL);
    }

    @Test
    void it_begins_at_the_reset_vector_and_again_after_a_reset() throws Exception {
        Assembler a = new Assembler(16, CODE).mov(AX, 0x1234);
        AccessTest.stop(a);
        try (Board board = new Board(2)) {
            KvmRegisters r = board.cpu(0).registers();
            for (int i = 0; i < 2; i++) {
                assertEquals(0xfff0, r.rip());
                assertEquals(0xffff_0000L, r.base(KvmRegisters.SegmentName.CS));
                assertEquals(0x6000_0010, r.control(0));
                assertEquals(2, r.rflags());
                assertFalse(r.isWaitingForStartup());
                assertTrue(board.cpu(1).registers().isWaitingForStartup());
                board.load(a, CODE);
                board.realMode(0, CODE);
                assertEquals(KvmCpu.Stop.STOPPED, board.run(0));
                assertEquals(0x1234, r.general(0));
                assertNotEquals(0xfff0, r.rip());
                board.cpu(0).reset();
                board.vm.chips().reset();
            }
        }
    }

    @Test
    void a_cpu_that_loops_is_stopped_from_another_thread_and_goes_on() throws Exception {
        Assembler a = new Assembler(16, CODE);
        signal(a, 1);
        Label loop = a.mark();
        a.inc(mem(DATA).dword()).jmp(loop);
        try (Board board = new Board(1)) {
            board.load(a, CODE);
            board.realMode(0, CODE);
            int before = 0;
            for (int i = 0; i < 20; i++) {
                CompletableFuture<KvmCpu.Stop> end = board.start(0);
                if (i == 0) {
                    assertEquals(1, board.await());
                }
                while (board.get32(DATA) == before) {
                    Thread.onSpinWait();
                }
                board.cpu(0).stop();
                assertEquals(KvmCpu.Stop.STOPPED, end.get());
                before = board.get32(DATA);
            }
        }
    }

    @Test
    void a_halted_cpu_is_stopped_from_another_thread() throws Exception {
        Assembler a = new Assembler(16, CODE).cli();
        signal(a, 1);
        Label here = a.mark();
        a.hlt().jmp(here);
        try (Board board = new Board(1)) {
            board.load(a, CODE);
            board.realMode(0, CODE);
            for (int i = 0; i < 5; i++) {
                CompletableFuture<KvmCpu.Stop> end = board.start(0);
                if (i == 0) {
                    board.await();
                }
                board.cpu(0).stop();
                assertEquals(KvmCpu.Stop.STOPPED, end.get());
            }
        }
    }

    @Test
    void a_cpu_that_waits_to_be_started_is_stopped() throws Exception {
        try (Board board = new Board(2)) {
            CompletableFuture<KvmCpu.Stop> end = board.start(1);
            board.cpu(1).stop();
            assertEquals(KvmCpu.Stop.STOPPED, end.get());
        }
    }

    @Test
    void a_stop_before_the_run_ends_it_before_the_first_instruction() throws Exception {
        Assembler a = new Assembler(16, CODE).mov(mem(DATA).dword(), 1);
        AccessTest.stop(a);
        try (Board board = new Board(1)) {
            board.load(a, CODE);
            board.realMode(0, CODE);
            board.cpu(0).stop();
            assertEquals(KvmCpu.Stop.STOPPED, board.run(0));
            assertEquals(0, board.get32(DATA));
            assertEquals(KvmCpu.Stop.STOPPED, board.run(0));
            assertEquals(1, board.get32(DATA));
        }
    }

    @Test
    void what_was_read_before_a_stop_is_in_the_register_when_it_stands() throws Exception {
        // The read and the stop are one access: the window's handler stops the CPU.
        Assembler a = new Assembler(16, CODE).mov(DX, Board.STOP_PORT).inDx(AL);
        Label here = a.mark();
        a.jmp(here);
        try (Board board = new Board(1)) {
            board.load(a, CODE);
            board.realMode(0, CODE);
            board.stopOnRead = true;
            assertEquals(KvmCpu.Stop.STOPPED, board.run(0));
            assertEquals(0x5a, board.cpu(0).registers().general(0) & 0xff);
        }
    }

    @Test
    void a_triple_fault_is_a_shutdown() throws Exception {
        try (Board board = new Board(1)) {
            board.load(new Assembler(32, CODE).ud2(), CODE);
            board.protectedMode(0, CODE);
            board.cpu(0).registers().setIdt(0, 0);
            assertEquals(KvmCpu.Stop.SHUTDOWN, board.run(0), () -> "" + board.cpu(0).failure());
        }
    }

    @Test
    void code_where_no_memory_is_fails_and_says_where() throws Exception {
        try (Board board = new Board(1)) {
            board.protectedMode(0, 0x3000_0000);
            assertEquals(KvmCpu.Stop.FAILED, board.run(0));
            String failure = board.cpu(0).failure();
            assertTrue(failure.startsWith("CPU 0 at 0x30000000: KVM"), failure);
        }
    }

    @Test
    void an_nmi_reaches_its_handler() throws Exception {
        Assembler a = new Assembler(16, CODE);
        signal(a, 1);
        Label here = a.mark();
        a.hlt().jmp(here);
        Assembler handler = new Assembler(16, 0x9000).mov(AL, 2).out(Board.SIGNAL_PORT, AL);
        handler.iret(16);
        try (Board board = new Board(1)) {
            board.load(a, CODE);
            board.load(handler, 0x9000);
            board.load(new Assembler(16).dw(0x9000, 0), 2 * 4);
            board.realMode(0, CODE);
            CompletableFuture<KvmCpu.Stop> end = board.start(0);
            assertEquals(1, board.await());
            board.cpu(0).nmi();
            assertEquals(2, board.await());
            board.cpu(0).stop();
            assertEquals(KvmCpu.Stop.STOPPED, end.get());
        }
    }

    @Test
    void a_state_saved_in_the_middle_goes_on_in_another_machine() throws Exception {
        Assembler a = new Assembler(64, CODE).mov(RBX, 0x1111).mov(RCX, Board.WINDOW);
        a.movabs(R15, 0x0123_4567_89ab_cdefL).mov(RAX, 0x77).mov(mem(DATA).qword(), R15);
        a.op("F3 0F 6F /r", XMM3, mem(DATA));
        // Stops in the middle of an access.
        a.mov(DX, Board.STOP_PORT).inDx(AL);
        a.mov(mem(RCX), R15).mov(mem(RCX).plus(8), RAX);
        a.op("F3 0F 7F /r", XMM3, mem(RCX).plus(16));
        AccessTest.stop(a);
        byte[] cpu;
        byte[] chips;
        byte[] memory;
        try (Board board = new Board(1)) {
            board.load(a, CODE);
            board.longMode(0, CODE);
            board.stopOnRead = true;
            assertEquals(KvmCpu.Stop.STOPPED, board.run(0), () -> "" + board.cpu(0).failure());
            cpu = board.cpu(0).save();
            chips = board.vm.chips().save();
            memory = board.ram.segment().toArray(ValueLayout.JAVA_BYTE);
            assertEquals(List.of(), board.trace);
        }
        try (Board board = new Board(1)) {
            board.ram.segment().copyFrom(MemorySegment.ofArray(memory));
            board.cpu(0).restore(cpu);
            board.vm.chips().restore(chips);
            assertEquals(KvmCpu.Stop.STOPPED, board.run(0), () -> "" + board.cpu(0).failure());
            assertEquals(
                    List.of(
                            "mem write8 0 = 123456789abcdef",
                            "mem write8 8 = 5a",
                            "mem write8 10 = 123456789abcdef",
                            "mem write8 18 = 0"),
                    board.trace);
            assertEquals(0x1111, board.cpu(0).registers().general(3));
            assertEquals(0x500, board.cpu(0).registers().efer());
        }
    }

    @Test
    void bytes_that_are_no_state_are_refused() throws Exception {
        try (Board board = new Board(1)) {
            byte[] good = board.cpu(0).save();
            board.cpu(0).restore(good);
            byte[] strange = good.clone();
            strange[0] = 1;
            assertThrows(IOException.class, () -> board.cpu(0).restore(strange));
            byte[] later = good.clone();
            later[7] = 9;
            assertThrows(IOException.class, () -> board.cpu(0).restore(later));
            for (int length : new int[] {0, 3, 100, 5000, good.length - 1}) {
                byte[] cut = Arrays.copyOf(good, length);
                assertThrows(IOException.class, () -> board.cpu(0).restore(cut));
            }
            byte[] longer = Arrays.copyOf(good, good.length + 1);
            assertThrows(IOException.class, () -> board.cpu(0).restore(longer));
            assertThrows(IOException.class, () -> board.vm.chips().restore(new byte[7]));
        }
    }

    @Test
    void the_guests_clock_can_be_set() throws Exception {
        try (Board board = new Board(1)) {
            board.vm.setClockNs(5_000_000_000_000L);
            assertTrue(board.vm.clockNs() >= 5_000_000_000_000L);
        }
    }
}
