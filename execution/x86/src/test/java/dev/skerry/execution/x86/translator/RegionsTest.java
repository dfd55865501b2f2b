package dev.skerry.execution.x86.translator;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.execution.x86.Jit;
import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.core.CpuRig;
import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.mmu.CodePage;
import dev.skerry.execution.x86.state.Mode;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Label;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.concurrent.atomic.AtomicInteger;

/** What becomes of translations: when they are left, dropped and let go of. */
@Timeout(60)
class RegionsTest {
    private static void stop(Assembler a) {
        a.out(CpuRig.STOP_PORT, AL).hlt();
    }

    @Test
    void an_endless_loop_is_left_for_an_interrupt() {
        Assembler a = new Assembler(64, LoopGuest.CODE);
        Label again = a.mark();
        a.cmp(mem(LoopGuest.COUNTER).qword(), 0).jcc(Cond.Z, again);
        stop(a);
        try (LoopGuest guest = new LoopGuest(Jit.ON.eager(2))) {
            Thread source =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        while (!guest.isSpinning()) {
                                            Thread.onSpinWait();
                                        }
                                        guest.interruptSoon();
                                    });
            guest.run(a.bytes(), new long[16], true);
            assertEquals(1, guest.interrupts());
            assertTrue(guest.translated() > 0, "nothing was translated");
            source.interrupt();
        }
    }

    @Test
    void what_a_device_writes_over_a_loop_runs_after_the_next_epoch() {
        Assembler a = new Assembler(64, LoopGuest.CODE);
        Label again = a.mark();
        a.inc(RAX).jmp(again);
        Assembler end = new Assembler(64, LoopGuest.CODE);
        stop(end);
        try (LoopGuest guest = new LoopGuest(Jit.ON.eager(2))) {
            Thread device =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        while (!guest.isSpinning()) {
                                            Thread.onSpinWait();
                                        }
                                        guest.rig.put(LoopGuest.CODE, end.bytes());
                                        guest.rig.code.beginEpoch();
                                    });
            guest.run(a.bytes(), new long[16], false);
            assertTrue(guest.translated() > 0, "nothing was translated");
            device.interrupt();
        }
    }

    @Test
    void a_region_whose_second_block_changed_is_translated_again() {
        Assembler a = new Assembler(64, LoopGuest.CODE);
        a.mov(R15D, 40).mov(R8, LoopGuest.CODE);
        // A jump to what follows: so that block is the first one to run a second time.
        a.raw(0xeb, 0);
        int begin = a.bytes().length;
        Label end = a.label();
        Label unchanged = a.label();
        a.cmp(R15D, 20).jcc(Cond.NZ, unchanged);
        a.lea(RSI, mem(unchanged)).mov(mem(RSI).plus(1), R15D);
        a.bind(unchanged);
        a.raw(0xb9, 1, 2, 3, 4); // mov ecx, imm32
        // By a register, which leaves the region.
        a.dec(R15D).jcc(Cond.Z, end).lea(R9, mem(R8).plus(begin)).jmp(R9);
        a.bind(end);
        stop(a);
        try (LoopGuest guest = new LoopGuest(Jit.ON.eager(2))) {
            guest.run(a.bytes(), new long[16], false);
            assertEquals(20, guest.s.gpr[1]);
            long place = LoopGuest.CODE + begin;
            CodePage page = guest.rig.core.mmu.peekCodePage(place);
            Block block = page.find((int) place & 0xfff, Mode.LONG);
            assertTrue(block.translation != null, "not translated");
            assertFalse(block.translation.isStale(), "the translation that is gone was kept");
        }
    }

    @Test
    void a_repeated_string_faults_with_what_it_has_done() {
        Assembler handler = new Assembler(64, LoopGuest.HANDLERS);
        handler.mov(mem(R12), RCX).mov(mem(R12).plus(8), RDI).add(R12, 16);
        handler.mov(RDI, LoopGuest.DATA).add(RSP, 8).iret(64);
        int rounds = 20;
        Assembler a = new Assembler(64, LoopGuest.CODE);
        a.mov(R15D, rounds);
        Label again = a.mark();
        a.mov(RDI, LoopGuest.MAPPED_END - 10).mov(ECX, 16).mov(EAX, 0x55);
        a.raw(0xf3, 0xaa); // rep stosb
        a.dec(R15D).jcc(Cond.NZ, again);
        stop(a);
        try (LoopGuest guest = new LoopGuest(Jit.ON.eager(2))) {
            guest.rig.put(LoopGuest.HANDLERS, handler.bytes());
            guest.run(a.bytes(), new long[16], false);
            assertEquals(16 * rounds, guest.faults());
            for (int i = 0; i < rounds; i++) {
                assertEquals(6, guest.fault(i, 0), "RCX");
                assertEquals(LoopGuest.MAPPED_END, guest.fault(i, 1), "RDI");
            }
            assertEquals(0x5555_5555_5555L, guest.rig.get64(LoopGuest.DATA));
            assertTrue(guest.translated() > 4 * rounds, "translated " + guest.translated());
        }
    }

    @Test
    void no_more_translations_are_kept_than_there_may_be() {
        Assembler a = new Assembler(64, LoopGuest.CODE);
        a.mov(ECX, 20);
        Label again = a.mark();
        for (int i = 0; i < 40; i++) {
            // WBINVD ends a region: each piece is one of its own.
            a.add(RBX, i).wbinvd();
        }
        a.dec(ECX).jcc(Cond.NZ, again);
        stop(a);
        Jit few = new Jit(Jit.Mode.ON, 2, false, 8);
        try (LoopGuest guest = new LoopGuest(few)) {
            guest.run(a.bytes(), new long[16], false);
            assertEquals(20 * 780, guest.s.gpr[3]);
            assertTrue(guest.translator.made() > 40, "made " + guest.translator.made());
            assertTrue(guest.translator.kept() <= 8, "kept " + guest.translator.kept());
        }
    }

    @Test
    void a_referee_that_does_something_else_is_noticed() {
        Assembler a = new Assembler(64, LoopGuest.CODE);
        a.mov(ECX, 20);
        Label again = a.mark();
        a.dec(ECX).jcc(Cond.NZ, again);
        stop(a);
        AtomicInteger asked = new AtomicInteger();
        try (LoopGuest guest = new LoopGuest(Jit.ON.eager(2))) {
            guest.run(a.bytes(), new long[16], false);
            Region region = guest.translator.first();
            guest.s.rip = guest.placeOf(region);
            guest.s.gpr[1] = 3;
            Core core = guest.rig.core;
            Checker lazy = new Checker(core, n -> asked.incrementAndGet());
            AssertionError found = assertThrows(AssertionError.class, () -> lazy.run(region));
            assertEquals(1, asked.get());
            assertTrue(found.getMessage().contains("rip"), found.getMessage());
        }
    }

    @Test
    void random_loops_pass_the_check() {
        for (long seed = 1; seed <= 40; seed++) {
            byte[] program = new RandomLoop(seed, seed % 2 == 0).program();
            Jit check = new Jit(Jit.Mode.CHECK, 4, false, 100);
            try (LoopGuest guest = new LoopGuest(check)) {
                guest.run(program, new long[16], false);
            }
        }
    }
}
