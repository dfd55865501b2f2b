package dev.skerry.execution.x86;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.execution.x86.apic.ApicBus;
import dev.skerry.execution.x86.apic.InterruptController;
import dev.skerry.execution.x86.time.HostClock;
import dev.skerry.execution.x86.time.ManualClock;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.asm.Seg;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Guests of a few instructions, in real mode, with the local APIC by its MSRs. */
@Timeout(120)
final class CpuTest {
    private static final int CODE = 0x1000;
    private static final int HANDLER = 0x3000;
    private static final int STARTUP = 0x8000;
    private static final int DATA = 0x6000;
    private static final int SELF_IPI = 0x83f;

    private final ManualClock clock = new ManualClock(1_000);

    /** A program that begins by setting up a stack. */
    private static Assembler program() {
        return stack(new Assembler(16, CODE), 0x7000);
    }

    private static Assembler stack(Assembler a, int top) {
        return a.cli().mov(AX, 0).mov(Seg.SS, AX).mov(SP, top);
    }

    private static void writeMsr(Assembler a, int msr, long value) {
        a.mov(ECX, msr).mov(EAX, (int) value).mov(EDX, (int) (value >>> 32)).wrmsr();
    }

    /** x2APIC mode, and on. */
    private static void apicOn(Assembler a) {
        a.mov(ECX, 0x1b).rdmsr().or(EAX, 0xc00).wrmsr();
        writeMsr(a, 0x80f, 0x1ff);
    }

    private static void signal(Assembler a, int value) {
        a.mov(AL, value).out(Board.SIGNAL_PORT, AL);
    }

    private static void stop(Assembler a) {
        Label here = a.out(Board.STOP_PORT, AL).mark();
        a.jmp(here);
    }

    private static void halt(Assembler a) {
        Label here = a.mark();
        a.hlt().jmp(here);
    }

    /** Counts at DATA and ends the interrupt. */
    private static Assembler countingHandler() {
        Assembler a = new Assembler(16, HANDLER).inc(mem(DATA).dword());
        writeMsr(a, 0x80b, 0);
        return a;
    }

    private Board board(int count, Assembler... programs) {
        Board board = new Board(count, clock, InterruptController.NONE);
        for (Assembler program : programs) {
            board.load(program);
        }
        board.begin(CODE);
        return board;
    }

    @Test
    void it_begins_at_the_reset_vector_with_the_manuals_registers() throws Exception {
        try (Board board = board(1)) {
            CpuRegisters r = board.cpu(0).registers();
            assertEquals(0xfff0, r.rip());
            assertEquals(2, r.rflags());
            assertEquals(0x6000_0010, r.control(0));
            assertEquals(0x106ca, r.general(2), "EDX says what CPU it is");
            assertEquals(0xf000, r.selector(CpuRegisters.SegmentName.CS));
            assertEquals(0xffff_0000L, r.base(CpuRegisters.SegmentName.CS));
            assertEquals(0xffff, r.limit(CpuRegisters.SegmentName.TR));
        }
        Assembler a = program().mov(mem(DATA).dword(), 0x1234_5678);
        stop(a);
        try (Board board = board(1, a)) {
            assertEquals(Cpu.Stop.STOPPED, board.run());
            assertEquals(0x1234_5678, board.get32(DATA));
            assertEquals(0, board.cpu(0).registers().selector(CpuRegisters.SegmentName.CS));
            Cpu.Counters counters = board.cpu(0).counters();
            assertTrue(counters.instructions() >= 6, counters.toString());
            assertTrue(counters.blocksDecoded() >= 2, counters.toString());
            assertEquals(0, counters.unknownInstructions());
        }
    }

    @Test
    void a_halted_cpu_is_stopped_from_another_thread_and_goes_on() throws Exception {
        Assembler a = program();
        signal(a, 1);
        halt(a);
        try (Board board = board(1, a)) {
            CompletableFuture<Cpu.Stop> first = board.start(0);
            assertEquals(1, board.signal());
            board.cpu(0).stop();
            assertEquals(Cpu.Stop.STOPPED, first.get(60, TimeUnit.SECONDS));
            CompletableFuture<Cpu.Stop> second = board.start(0);
            board.cpu(0).stop();
            assertEquals(Cpu.Stop.STOPPED, second.get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void a_stop_before_the_run_ends_it_at_once() throws Exception {
        try (Board board = board(1)) {
            board.cpu(0).stop();
            assertEquals(Cpu.Stop.STOPPED, board.cpu(0).run());
            assertEquals(0, board.cpu(0).counters().instructions());
        }
    }

    @Test
    void a_reset_forgets_interrupts_but_not_that_it_is_to_stop() throws Exception {
        Assembler a = program().mov(mem(DATA).dword(), 1);
        stop(a);
        try (Board board = board(1, a)) {
            board.cpu(0).nmi();
            board.cpu(0).stop();
            board.cpu(0).reset();
            assertEquals(Cpu.Stop.STOPPED, board.cpu(0).run());
            assertEquals(0, board.get32(DATA), "it stopped before the first instruction");
            // An NMI would go to 0:0, where there are zeros, and never stop.
            assertEquals(Cpu.Stop.STOPPED, board.run());
            assertEquals(1, board.get32(DATA));
        }
    }

    @Test
    void an_interrupted_thread_is_given_back_interrupted() throws Exception {
        Assembler a = program();
        signal(a, 1);
        halt(a);
        try (Board board = board(1, a)) {
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            Thread thread =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        board.cpu(0).run();
                                        interrupted.complete(Thread.interrupted());
                                    });
            board.signal();
            thread.interrupt();
            assertTrue(interrupted.get(60, TimeUnit.SECONDS));
            thread.join();
        }
    }

    @Test
    void two_threads_cannot_run_it() throws Exception {
        Assembler a = program();
        signal(a, 1);
        halt(a);
        try (Board board = board(1, a)) {
            board.start(0);
            board.signal();
            assertThrows(IllegalStateException.class, () -> board.cpu(0).run());
        }
    }

    @Test
    void a_triple_fault_is_a_shutdown_and_a_reset_begins_again() throws Exception {
        Assembler a = program().inc(mem(DATA).dword());
        Label table = a.label("table");
        a.lidt(mem(table)).int3();
        a.bind(table).dw(0).dd(0);
        try (Board board = board(1, a)) {
            assertEquals(Cpu.Stop.SHUTDOWN, board.run());
            board.cpu(0).reset();
            assertEquals(Cpu.Stop.SHUTDOWN, board.run());
            assertEquals(2, board.get32(DATA));
        }
    }

    @Test
    void a_deadline_wakes_a_halted_cpu_again_and_again() throws Exception {
        Assembler a = program();
        apicOn(a);
        writeMsr(a, 0x832, 2 << 17 | 0x40);
        Label again = a.mark();
        a.cli().rdtsc().add(EAX, 20_000).adc(EDX, 0).mov(ECX, 0x6e0).wrmsr();
        a.sti().hlt().cmp(mem(DATA).dword(), 50).jcc(Cond.NE, again);
        stop(a);
        Assembler handler = countingHandler().iret(16);
        try (HostClock host = new HostClock("clock")) {
            Board board = new Board(1, host, InterruptController.NONE);
            try (board) {
                board.load(a);
                board.load(handler);
                board.begin(CODE);
                board.vector(0x40, HANDLER);
                host.start();
                assertEquals(Cpu.Stop.STOPPED, board.run());
                assertEquals(50, board.get32(DATA));
            }
        }
    }

    @Test
    void the_time_stamp_is_the_machines_clock() throws Exception {
        Assembler a = program().rdtsc().mov(mem(DATA), EAX).mov(mem(DATA + 4), EDX);
        a.mov(ECX, 0x10).rdmsr().mov(mem(DATA + 8), EAX).mov(mem(DATA + 12), EDX);
        stop(a);
        clock.advance(0x12_3456_7890L);
        try (Board board = board(1, a)) {
            board.run();
            assertEquals(0x12_3456_7890L + 1000, board.get64(DATA));
            assertEquals(0x12_3456_7890L + 1000, board.get64(DATA + 8));
        }
    }

    @Test
    void cpuid_and_unknown_msrs_answer_in_the_guest() throws Exception {
        Assembler a = program().mov(EAX, 0x8000_0008L).cpuid().mov(mem(DATA), EAX);
        a.mov(EAX, 0).cpuid().mov(mem(DATA + 4), EBX).mov(mem(DATA + 8), EDX);
        a.mov(mem(DATA + 12), ECX).mov(ECX, 0x1234).rdmsr();
        // General protection: the handler never returns.
        Assembler handler = new Assembler(16, HANDLER).mov(mem(DATA + 16).dword(), 0xdead);
        stop(handler);
        try (Board board = board(1, a, handler)) {
            board.vector(13, HANDLER);
            board.run();
            assertEquals(0x3028, board.get32(DATA));
            assertEquals("GenuineIntel", text(board.ram(), DATA + 4, 12));
            assertEquals(0xdead, board.get32(DATA + 16));
        }
    }

    private static String text(MemorySegment ram, long at, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ram.get(ValueLayout.JAVA_BYTE, at + i));
        }
        return text.toString();
    }

    @Test
    void an_unknown_instruction_is_counted_and_logged() throws Exception {
        Assembler a = program().raw(0x0f, 0x0a, 0x90);
        Assembler handler = new Assembler(16, HANDLER);
        stop(handler);
        try (Board board = board(1, a, handler)) {
            board.vector(6, HANDLER);
            board.run();
            assertEquals(1, board.cpu(0).counters().unknownInstructions());
            assertTrue(board.log().contains("0f 0a 90"), board.log());
            assertTrue(board.log().contains("cpu0"), board.log());
        }
    }

    @Test
    void an_nmi_wakes_a_halted_cpu_whose_interrupts_are_off() throws Exception {
        Assembler a = program();
        signal(a, 1);
        halt(a);
        Assembler handler = new Assembler(16, HANDLER).mov(mem(DATA).dword(), 2);
        stop(handler);
        try (Board board = board(1, a, handler)) {
            board.vector(2, HANDLER);
            CompletableFuture<Cpu.Stop> end = board.start(0);
            board.signal();
            board.processors.bus().deliver(0, false, ApicBus.FIXED, 0x40, false);
            board.cpu(0).nmi();
            assertEquals(Cpu.Stop.STOPPED, end.get(60, TimeUnit.SECONDS));
            assertEquals(2, board.get32(DATA));
        }
    }

    @Test
    void the_interrupt_controllers_line_asks_for_its_vector() throws Exception {
        Assembler a = program();
        signal(a, 1);
        a.sti();
        halt(a);
        Assembler handler = new Assembler(16, HANDLER).inc(mem(DATA).dword());
        signal(handler, 2);
        handler.cmp(mem(DATA).dword(), 3);
        Label last = handler.label("last");
        handler.jcc(Cond.E, last).iret(16).bind(last);
        stop(handler);
        Cpu[] cpu = new Cpu[1];
        InterruptController controller =
                () -> {
                    cpu[0].setInterruptLine(false);
                    return 0x20;
                };
        try (Board board = new Board(1, clock, controller)) {
            cpu[0] = board.cpu(0);
            board.load(a);
            board.load(handler);
            board.begin(CODE);
            board.vector(0x20, HANDLER);
            board.cpu(0).apic().useVirtualWire();
            CompletableFuture<Cpu.Stop> end = board.start(0);
            board.signal();
            for (int i = 0; i < 3; i++) {
                board.cpu(0).setInterruptLine(true);
                assertEquals(2, board.signal());
            }
            assertEquals(Cpu.Stop.STOPPED, end.get(60, TimeUnit.SECONDS));
            assertEquals(3, board.get32(DATA));
        }
    }

    /** The usual sequence to all others, as in the MultiProcessor Specification, appendix B.4. */
    private static void startOthers(Assembler a) {
        writeMsr(a, 0x830, 0xc_4500);
        writeMsr(a, 0x830, 0xc_4600 | STARTUP >> 12);
        writeMsr(a, 0x830, 0xc_4600 | STARTUP >> 12);
    }

    @Test
    void other_cpus_wait_until_the_first_starts_them() throws Exception {
        int count = 4;
        Assembler a = program();
        apicOn(a);
        startOthers(a);
        Label wait = a.mark();
        a.pause().cmp(mem(DATA).dword(), count - 1).jcc(Cond.NE, wait);
        stop(a);
        Assembler other = new Assembler(16, STARTUP);
        other.mov(EAX, 1).cpuid().shr(EBX, 24);
        other.mov(AX, Seg.CS).mov(mem(BX).plus(DATA + 0x100), AH);
        other.lock().inc(mem(DATA).dword());
        halt(other);
        try (Board board = board(count, a, other)) {
            // The startup page is the code segment; data is addressed from 0.
            assertTrue(board.cpu(1).registers().isWaitingForStartup());
            assertEquals(Cpu.Stop.STOPPED, board.run());
            assertEquals(count - 1, board.get32(DATA));
            assertEquals(0x0808_0800, board.get32(DATA + 0x100), "CS is the message's page");
            assertEquals(false, board.cpu(3).registers().isWaitingForStartup());
        }
    }

    @Test
    void two_cpus_interrupt_each_other_and_lose_none() throws Exception {
        int rounds = 3000;
        Assembler a = program();
        apicOn(a);
        startOthers(a);
        Label ready = a.mark();
        a.pause().cmp(mem(DATA + 8).dword(), 0).jcc(Cond.E, ready);
        Label again = a.mark();
        a.cli();
        writeMsr(a, 0x830, 1L << 32 | 0x40);
        // The answer is the interrupt that ends this halt.
        Label answered = a.mark();
        a.sti().hlt().cli().mov(EAX, mem(DATA)).cmp(EAX, mem(DATA + 4)).jcc(Cond.NE, answered);
        a.inc(mem(DATA + 4).dword()).cmp(mem(DATA).dword(), rounds).jcc(Cond.B, again);
        stop(a);
        Assembler answer = countingHandler().iret(16);
        Assembler other = stack(new Assembler(16, STARTUP), 0x5000);
        apicOn(other);
        other.mov(mem(DATA + 8).dword(), 1).sti();
        halt(other);
        Assembler question = new Assembler(16, HANDLER + 0x100);
        writeMsr(question, 0x80b, 0);
        writeMsr(question, 0x830, 0x41);
        question.iret(16);
        try (Board board = board(2, a, answer, other, question)) {
            board.vector(0x41, HANDLER);
            board.vector(0x40, HANDLER + 0x100);
            board.put32(DATA + 4, 1);
            assertEquals(Cpu.Stop.STOPPED, board.run());
            assertEquals(rounds, board.get32(DATA));
        }
    }

    @Test
    void init_stops_a_running_cpu_and_leaves_its_msrs() throws Exception {
        Assembler a = program();
        apicOn(a);
        startOthers(a);
        Label ready = a.mark();
        a.pause().cmp(mem(DATA).dword(), 1).jcc(Cond.NE, ready);
        startOthers(a);
        Label twice = a.mark();
        a.pause().cmp(mem(DATA).dword(), 2).jcc(Cond.NE, twice);
        stop(a);
        Assembler other = new Assembler(16, STARTUP);
        other.mov(ECX, 0x174).rdmsr().add(mem(DATA + 4), EAX);
        writeMsr(other, 0x174, 0x77);
        other.inc(mem(DATA).dword());
        Label spin = other.mark();
        other.jmp(spin);
        try (Board board = board(2, a, other)) {
            board.run();
            assertEquals(0x77, board.get32(DATA + 4));
        }
    }

    /**
     * Interrupts itself and mixes numbers so that no difference is lost. Half way it waits, with an
     * interrupt pending, until DATA + 8 is set.
     */
    private static Assembler mixing(int rounds) {
        Assembler a = program();
        apicOn(a);
        Label again = a.mark();
        a.imul(EBX, EBX, 0x41c6_4e6d).add(EBX, 12345);
        a.cli();
        writeMsr(a, SELF_IPI, 0x40);
        a.sti().nop().cmp(mem(DATA).dword(), rounds / 2).jcc(Cond.NE, again);
        a.cli();
        writeMsr(a, SELF_IPI, 0x40);
        signal(a, 1);
        Label held = a.mark();
        a.pause().cmp(mem(DATA + 8).dword(), 0).jcc(Cond.E, held);
        Label rest = a.mark();
        a.imul(EBX, EBX, 0x41c6_4e6d).add(EBX, 12345).cli();
        writeMsr(a, SELF_IPI, 0x40);
        a.sti().nop().cmp(mem(DATA).dword(), rounds).jcc(Cond.B, rest);
        a.mov(mem(DATA + 4), EBX);
        stop(a);
        return a;
    }

    @Test
    void a_saved_cpu_goes_on_elsewhere_as_if_nothing_had_been() throws Exception {
        int rounds = 100;
        Assembler handler = countingHandler().iret(16);
        int expected;
        try (Board whole = board(1, mixing(rounds), handler)) {
            whole.vector(0x40, HANDLER);
            whole.put32(DATA + 8, 1);
            whole.run();
            expected = whole.get32(DATA + 4);
        }
        try (Board from = board(1, mixing(rounds), handler)) {
            from.vector(0x40, HANDLER);
            CompletableFuture<Cpu.Stop> end = from.start(0);
            from.signal();
            from.cpu(0).stop();
            end.get(60, TimeUnit.SECONDS);
            byte[] state = from.cpu(0).save();
            assertArrayEquals(state, from.cpu(0).save(), "saving changes nothing");
            try (Board to = new Board(1, new ManualClock(77), InterruptController.NONE)) {
                MemorySegment.copy(from.ram(), 0, to.ram(), 0, Board.RAM_BYTES);
                to.put32(DATA + 8, 1);
                to.cpu(0).restore(state);
                assertArrayEquals(state, to.cpu(0).save());
                assertEquals(Cpu.Stop.STOPPED, to.run());
                assertEquals(expected, to.get32(DATA + 4));
            }
        }
    }

    @Test
    void a_waiting_cpu_is_saved_waiting() throws Exception {
        try (Board from = board(2);
                Board to = board(2)) {
            to.cpu(0).restore(from.cpu(1).save());
            assertTrue(to.cpu(0).registers().isWaitingForStartup());
        }
    }

    @Test
    void a_state_that_is_none_is_refused() throws Exception {
        try (Board board = board(1)) {
            Cpu cpu = board.cpu(0);
            byte[] good = cpu.save();
            byte[] magic = good.clone();
            magic[0] ^= 1;
            assertTrue(refusal(cpu, magic).contains("SKCP"));
            byte[] version = good.clone();
            version[7] = 9;
            assertTrue(refusal(cpu, version).contains("version 9, wanted 1"));
            assertTrue(refusal(cpu, Arrays.copyOf(good, good.length + 1)).contains("longer"));
            for (int length = 0; length < good.length; length += 7) {
                byte[] cut = Arrays.copyOf(good, length);
                assertThrows(IOException.class, () -> cpu.restore(cut));
            }
            cpu.restore(good);
            assertArrayEquals(good, cpu.save());
        }
    }

    private static String refusal(Cpu cpu, byte[] state) {
        return assertThrows(IOException.class, () -> cpu.restore(state)).getMessage();
    }

    @Test
    void a_loader_enters_protected_mode_without_firmware() throws Exception {
        Assembler a = new Assembler(32, 0x20000).mov(mem(DATA).dword(), 7);
        a.mov(mem(0xfee0_0080L).dword(), 0x30).mov(EAX, mem(0xfee0_0080L)).mov(mem(DATA + 4), EAX);
        stop(a);
        try (Board board = board(1, a)) {
            CpuRegisters r = board.cpu(0).registers();
            r.setControl(0, 0x11);
            for (CpuRegisters.SegmentName name :
                    new CpuRegisters.SegmentName[] {
                        CpuRegisters.SegmentName.DS,
                        CpuRegisters.SegmentName.ES,
                        CpuRegisters.SegmentName.SS
                    }) {
                r.setSegment(name, 0x18, 0, 0xffff_ffffL, 0xc093);
            }
            r.setSegment(CpuRegisters.SegmentName.CS, 0x10, 0, 0xffff_ffffL, 0xc09b);
            r.setRip(0x20000);
            assertEquals(Cpu.Stop.STOPPED, board.run());
            assertEquals(7, board.get32(DATA));
            assertEquals(0x30, board.get32(DATA + 4));
        }
    }

    @Test
    void a_machine_has_1_to_255_cpus() {
        for (int count : new int[] {0, -1, 256}) {
            assertThrows(IllegalArgumentException.class, () -> board(count));
        }
    }
}
