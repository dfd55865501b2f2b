package dev.skerry.execution.x86.mmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.skerry.execution.x86.core.CpuRig;
import dev.skerry.execution.x86.state.CpuState;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What two CPUs may see of each other's accesses: the examples of Intel SDM 3A, section 9.2.3, run
 * on two threads whose accesses HotSpot has compiled. Each place is used once a round, so that one
 * round is thousands of trials.
 */
class MemoryOrderTest {
    private static final int PLACES = 4096;
    private static final int ROUNDS = 200;
    private static final long X = 0x10_0000;
    private static final long Y = 0x20_0000;

    private final CpuRig rig = new CpuRig();
    private final Mmu first = rig.core.mmu;
    private final Mmu second = new Mmu(new CpuState(), rig.memory, rig.code);

    @AfterEach
    void close() {
        rig.close();
    }

    private interface Turn {
        void run(long offset, int round);
    }

    /** Both go over all places, again and again, in step by rounds. */
    private void race(Turn one, Turn other) throws InterruptedException {
        AtomicInteger arrived = new AtomicInteger();
        Thread thread = Thread.ofPlatform().start(() -> turns(other, arrived));
        turns(one, arrived);
        thread.join();
    }

    private static void turns(Turn turn, AtomicInteger arrived) {
        for (int round = 1; round <= ROUNDS; round++) {
            arrived.incrementAndGet();
            while (arrived.get() < 2 * round) {
                Thread.onSpinWait();
            }
            for (int place = 0; place < PLACES; place++) {
                turn.run(place * 64L, round);
            }
        }
    }

    @Test
    void stores_are_seen_in_order_by_loads_in_order() throws InterruptedException {
        AtomicLong wrong = new AtomicLong();
        race(
                (at, round) -> {
                    first.write32(X + at, round);
                    first.write32(Y + at, round);
                },
                (at, round) -> {
                    long flag = second.read32(Y + at);
                    if (second.read32(X + at) < flag) {
                        wrong.incrementAndGet();
                    }
                });
        assertEquals(0, wrong.get());
    }

    @Test
    void a_store_is_not_seen_before_the_load_ahead_of_it() throws InterruptedException {
        long[] one = new long[PLACES * (ROUNDS + 1)];
        long[] other = new long[PLACES * (ROUNDS + 1)];
        race(
                (at, round) -> {
                    one[index(at, round)] = first.read64(X + at);
                    first.write64(Y + at, round);
                },
                (at, round) -> {
                    other[index(at, round)] = second.read64(Y + at);
                    second.write64(X + at, round);
                });
        for (int i = PLACES; i < one.length; i++) {
            int round = i / PLACES;
            assertFalse(one[i] == round && other[i] == round, "each saw the other's future");
        }
    }

    @Test
    void a_fence_keeps_loads_behind_stores() throws InterruptedException {
        long[] one = new long[PLACES * (ROUNDS + 1)];
        long[] other = new long[PLACES * (ROUNDS + 1)];
        race(
                (at, round) -> {
                    first.write64(X + at, round);
                    Mmu.fence();
                    one[index(at, round)] = first.read64(Y + at);
                },
                (at, round) -> {
                    second.write64(Y + at, round);
                    Mmu.fence();
                    other[index(at, round)] = second.read64(X + at);
                });
        for (int round = 1; round <= ROUNDS; round++) {
            for (int place = 0; place < PLACES; place++) {
                int i = index(place * 64L, round);
                assertFalse(one[i] < round && other[i] < round, "both were early");
            }
        }
    }

    private static int index(long at, int round) {
        return (int) (at / 64) + PLACES * round;
    }

    @Test
    void a_loop_that_waits_for_a_store_sees_it() throws InterruptedException {
        // Long enough that HotSpot compiles the loop while it runs.
        Thread waiting = Thread.ofPlatform().daemon().start(() -> awaitStore(second));
        long turns = 0;
        while (turns < 200_000_000L && waiting.isAlive()) {
            turns++;
        }
        first.write32(X, 1);
        waiting.join(20_000);
        assertFalse(waiting.isAlive(), "it waits for ever");
    }

    private static void awaitStore(Mmu mmu) {
        while (mmu.read32(X) == 0) {
            continue;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void no_exchange_is_lost(int size) throws InterruptedException {
        race((at, round) -> increment(first, at, size), (at, round) -> increment(second, at, size));
        for (int place = 0; place < PLACES; place++) {
            long mask = size == 8 ? -1 : (1L << 8 * size) - 1;
            assertEquals(2 * ROUNDS & mask, first.read(X + place * 64L, size));
        }
    }

    private static void increment(Mmu mmu, long at, int size) {
        long seen;
        do {
            seen = mmu.read(X + at, size);
        } while (!mmu.compareAndSet(X + at, size, seen, seen + 1));
    }
}
