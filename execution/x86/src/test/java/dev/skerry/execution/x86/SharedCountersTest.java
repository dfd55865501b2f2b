package dev.skerry.execution.x86;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Label;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.function.Consumer;

/**
 * Locked instructions of translated code on several CPUs: nothing is lost. Intel SDM 3A, section
 * 9.1.2.
 */
@Timeout(120)
class SharedCountersTest {
    private static final int LOCK = Crowd.DATA;
    private static final int COUNTERS = Crowd.DATA + 0x1000;

    /** Data on the page that the first CPU's program is on. */
    private static final int NEXT_TO_CODE = Crowd.place(0) + 0xf00;

    private static final int TURNS = 200;

    /** What one CPU does, a number of times in each turn. Uses RBX. */
    private static void put(Crowd crowd, int cpu, int times, Consumer<Assembler> what) {
        crowd.program(
                cpu,
                crowd.inTurns(
                        cpu,
                        TURNS,
                        a -> {
                            a.mov(EBX, times);
                            Label again = a.mark();
                            what.accept(a);
                            a.dec(EBX).jcc(Cond.NZ, again);
                        }));
    }

    @ParameterizedTest
    @CsvSource({"1,false", "2,false", "4,false", "8,false", "1,true", "2,true", "4,true", "8,true"})
    void locked_increments_are_exact(int size, boolean nextToCode) throws Exception {
        int cpus = 4;
        int rounds = nextToCode ? 20_000 : 100_000;
        int at = (nextToCode ? NEXT_TO_CODE : COUNTERS) + 8;
        try (Crowd crowd = new Crowd(cpus)) {
            for (int i = 0; i < cpus; i++) {
                put(crowd, i, rounds / TURNS, a -> a.lock().inc(mem(at).sized(8 * size)));
            }
            crowd.run();
            long mask = size == 8 ? -1 : (1L << 8 * size) - 1;
            assertEquals((long) cpus * rounds & mask, crowd.board.get64(at), "with what is beside");
            for (int i = 0; i < cpus; i++) {
                crowd.assertTranslated(i, rounds);
            }
        }
    }

    @Test
    void every_ticket_is_drawn_once() throws Exception {
        int cpus = 3;
        int rounds = 20_000;
        try (Crowd crowd = new Crowd(cpus)) {
            for (int i = 0; i < cpus; i++) {
                put(
                        crowd,
                        i,
                        rounds / TURNS,
                        a -> {
                            a.mov(EAX, 1).lock().xadd(mem(LOCK).dword(), EAX);
                            a.inc(mem(RAX).plus(Crowd.DATA + 0x2000).byteSized());
                        });
            }
            crowd.run();
            for (int i = 0; i < cpus * rounds; i++) {
                int drawn = crowd.board.get32(Crowd.DATA + 0x2000 + i) & 0xff;
                assertEquals(1, drawn, "ticket " + i);
            }
            for (int i = 0; i < cpus; i++) {
                crowd.assertTranslated(i, rounds);
            }
        }
    }

    /** Ways to exclude each other. */
    enum Lock {
        COMPARE {
            @Override
            void take(Assembler a, Label held, Label busy) {
                a.xor(EAX, EAX).mov(ECX, 1).lock().cmpxchg(mem(LOCK).dword(), ECX);
                a.jcc(Cond.Z, held).jmp(busy);
            }
        },
        COMPARE_8_BYTES {
            @Override
            void take(Assembler a, Label held, Label busy) {
                a.xor(EAX, EAX).xor(EDX, EDX).xor(ECX, ECX).mov(ESI, EBX).mov(EBX, 1);
                a.lock().cmpxchg8b(mem(LOCK).qword()).mov(EBX, ESI);
                a.jcc(Cond.Z, held).jmp(busy);
            }
        },
        EXCHANGE {
            @Override
            void take(Assembler a, Label held, Label busy) {
                a.mov(ECX, 1).xchg(mem(LOCK).dword(), ECX).test(ECX, ECX);
                a.jcc(Cond.Z, held).jmp(busy);
            }
        },
        BIT {
            @Override
            void take(Assembler a, Label held, Label busy) {
                a.lock().bts(mem(LOCK).dword(), 0).jcc(Cond.AE, held).jmp(busy);
            }
        };

        abstract void take(Assembler a, Label held, Label busy);
    }

    @ParameterizedTest
    @EnumSource
    void a_spin_lock_keeps_plain_increments_whole(Lock lock) throws Exception {
        int cpus = 4;
        int rounds = 10_000;
        try (Crowd crowd = new Crowd(cpus)) {
            for (int i = 0; i < cpus; i++) {
                put(crowd, i, rounds / TURNS, a -> lockedSection(a, lock));
            }
            crowd.run();
            assertEquals(cpus * rounds, crowd.board.get64(COUNTERS));
            assertEquals(3L * cpus * rounds, crowd.board.get64(COUNTERS + 0x100));
            assertEquals(cpus * rounds & 0xffff, crowd.board.get64(COUNTERS + 0x200));
            for (int i = 0; i < cpus; i++) {
                crowd.assertTranslated(i, rounds);
            }
        }
    }

    private static void lockedSection(Assembler a, Lock lock) {
        Label held = a.label();
        Label busy = a.label();
        Label take = a.mark();
        lock.take(a, held, busy);
        a.bind(busy).pause().cmp(mem(LOCK).dword(), 0).jcc(Cond.NE, busy).jmp(take);
        a.bind(held);
        a.inc(mem(COUNTERS).qword());
        a.mov(RDX, mem(COUNTERS + 0x100)).add(RDX, 3).mov(mem(COUNTERS + 0x100), RDX);
        a.inc(mem(COUNTERS + 0x200).word());
        a.mov(mem(LOCK).dword(), 0);
    }

    /** Ticket locks rely on it: one half of a word is drawn from, the other is the owner's. */
    @Test
    void a_store_into_a_word_that_another_cpu_locks_stays() throws Exception {
        storeBesideLocked(COUNTERS);
    }

    @Test
    void a_store_into_a_word_that_another_cpu_locks_stays_next_to_code() throws Exception {
        storeBesideLocked(NEXT_TO_CODE);
    }

    private static void storeBesideLocked(int word) throws Exception {
        int rounds = 1_000_000;
        int lost = Crowd.DATA + 0x3000;
        try (Crowd crowd = new Crowd(2)) {
            put(crowd, 0, rounds / TURNS, a -> a.lock().add(mem(word).qword(), 0x100));
            put(crowd, 1, rounds / TURNS, a -> storeAndLook(a, word, lost));
            crowd.run();
            assertEquals(0, crowd.board.get32(lost), "stores that another CPU took back");
            assertEquals(rounds, crowd.board.get64(word) >>> 8);
            crowd.assertTranslated(0, rounds);
            crowd.assertTranslated(1, rounds);
        }
    }

    private static void storeAndLook(Assembler a, int word, int lost) {
        Label same = a.label();
        a.mov(mem(word), BL).mov(AL, mem(word)).cmp(AL, BL).jcc(Cond.E, same);
        a.inc(mem(lost).dword()).bind(same);
    }
}
