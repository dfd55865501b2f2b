package dev.skerry.execution.x86;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Label;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CPUs that run the same code at once, at linear addresses that differ. */
@Timeout(120)
class SharedRegionsTest {
    private static final int TURNS = 100;
    private static final int TIMES = 500;
    private static final int SUMS = Crowd.DATA;

    /** The page behind that of the code, and the one that may be mapped there instead. */
    private static final int NEXT = Crowd.FUNCTIONS + Crowd.PAGE;

    private static final int OTHER = Crowd.FUNCTIONS + 2 * Crowd.PAGE;

    /**
     * A loop of EBX rounds, entered at RDI, that adds up in RAX how far its own addresses are from
     * there, and what the page behind it adds.
     */
    private static Assembler code(int distance) {
        Assembler a = new Assembler(64, Crowd.FUNCTIONS);
        Label begin = a.mark();
        Label inner = a.label();
        a.lea(RDX, mem(begin)).sub(RDX, RDI).add(RAX, RDX);
        a.call(inner);
        Crowd.call(a, NEXT);
        a.dec(EBX).jcc(Cond.NZ, begin).ret();
        a.bind(inner).mov(RDX, mem(RSP)).sub(RDX, RDI).add(RAX, RDX).add(RAX, distance).ret();
        return a;
    }

    private static Assembler adding(int gpa, int value) {
        return new Assembler(64, gpa).add(RAX, value).ret();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void code_runs_at_two_addresses_at_once(boolean nextPageDiffers) throws Exception {
        int cpus = 4;
        try (Crowd crowd = new Crowd(cpus)) {
            crowd.board.load(code(0x100));
            crowd.board.load(adding(NEXT, 0x1000));
            crowd.board.load(adding(OTHER, 0x2000));
            if (nextPageDiffers) {
                crowd.board.put32(Crowd.entryOf(Crowd.ALIAS + NEXT), Crowd.entryFor(OTHER));
            }
            for (int i = 0; i < cpus; i++) {
                int cpu = i;
                int at = Crowd.FUNCTIONS + i % 2 * Crowd.ALIAS;
                crowd.program(
                        i,
                        crowd.inTurns(
                                i,
                                TURNS,
                                a -> {
                                    a.xor(EAX, EAX).mov(EDI, at).mov(EBX, TIMES);
                                    Crowd.call(a, at);
                                    a.add(mem(SUMS + 0x100 * cpu), RAX);
                                }));
            }
            crowd.run();
            // The return address of the first call: LEA, SUB, ADD and CALL have 7, 3, 3 and 5
            // bytes.
            long each = 18 + 0x100 + 0x1000;
            for (int i = 0; i < cpus; i++) {
                long more = nextPageDiffers && i % 2 == 1 ? 0x1000 : 0;
                long sum = crowd.board.get64(SUMS + 0x100 * i);
                assertEquals(TURNS * TIMES * (each + more), sum, "CPU " + i);
                crowd.assertTranslated(i, (long) TURNS * TIMES);
            }
        }
    }
}
