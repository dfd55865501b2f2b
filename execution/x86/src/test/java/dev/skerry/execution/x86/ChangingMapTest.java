package dev.skerry.execution.x86;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Label;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One CPU maps another page, or none, where a second one runs translated code. The second drops its
 * translation of the address when told to, by an interrupt or by a number in memory: Intel SDM 3A,
 * section 4.10.5. Each page has a function that returns the page's number.
 */
@Timeout(120)
class ChangingMapTest {
    private static final int PAGES = 32;
    private static final int STEPS = 1000;

    /** How often the function is called between two steps, at least. */
    private static final int CALLS = 60;

    /** The linear address whose page changes. */
    private static final int CHANGING = Crowd.ALIAS + 0xe0000;

    private static final int VECTOR = 0x40;
    private static final int PAGE_FAULT = 14;
    private static final int HANDLER = 0x18000;
    private static final int FAULT_HANDLER = 0x18200;

    private static final int BEGUN = Crowd.DATA;
    private static final int ACKNOWLEDGED = Crowd.DATA + 0x100;
    private static final int MAPPED = Crowd.DATA + 0x200;
    private static final int CALLED = Crowd.DATA + 0x300;
    private static final int WRONG = Crowd.DATA + 0x400;
    private static final int REQUESTED = Crowd.DATA + 0x600;
    private static final int LAST = Crowd.DATA + 0x700;
    private static final int FAULTS = Crowd.DATA + 0x500;

    private static Crowd crowd() {
        Crowd crowd = new Crowd(2);
        for (int page = 0; page < PAGES; page++) {
            int at = Crowd.FUNCTIONS + page * Crowd.PAGE;
            crowd.board.load(new Assembler(64, at).mov(EAX, page).ret());
        }
        crowd.board.put32(Crowd.entryOf(CHANGING), Crowd.entryFor(Crowd.FUNCTIONS));
        Assembler handler = new Assembler(64, HANDLER);
        handler.push(RAX).push(RCX).push(RDX);
        handler.invlpg(mem(CHANGING)).inc(mem(ACKNOWLEDGED).dword());
        Crowd.endOfInterrupt(handler);
        handler.pop(RDX).pop(RCX).pop(RAX).iret(64);
        crowd.board.load(handler);
        crowd.gate(VECTOR, HANDLER);
        Assembler fault = new Assembler(64, FAULT_HANDLER);
        fault.inc(mem(FAULTS).dword()).add(RSP, 8).iret(64);
        crowd.board.load(fault);
        crowd.gate(PAGE_FAULT, FAULT_HANDLER);
        return crowd;
    }

    /** Maps the page of the step in EBP. */
    private static void map(Assembler a) {
        a.mov(EAX, EBP).and(EAX, PAGES - 1).shl(EAX, 12).add(EAX, Crowd.entryFor(Crowd.FUNCTIONS));
        a.mov(mem(Crowd.entryOf(CHANGING)), EAX);
    }

    /** Has the other CPU drop the translation, by an interrupt. */
    private static void shootDown(Assembler a) {
        Crowd.interrupt(a, 1, VECTOR);
        awaitStep(a);
    }

    private static void awaitStep(Assembler a) {
        Label wait = a.mark();
        a.cmp(mem(ACKNOWLEDGED), EBP).jcc(Cond.NE, wait);
    }

    /** Says that a step is done, and waits for calls that come after that. */
    private static void awaitCalls(Assembler a) {
        a.mov(ESI, mem(CALLED)).add(ESI, CALLS).mov(mem(MAPPED), EBP);
        Label wait = a.mark();
        a.cmp(mem(CALLED), ESI).jcc(Cond.L, wait);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void code_of_a_page_that_was_mapped_before_does_not_run(boolean byInterrupt) throws Exception {
        try (Crowd crowd = crowd()) {
            Assembler maps = Crowd.program(0);
            // The other CPU's APIC is on from here.
            crowd.meet(maps);
            maps.mov(EBP, 1);
            Label next = maps.mark();
            maps.mov(mem(BEGUN), EBP);
            map(maps);
            if (byInterrupt) {
                shootDown(maps);
            } else {
                maps.mov(mem(REQUESTED), EBP);
                awaitStep(maps);
            }
            awaitCalls(maps);
            maps.inc(EBP).cmp(EBP, STEPS).jcc(Cond.BE, next);
            crowd.end(maps);
            crowd.program(0, maps);
            crowd.program(1, calls(crowd, byInterrupt));
            crowd.run();
            assertEquals(0, crowd.board.get32(WRONG), "calls of a page that was not mapped");
            crowd.assertTranslated(1, (long) STEPS * CALLS);
        }
    }

    /** Calls the function and sees whether it is one that may be mapped. */
    private static Assembler calls(Crowd crowd, boolean byInterrupt) {
        Assembler a = Crowd.program(1);
        Label good = a.label();
        crowd.meet(a);
        a.xor(R13D, R13D).sti();
        Label again = a.mark();
        if (!byInterrupt) {
            Label same = a.label();
            a.cmp(mem(REQUESTED), R13D).jcc(Cond.E, same);
            a.inc(R13D).invlpg(mem(CHANGING)).mov(mem(ACKNOWLEDGED), R13D).bind(same);
        }
        a.mov(ESI, mem(MAPPED));
        Crowd.call(a, CHANGING);
        a.mov(EDI, mem(BEGUN)).sub(EDI, ESI).sub(EAX, ESI).and(EAX, PAGES - 1);
        a.cmp(EAX, EDI).jcc(Cond.BE, good).inc(mem(WRONG).dword()).bind(good);
        a.inc(mem(CALLED).dword());
        a.cmp(ESI, STEPS).jcc(Cond.B, again);
        // The last step waits for calls, too.
        a.mov(EBX, 2 * CALLS);
        Label rest = a.mark();
        a.inc(mem(CALLED).dword()).dec(EBX).jcc(Cond.NZ, rest);
        crowd.end(a);
        return a;
    }

    @Test
    void code_of_a_page_that_is_gone_does_not_run() throws Exception {
        int steps = 300;
        try (Crowd crowd = crowd()) {
            Assembler maps = Crowd.program(0);
            Label good = maps.label();
            crowd.meet(maps);
            maps.mov(EBP, 1);
            Label next = maps.mark();
            awaitCalls(maps);
            maps.mov(mem(Crowd.entryOf(CHANGING)).dword(), 0);
            shootDown(maps);
            // One call may have come back and not been counted.
            maps.mov(ESI, mem(CALLED)).inc(ESI).mov(EBX, mem(FAULTS));
            Label wait = maps.mark();
            maps.cmp(mem(FAULTS), EBX).jcc(Cond.E, wait);
            maps.cmp(mem(CALLED), ESI).jcc(Cond.BE, good).inc(mem(WRONG).dword()).bind(good);
            map(maps);
            maps.inc(EBP).cmp(EBP, steps).jcc(Cond.BE, next);
            maps.mov(mem(LAST).dword(), 1);
            crowd.end(maps);
            crowd.program(0, maps);
            Assembler calls = Crowd.program(1);
            crowd.meet(calls);
            calls.sti();
            Label again = calls.mark();
            Crowd.call(calls, CHANGING);
            calls.inc(mem(CALLED).dword()).cmp(mem(LAST).dword(), 0).jcc(Cond.E, again);
            crowd.end(calls);
            crowd.program(1, calls);
            crowd.run();
            assertEquals(0, crowd.board.get32(WRONG), "calls of a page that was not mapped");
            assertTrue(crowd.board.get32(FAULTS) >= steps);
            crowd.assertTranslated(1, (long) steps * CALLS);
        }
    }
}
