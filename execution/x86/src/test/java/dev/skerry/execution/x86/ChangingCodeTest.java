package dev.skerry.execution.x86;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Gp;
import dev.skerry.verify.asm.Label;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One CPU changes code that another runs translated: Intel SDM 3A, section 9.1.3. A function returns
 * the number that is its one immediate, which is what is changed. A page is translated anew a few
 * times only, so there are many pages with a function each.
 */
@Timeout(120)
class ChangingCodeTest {
    private static final int PAGES = 24;
    private static final int VERSIONS = 10;
    private static final int CALLS = 300;

    private static final int FLAG = Crowd.DATA;
    private static final int DONE = Crowd.DATA + 0x100;
    private static final int WRONG = Crowd.DATA + 0x200;

    /** Where the functions begin, and their immediates, which are aligned. */
    private static int function(int page) {
        return Crowd.FUNCTIONS + page * Crowd.PAGE + 0x43;
    }

    private static int immediate(int page) {
        return function(page) + 1;
    }

    private static Assembler returning(int at, int value) {
        return new Assembler(64, at).mov(EAX, value).ret();
    }

    private static void countUnless(Assembler a, Cond cond) {
        Label good = a.label();
        a.jcc(cond, good).inc(mem(WRONG).dword()).bind(good);
    }

    /** The section's algorithm for a processor that changes what another will execute. */
    @Test
    void changed_code_runs_after_the_handshake() throws Exception {
        try (Crowd crowd = new Crowd(2)) {
            Assembler changes = Crowd.program(0);
            Assembler runs = Crowd.program(1);
            changes.mov(EBP, 1).mov(R12D, 1);
            runs.mov(EBP, 1).mov(R12D, 1);
            Label nextChange = changes.mark();
            Label nextRun = runs.mark();
            for (int page = 0; page < PAGES; page++) {
                crowd.board.load(returning(function(page), 0));
                changes.mov(mem(immediate(page)), EBP).mov(mem(FLAG), R12D);
                awaitStep(changes, DONE);
                awaitStep(runs, FLAG);
                runs.cpuid();
                callOften(runs, function(page));
                runs.mov(mem(DONE), R12D);
                changes.inc(R12D);
                runs.inc(R12D);
            }
            changes.inc(EBP).cmp(EBP, VERSIONS).jcc(Cond.BE, nextChange);
            runs.inc(EBP).cmp(EBP, VERSIONS).jcc(Cond.BE, nextRun);
            crowd.end(changes);
            crowd.end(runs);
            crowd.program(0, changes);
            crowd.program(1, runs);
            crowd.run();
            assertEquals(0, crowd.board.get32(WRONG), "calls that returned what had been changed");
            crowd.assertTranslated(1, PAGES * VERSIONS * CALLS);
        }
    }

    /** Waits for a number to become that of the step in R12. */
    private static void awaitStep(Assembler a, int gva) {
        Label wait = a.label();
        Label come = a.label();
        a.bind(wait).cmp(mem(gva), R12D).jcc(Cond.E, come).pause().jmp(wait).bind(come);
    }

    private static void callOften(Assembler a, int function) {
        a.mov(EBX, CALLS);
        Label again = a.mark();
        Crowd.call(a, function);
        a.cmp(EAX, EBP);
        countUnless(a, Cond.E);
        a.dec(EBX).jcc(Cond.NZ, again);
    }

    /**
     * Without waiting for the function to be left, as systems patch single instructions. What runs
     * may be old until the other CPU has said that it is new and this one has serialized itself, but
     * never goes back.
     */
    @Test
    void code_changed_under_way_runs_after_the_next_serializing_instruction() throws Exception {
        try (Crowd crowd = new Crowd(2)) {
            Assembler changes = Crowd.program(0);
            Assembler runs = Crowd.program(1);
            changes.mov(EBP, 1);
            runs.xor(R12D, R12D).xor(R13D, R13D);
            for (int page = 0; page < PAGES; page++) {
                crowd.board.load(returning(function(page), page * VERSIONS));
                Label next = changes.mark();
                changes.mov(ESI, mem(DONE)).add(ESI, CALLS);
                Label wait = changes.mark();
                changes.cmp(mem(DONE), ESI).jcc(Cond.L, wait);
                changes.mov(mem(immediate(page)), EBP).mov(mem(FLAG), EBP);
                changes.inc(EBP).cmp(EBP, (page + 1) * VERSIONS).jcc(Cond.BE, next);
                callAndLook(runs, function(page), (page + 1) * VERSIONS);
            }
            crowd.end(changes);
            crowd.end(runs);
            crowd.program(0, changes);
            crowd.program(1, runs);
            crowd.run();
            assertEquals(0, crowd.board.get32(WRONG), "calls that returned what had been changed");
            crowd.assertTranslated(1, PAGES * VERSIONS * CALLS);
        }
    }

    private static void callAndLook(Assembler a, int function, int last) {
        Label same = a.label();
        Label again = a.mark();
        a.mov(EDX, mem(FLAG)).cmp(EDX, R13D).jcc(Cond.E, same);
        a.mov(R13D, EDX).cpuid();
        a.bind(same);
        Crowd.call(a, function);
        a.cmp(EAX, R13D);
        countUnless(a, Cond.GE);
        a.cmp(EAX, R12D);
        countUnless(a, Cond.GE);
        a.mov(R12D, EAX).inc(mem(DONE).dword());
        a.cmp(R13D, last).jcc(Cond.L, again);
    }

    /** CPUs that each change functions of their own on a page they share, and call them. */
    @Test
    void no_change_of_a_page_that_several_change_is_missed() throws Exception {
        int cpus = 3;
        int functions = 8;
        int rounds = 1000;
        try (Crowd crowd = new Crowd(cpus)) {
            for (int i = 0; i < cpus; i++) {
                int first = Crowd.FUNCTIONS + i * 16;
                for (int f = 0; f < functions; f++) {
                    crowd.board.load(returning(first + f * 128, 0));
                }
                crowd.program(
                        i,
                        crowd.inTurns(
                                i,
                                rounds,
                                a -> {
                                    for (int f = 0; f < functions; f++) {
                                        changeAndCall(a, first + f * 128, R14D);
                                    }
                                }));
            }
            crowd.run();
            assertEquals(0, crowd.board.get32(WRONG), "calls that returned what had been changed");
        }
    }

    private static void changeAndCall(Assembler a, int function, Gp value) {
        a.mov(mem(function + 1), value).cpuid();
        Crowd.call(a, function);
        a.cmp(EAX, value);
        countUnless(a, Cond.E);
    }
}
