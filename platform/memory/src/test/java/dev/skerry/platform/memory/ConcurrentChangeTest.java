package dev.skerry.platform.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.LinuxException;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One thread replaces memory again and again and releases the old one at once, another one uses
 * it. Each piece of memory is filled with the number of its generation, so that the reader can tell
 * which map an access used: never one from before the access, never one yet to come, and never
 * none at all.
 */
class ConcurrentChangeTest {
    private static final int GENERATIONS = 2_000;
    private static final int SIZE = 4096;
    private static final long GPA = 0x1000;

    /** What the reader does, again and again; returns the generation it saw. */
    private interface Look {
        long generation(AddressSpace space);
    }

    private final Container root = new Container("root", 1L << 32);
    private final AddressSpace space = new AddressSpace("contended", root);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final CountDownLatch reading = new CountDownLatch(1);

    /** The youngest generation that is in the map for certain, and the one that may be already. */
    private volatile int settled;

    private volatile int begun;
    private volatile boolean done;

    private static RamRegion generation(int number) throws LinuxException {
        RamBlock block = RamBlock.allocate("generation", SIZE);
        for (long i = 0; i < SIZE; i += Integer.BYTES) {
            block.segment().set(ValueLayout.JAVA_INT, i, number);
        }
        return new RamRegion("ram", block, false);
    }

    private void readWhileReplacing(Look look) throws Exception {
        RamRegion present = generation(0);
        root.add(present, GPA);
        Thread reader = Thread.ofPlatform().start(() -> read(look));
        reading.await();
        for (int i = 1; i <= GENERATIONS && failure.get() == null; i++) {
            RamRegion next = generation(i);
            begun = i;
            root.replace(List.of(present), List.of(new Container.Placement(next, GPA, 0)));
            settled = i;
            present.block().release();
            present = next;
        }
        done = true;
        reader.join();
        present.block().release();
        if (failure.get() != null) {
            throw new AssertionError("the reader failed", failure.get());
        }
        assertEquals(GENERATIONS, settled);
    }

    private void read(Look look) {
        try {
            do {
                int least = settled;
                long seen = look.generation(space);
                int most = begun;
                assertTrue(
                        seen >= least && seen <= most,
                        () -> "saw " + seen + ", the map went from " + least + " to " + most);
                reading.countDown();
            } while (!done);
        } catch (Throwable t) {
            failure.set(t);
            reading.countDown();
        }
    }

    @Test
    void a_value_comes_from_the_map_before_or_the_one_after() throws Exception {
        readWhileReplacing(
                s -> {
                    long value = s.read(GPA + 8, 8);
                    assertEquals(value >>> 32, value & 0xffff_ffffL, "torn");
                    return value >>> 32;
                });
    }

    @Test
    void copied_bytes_come_from_the_map_before_or_the_one_after() throws Exception {
        MemorySegment into = Regions.buffer(SIZE, 0);
        readWhileReplacing(
                s -> {
                    assertTrue(s.read(GPA, into, 0, SIZE), "nobody answered");
                    int first = into.get(ValueLayout.JAVA_INT, 0);
                    for (long i = 4; i < SIZE; i += 4) {
                        assertEquals(first, into.get(ValueLayout.JAVA_INT, i), "torn");
                    }
                    return first;
                });
    }

    @Test
    void a_write_is_answered_by_the_map_before_or_the_one_after() throws Exception {
        MemorySegment from = Regions.buffer(8, 0);
        readWhileReplacing(
                s -> {
                    s.write(GPA + 16, 8, 1);
                    assertTrue(s.write(GPA + 24, from, 0, 8), "nobody answered");
                    return s.read(GPA, 4);
                });
    }

    @Test
    void lent_memory_stays_whole_while_it_is_held() throws Exception {
        DmaSlice slice = new DmaSlice();
        readWhileReplacing(
                s -> {
                    assertTrue(s.acquire(GPA, SIZE, false, slice), "nobody lent");
                    try (slice) {
                        int first = slice.segment().get(ValueLayout.JAVA_INT, 0);
                        for (long i = 4; i < SIZE; i += 4) {
                            assertEquals(first, slice.segment().get(ValueLayout.JAVA_INT, i));
                        }
                        return first;
                    }
                });
    }
}
