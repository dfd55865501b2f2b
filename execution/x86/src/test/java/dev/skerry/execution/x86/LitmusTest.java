package dev.skerry.execution.x86;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Gp;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.asm.Mem;
import dev.skerry.verify.asm.Xmm;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What translated code on several CPUs may see of each other's accesses: the examples of Intel SDM
 * 3A, section 9.2.3, and others known from the literature on x86-TSO. Each place is used once a turn;
 * a turn is as many trials as there are places. Every store stores the turn's number, and every load
 * gives a bit: whether it saw that.
 */
@Timeout(120)
class LitmusTest {
    private static final int PLACES = 128;
    private static final int TURNS = 5000;
    private static final int STRIDE = 64;
    private static final int X = Crowd.DATA;
    private static final int Y = X + PLACES * STRIDE;

    /** A byte for each CPU and place: the bits of its loads, the first one highest. */
    private static final int SEEN = Y + PLACES * STRIDE;

    /** How often each outcome was: all bits in the order of the CPUs. */
    private static final int OUTCOMES = SEEN + 4 * PLACES;

    private static final Gp[] LOADED = {R8D, R9D};

    /**
     * A letter an access: {@code w} stores and {@code r} loads, {@code v} and {@code u} do so by a
     * vector register, {@code x} stores by an exchange, {@code m} fences, {@code l} is a locked
     * instruction elsewhere. {@code wX rY} are one CPU's, CPUs are separated by bars.
     */
    enum Shape {
        STORES_IN_ORDER("wX wY | rY rX", "10"),
        STORES_IN_ORDER_BY_VECTORS("vX vY | uY uX", "10"),
        STORES_IN_ORDER_BY_EXCHANGE("xX wY | rY rX", "10"),
        LOAD_BEFORE_STORE("rX wY | rY wX", "11"),
        LOAD_BEFORE_EXCHANGE("rX xY | rY xX", "11"),
        STORE_THEN_LOAD("wX rY | wY rX", ""),
        STORE_FENCE_LOAD("wX m rY | wY m rX", "00"),
        STORE_LOCKED_LOAD("wX l rY | wY l rX", "00"),
        EXCHANGE_THEN_LOAD("xX rY | xY rX", "00"),
        VECTOR_FENCE_LOAD("vX m uY | vY m uX", "00"),
        OWN_STORE_IS_SEEN("wX rX | rX rX", "000 001 010 011 110"),
        LOADS_OF_ONE_PLACE("wX | rX rX", "10"),
        PASSED_ON("wX | rX wY | rY rX", "110"),
        ONE_ORDER_FOR_ALL("wX | wY | rX rY | rY rX", "1010"),
        FENCED_TRIANGLE("wX | rX rY | wY m rX", "100");

        private final String[] cpus;
        private final String forbidden;

        Shape(String accesses, String forbidden) {
            cpus = accesses.split(" \\| ");
            this.forbidden = forbidden;
        }

        private int loads() {
            return String.join("", cpus).replaceAll("[^ru]", "").length();
        }
    }

    @ParameterizedTest
    @EnumSource
    void only_what_the_order_of_memory_allows_is_seen(Shape shape) throws Exception {
        int cpus = shape.cpus.length;
        try (Crowd crowd = new Crowd(cpus)) {
            for (int i = 0; i < cpus; i++) {
                int cpu = i;
                crowd.program(i, crowd.inTurns(i, TURNS, a -> turn(crowd, a, shape, cpu)));
            }
            crowd.run();
            long all = 0;
            for (int outcome = 0; outcome < 1 << shape.loads(); outcome++) {
                int seen = crowd.board.get32(OUTCOMES + 4 * outcome);
                String bits = Integer.toBinaryString(1 << shape.loads() | outcome).substring(1);
                boolean isForbidden = (" " + shape.forbidden + " ").contains(" " + bits + " ");
                assertTrue(!isForbidden || seen == 0, shape + ": " + bits + " came " + seen + " x");
                all += seen;
            }
            assertEquals((long) PLACES * TURNS, all);
            for (int i = 0; i < cpus; i++) {
                crowd.assertTranslated(i, (long) PLACES * TURNS);
            }
        }
    }

    private static void turn(Crowd crowd, Assembler a, Shape shape, int cpu) {
        a.xor(ESI, ESI).xor(EDI, EDI);
        a.op("66 0F 6E /r", Xmm.XMM0, R14D);
        Label place = a.mark();
        int loads = 0;
        for (String access : shape.cpus[cpu].split(" ")) {
            loads += access(a, access, LOADED[loads % 2]);
        }
        a.xor(EAX, EAX).xor(ECX, ECX);
        for (int i = 0; i < loads; i++) {
            a.add(EAX, EAX).cmp(LOADED[i], R14D).set(Cond.E, CL).or(EAX, ECX);
        }
        a.mov(mem(RDI).plus(SEEN + cpu * PLACES), AL);
        a.add(ESI, STRIDE).inc(EDI).cmp(EDI, PLACES).jcc(Cond.B, place);
        crowd.meet(a);
        if (cpu == 0) {
            count(a, shape);
        }
    }

    /** Puts an access; says how many loads that is. */
    private static int access(Assembler a, String access, Gp into) {
        Mem at = mem(RSI).plus(access.endsWith("X") ? X : Y);
        switch (access.charAt(0)) {
            case 'w' -> a.mov(at, R14D);
            case 'r' -> a.mov(into, at);
            case 'v' -> a.op("66 0F 7E /mr", at.dword(), Xmm.XMM0);
            case 'u' -> {
                a.op("66 0F 6E /r", Xmm.XMM1, at.dword());
                a.op("66 0F 7E /mr", into, Xmm.XMM1);
            }
            case 'x' -> a.mov(EAX, R14D).xchg(at.dword(), EAX);
            case 'm' -> a.mfence();
            default -> a.lock().or(mem(RSP).plus(-64).dword(), 0);
        }
        return access.startsWith("r") || access.startsWith("u") ? 1 : 0;
    }

    /** Counts the outcomes of a turn. All CPUs are done with it; the next begins after another meeting. */
    private static void count(Assembler a, Shape shape) {
        a.xor(EDI, EDI);
        Label place = a.mark();
        a.xor(EAX, EAX);
        for (int i = 0; i < shape.cpus.length; i++) {
            int loads = shape.cpus[i].replaceAll("[^ru]", "").length();
            if (loads != 0) {
                a.movzx(ECX, mem(RDI).plus(SEEN + i * PLACES).byteSized());
                a.shl(EAX, loads).or(EAX, ECX);
            }
        }
        a.inc(mem(OUTCOMES).plus(RAX, 4).dword());
        a.inc(EDI).cmp(EDI, PLACES).jcc(Cond.B, place);
    }
}
