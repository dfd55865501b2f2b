package dev.skerry.execution.kvm;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.EventFd;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.asm.Seg;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Interrupts by lines, messages and event counters, to CPUs that sleep. Guests in real mode. */
@Timeout(120)
final class InterruptTest {
    private static final int CODE = 0x8000;
    private static final int HANDLER = 0x9000;
    private static final int DATA = 0x6000;
    private static final int VECTOR = 0x48;
    private static final int LINE = 11;
    private static final int SLEEPING = 1;
    private static final int INTERRUPTED = 2;
    private static final int WOKEN = 3;
    private static final int STARTED = 4;

    private static Assembler signal(Assembler a, int value) {
        return a.mov(AL, value).out(Board.SIGNAL_PORT, AL);
    }

    private static Assembler writeMsr(Assembler a, int msr, long value) {
        return a.mov(ECX, msr).mov(EAX, (int) value).mov(EDX, (int) (value >>> 32)).wrmsr();
    }

    /** x2APIC mode, and on. */
    private static Assembler apicOn(Assembler a) {
        a.mov(ECX, 0x1b).rdmsr().or(EAX, 0xc00).wrmsr();
        return writeMsr(a, 0x80f, 0x1ff);
    }

    private static void out8(Assembler a, int port, int value) {
        a.mov(AL, value);
        if (port < 0x100) {
            a.out(port, AL);
        } else {
            a.mov(DX, port).outDx(AL);
        }
    }

    /** Both 8259s from vector 0x40 on, with only a level-triggered line 11 open. */
    private static Assembler picOn(Assembler a) {
        int[][] writes = {
            {0x20, 0x11},
            {0x21, 0x40},
            {0x21, 4},
            {0x21, 1},
            {0xa0, 0x11},
            {0xa1, 0x48},
            {0xa1, 2},
            {0xa1, 1},
            {0x21, 0xfb},
            {0xa1, 0xf7},
            {0x4d1, 8}
        };
        for (int[] write : writes) {
            out8(a, write[0], write[1]);
        }
        return a;
    }

    /** Sleeps with interrupts on, and says so before and after. */
    private static Assembler sleeper(Assembler a) {
        Label again = a.mark();
        a.cli();
        signal(a, SLEEPING);
        a.sti().hlt().cli();
        signal(a, WOKEN);
        return a.jmp(again);
    }

    private static void handler(Board board, int vector, int at, Assembler handler) {
        board.load(handler, at);
        board.load(new Assembler(16).dw(at, 0), vector * 4L);
    }

    /** Counts, says so, and ends the interrupt at both 8259s. */
    private static Assembler picHandler() {
        Assembler a = new Assembler(16, HANDLER).inc(mem(DATA).dword());
        signal(a, INTERRUPTED);
        out8(a, 0xa0, 0x20);
        out8(a, 0x20, 0x20);
        return a.iret(16);
    }

    private static Board picBoard() throws Exception {
        Board board = new Board(1);
        board.load(sleeper(picOn(new Assembler(16, CODE).cli())), CODE);
        handler(board, VECTOR + LINE - 8, HANDLER, picHandler());
        board.realMode(0, CODE);
        return board;
    }

    @Test
    void a_line_wakes_a_sleeping_cpu_through_the_8259() throws Exception {
        try (Board board = picBoard()) {
            InterruptChips chips = board.vm.chips();
            // As a device does whose register the handler reads: the line is down before the end of
            // interrupt, so there is no second interrupt and no spurious one.
            board.answer =
                    signal -> {
                        if (signal == INTERRUPTED) {
                            chips.setLine(LINE, false);
                        }
                    };
            CompletableFuture<KvmCpu.Stop> end = board.start(0);
            for (int i = 1; i <= 3; i++) {
                assertEquals(SLEEPING, board.await());
                chips.setLine(LINE, true);
                assertEquals(INTERRUPTED, board.await());
                assertEquals(WOKEN, board.await());
                assertEquals(i, board.get32(DATA));
            }
            board.cpu(0).stop();
            assertEquals(KvmCpu.Stop.STOPPED, end.get());
        }
    }

    @Test
    void an_event_counter_raises_a_line_and_hears_of_the_end_of_interrupt() throws Exception {
        try (Board board = picBoard();
                EventFd trigger = EventFd.create();
                EventFd resample = EventFd.create()) {
            CompletableFuture<KvmCpu.Stop> end = board.start(0);
            try (InterruptChips.Connection _ = board.vm.chips().connect(LINE, trigger, resample)) {
                for (int i = 1; i <= 3; i++) {
                    assertEquals(SLEEPING, board.await());
                    assertEquals(0, resample.drain(), "nothing has been ended yet");
                    trigger.signal();
                    assertEquals(INTERRUPTED, board.await());
                    assertEquals(WOKEN, board.await(), "the kernel lowered the line");
                    assertEquals(1, resample.drain());
                    assertEquals(i, board.get32(DATA));
                }
                // A device that still wants the interrupt answers the resample by another signal.
                assertEquals(SLEEPING, board.await());
                trigger.signal();
                assertEquals(INTERRUPTED, board.await());
                assertEquals(WOKEN, board.await());
                assertEquals(1, resample.drain());
                trigger.signal();
                assertEquals(SLEEPING, board.await());
                assertEquals(INTERRUPTED, board.await());
                assertEquals(WOKEN, board.await());
                assertEquals(5, board.get32(DATA));
            }
            assertEquals(SLEEPING, board.await());
            trigger.signal();
            board.cpu(0).stop();
            assertEquals(KvmCpu.Stop.STOPPED, end.get());
            assertEquals(5, board.get32(DATA), "the connection is closed");
        }
    }

    @Test
    void messages_come_at_once_and_by_event_counters() throws Exception {
        Assembler handler = signal(new Assembler(16, HANDLER), INTERRUPTED);
        writeMsr(handler, 0x80b, 0).iret(16);
        try (Board board = new Board(1);
                EventFd trigger = EventFd.create()) {
            board.load(sleeper(apicOn(new Assembler(16, CODE).cli())), CODE);
            handler(board, VECTOR, HANDLER, handler);
            handler(board, VECTOR + 1, HANDLER + 0x100, handlerAt(HANDLER + 0x100));
            board.realMode(0, CODE);
            CompletableFuture<KvmCpu.Stop> end = board.start(0);
            assertEquals(SLEEPING, board.await());
            assertTrue(board.vm.chips().send(0xfee0_0000L, VECTOR));
            assertEquals(INTERRUPTED, board.await());
            assertEquals(WOKEN, board.await());
            assertFalse(board.vm.chips().send(0xfee0_5000L, VECTOR), "there is no CPU 5");
            int gsi = board.vm.chips().routing().add(0xfee0_0000L, VECTOR);
            try (InterruptChips.Connection _ = board.vm.chips().connect(gsi, trigger)) {
                assertEquals(SLEEPING, board.await());
                trigger.signal();
                assertEquals(INTERRUPTED, board.await());
                assertEquals(WOKEN, board.await());
                board.vm.chips().routing().change(gsi, 0xfee0_0000L, VECTOR + 1);
                assertEquals(SLEEPING, board.await());
                trigger.signal();
                assertEquals(STARTED, board.await());
                assertEquals(WOKEN, board.await());
            }
            board.vm.chips().routing().remove(gsi);
            board.cpu(0).stop();
            assertEquals(KvmCpu.Stop.STOPPED, end.get());
        }
    }

    private static Assembler handlerAt(int gpa) {
        return writeMsr(signal(new Assembler(16, gpa), STARTED), 0x80b, 0).iret(16);
    }

    @Test
    void the_timer_in_the_kernel_interrupts_on_line_0() throws Exception {
        Assembler a = picOn(new Assembler(16, CODE).cli());
        out8(a, 0x21, 0xfe);
        // Channel 0, mode 2, every 0x1000 ticks.
        out8(a, 0x43, 0x34);
        out8(a, 0x40, 0x00);
        out8(a, 0x40, 0x10);
        try (Board board = new Board(1)) {
            board.load(sleeper(a), CODE);
            Assembler tick = signal(new Assembler(16, HANDLER), INTERRUPTED);
            out8(tick, 0x20, 0x20);
            handler(board, 0x40, HANDLER, tick.iret(16));
            board.realMode(0, CODE);
            CompletableFuture<KvmCpu.Stop> end = board.start(0);
            for (int i = 0; i < 3; i++) {
                assertEquals(SLEEPING, board.await());
                assertEquals(INTERRUPTED, board.await());
                int next = board.await();
                while (next == INTERRUPTED) {
                    next = board.await();
                }
                assertEquals(WOKEN, next);
            }
            board.cpu(0).stop();
            assertEquals(KvmCpu.Stop.STOPPED, end.get());
        }
    }

    @Test
    void a_doorbell_rings_without_an_exit() throws Exception {
        Assembler a = new Assembler(64, CODE).mov(RBX, Board.WINDOW).mov(EAX, 7);
        a.mov(mem(RBX).plus(0x80), EAX).mov(mem(RBX).plus(0x84), EAX);
        a.mov(DX, Board.PORTS + 0x10).outDx(AX).outDx(AL);
        AccessTest.stop(a);
        try (Board board = new Board(1);
                EventFd memory = EventFd.create();
                EventFd port = EventFd.create();
                InterruptChips.Connection _ =
                        board.vm.connectDoorbell(false, Board.WINDOW + 0x80, 4, null, memory);
                InterruptChips.Connection _ =
                        board.vm.connectDoorbell(true, Board.PORTS + 0x10, 2, 7L, port)) {
            board.load(a, CODE);
            board.longMode(0, CODE);
            assertEquals(KvmCpu.Stop.STOPPED, board.run(0), () -> "" + board.cpu(0).failure());
            assertEquals(List.of("mem write4 84 = 7", "port write1 10 = 7"), board.trace);
            assertEquals(1, memory.drain());
            assertEquals(1, port.drain());
        }
    }

    @Test
    void two_cpus_start_and_interrupt_each_other() throws Exception {
        int startup = 0xb000;
        Assembler a = apicOn(new Assembler(16, CODE).cli());
        writeMsr(a, 0x830, 1L << 32 | 0x4500);
        writeMsr(a, 0x830, 1L << 32 | 0x4600 | startup >> 12);
        Label wait = a.mark();
        a.cmp(mem(DATA).dword(), 1).jcc(Cond.NE, wait);
        // The other one sleeps or is about to; the interrupt wakes it either way.
        writeMsr(a, 0x830, 1L << 32 | VECTOR);
        sleeper(a);
        Assembler other = new Assembler(16, 0).xor(AX, AX).mov(Seg.DS, AX).mov(Seg.SS, AX);
        other.mov(SP, 0x5000);
        apicOn(other).mov(mem(DATA).dword(), 1).sti();
        Label sleep = other.mark();
        other.hlt().jmp(sleep);
        // Runs on the second CPU, and interrupts the first.
        Assembler handler = signal(new Assembler(16, HANDLER), STARTED);
        writeMsr(handler, 0x830, VECTOR + 1);
        writeMsr(handler, 0x80b, 0).iret(16);
        Assembler answer = signal(new Assembler(16, HANDLER + 0x100), INTERRUPTED);
        writeMsr(answer, 0x80b, 0).iret(16);
        try (Board board = new Board(2)) {
            board.load(a, CODE);
            board.load(other, startup);
            handler(board, VECTOR, HANDLER, handler);
            handler(board, VECTOR + 1, HANDLER + 0x100, answer);
            board.realMode(0, CODE);
            CompletableFuture<KvmCpu.Stop> second = board.start(1);
            CompletableFuture<KvmCpu.Stop> first = board.start(0);
            Set<Integer> seen = new HashSet<>();
            while (!seen.contains(WOKEN)) {
                seen.add(board.await());
            }
            assertEquals(Set.of(SLEEPING, STARTED, INTERRUPTED, WOKEN), seen);
            board.cpu(0).stop();
            board.cpu(1).stop();
            assertEquals(KvmCpu.Stop.STOPPED, first.get());
            assertEquals(KvmCpu.Stop.STOPPED, second.get());
        }
    }

    @Test
    void a_reset_forgets_what_was_programmed() throws Exception {
        try (Board board = picBoard()) {
            byte[] before = board.vm.chips().save();
            CompletableFuture<KvmCpu.Stop> end = board.start(0);
            assertEquals(SLEEPING, board.await());
            board.cpu(0).stop();
            end.get();
            assertFalse(Arrays.equals(before, board.vm.chips().save()));
            board.vm.chips().reset();
            byte[] after = board.vm.chips().save();
            // The timer's channels carry the time they were loaded at; the rest is as it was.
            int chips = 3 * 520;
            assertEquals(
                    -1, Arrays.mismatch(Arrays.copyOf(before, chips), Arrays.copyOf(after, chips)));
        }
    }
}
