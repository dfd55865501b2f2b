package dev.skerry.execution.x86.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.execution.x86.Jit;

import org.junit.jupiter.api.Test;

import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Random loops, interpreted and translated: the same registers, flags, memory, and the same state at
 * each fault. {@code -Dskerry.test.flags=-Dcpu.seed=N} repeats a run, {@code -Dcpu.loops=N} makes it
 * longer.
 */
class RandomLoopsTest {
    private static final int LOOPS = Integer.getInteger("cpu.loops", 150);
    private static final long SEED = Long.getLong("cpu.seed", System.nanoTime());

    private long faults;
    private long inTranslations;

    /** The loops are of use only if things happen in them. */
    private void assertThatThingsHappened() {
        assertTrue(faults > 0, "no fault");
        assertTrue(inTranslations > 0, "nothing was translated");
    }

    private static LoopGuest guest(boolean translated, int threshold) {
        return new LoopGuest(translated ? Jit.ON.eager(threshold) : null);
    }

    private static long[] registers(Random random) {
        return random.longs(16).map(n -> random.nextInt(4) == 0 ? n & 0xff : n).toArray();
    }

    private String run(long seed, boolean changes, boolean translated, int threshold) {
        Random random = new Random(seed);
        byte[] program = new RandomLoop(random.nextLong(), changes).program();
        try (LoopGuest guest = guest(translated, threshold)) {
            guest.run(program, registers(random), false);
            faults += guest.faults();
            inTranslations += guest.translated();
            return guest.outcome() + " instructions " + guest.instructions();
        }
    }

    @Test
    void loops_with_faults_in_them_do_the_same_translated() {
        for (int i = 0; i < LOOPS; i++) {
            long seed = SEED + i;
            int threshold = 1 << i % 5;
            assertEquals(
                    run(seed, false, false, 0),
                    run(seed, false, true, threshold),
                    "seed " + seed + " threshold " + threshold);
        }
        assertThatThingsHappened();
    }

    @Test
    void loops_that_change_their_own_code_do_the_same_translated() {
        for (int i = 0; i < LOOPS; i++) {
            long seed = SEED + i;
            int threshold = 1 << i % 5;
            assertEquals(
                    run(seed, true, false, 0),
                    run(seed, true, true, threshold),
                    "seed " + seed + " threshold " + threshold);
        }
        assertThatThingsHappened();
    }

    @Test
    void interrupts_at_any_time_change_nothing() throws InterruptedException {
        long taken = 0;
        for (int i = 0; i < LOOPS; i++) {
            long seed = SEED + i;
            Random random = new Random(seed);
            byte[] program = new RandomLoop(random.nextLong(), i % 2 == 0).program();
            long[] registers = registers(random);
            String quiet;
            try (LoopGuest guest = guest(true, 2)) {
                guest.run(program, registers, true);
                quiet = guest.outcome();
            }
            try (LoopGuest guest = guest(true, 2)) {
                AtomicBoolean done = new AtomicBoolean();
                Thread source = Thread.ofPlatform().start(() -> interrupt(guest, done));
                guest.run(program, registers, true);
                done.set(true);
                source.join();
                assertEquals(quiet, guest.outcome(), "seed " + seed);
                taken += guest.interrupts();
            }
        }
        assertTrue(taken > 0, "no interrupt was taken");
    }

    private static void interrupt(LoopGuest guest, AtomicBoolean done) {
        while (!done.get()) {
            guest.interruptSoon();
            Thread.onSpinWait();
        }
    }
}
