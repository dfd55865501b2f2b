package dev.skerry.device.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import org.junit.jupiter.api.Test;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A lock instead of a thread. */
class DeviceLockTest {
    private final DeviceLock mine = new DeviceLock();
    private final DeviceLock other = new DeviceLock();

    /** Something runs while another thread is inside the other device. */
    private void whileOtherIsTaken(Runnable action) throws InterruptedException {
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        Thread holder =
                Thread.ofPlatform()
                        .start(
                                () ->
                                        other.run(
                                                () -> {
                                                    taken.countDown();
                                                    await(done);
                                                }));
        taken.await();
        try {
            action.run();
        } finally {
            done.countDown();
            holder.join();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_device_reaching_a_free_peer_is_let_in() {
        mine.run(
                () -> {
                    assertTrue(other.enter());
                    assertTrue(other.isHeldByMe());
                    other.exit();
                });
        assertFalse(other.isHeldByMe());
    }

    @Test
    void a_device_reaching_a_taken_peer_is_turned_away() throws InterruptedException {
        whileOtherIsTaken(
                () ->
                        mine.run(
                                () -> {
                                    assertFalse(other.enter());
                                    assertThrows(
                                            IllegalStateException.class, () -> other.run(() -> {}));
                                }));
        // Nothing is left behind: a caller from outside waits and gets in again.
        other.run(() -> mine.run(() -> {}));
    }

    @Test
    void a_device_reaching_itself_is_let_in() {
        mine.run(() -> mine.run(() -> assertTrue(mine.isHeldByMe())));
        assertFalse(mine.isHeldByMe());
    }

    @Test
    void what_is_turned_away_reads_as_ones_and_writes_nowhere() throws InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        IoHandler handler =
                new IoHandler() {
                    @Override
                    public long read(long offset, int size) {
                        return calls.incrementAndGet();
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        calls.incrementAndGet();
                    }
                };
        IoRegion region = new IoRegion("peer", 16, AccessSizes.ANY, handler).guardedBy(other);
        whileOtherIsTaken(
                () ->
                        mine.run(
                                () -> {
                                    assertEquals(0xffff_ffffL, region.read(0, 4));
                                    region.write(0, 4, 1);
                                }));
        assertEquals(0, calls.get());
        mine.run(() -> assertEquals(1, region.read(0, 4)));
    }

    @Test
    void callers_from_outside_come_one_after_the_other() throws InterruptedException {
        int[] inside = new int[2];
        Runnable visits =
                () -> {
                    for (int i = 0; i < 10_000; i++) {
                        mine.run(
                                () -> {
                                    inside[1] = Math.max(inside[1], ++inside[0]);
                                    inside[0]--;
                                });
                    }
                };
        Thread first = Thread.ofPlatform().start(visits);
        Thread second = Thread.ofPlatform().start(visits);
        first.join();
        second.join();
        assertEquals(1, inside[1]);
    }

    @Test
    void a_shared_line_is_up_while_any_source_is() {
        boolean[] input = new boolean[1];
        int[] changes = new int[1];
        SharedLine line =
                new SharedLine(
                        up -> {
                            input[0] = up;
                            changes[0]++;
                        });
        InterruptLine one = line.source();
        InterruptLine two = line.source();
        one.set(true);
        two.set(true);
        two.set(true);
        one.set(false);
        assertTrue(input[0]);
        two.set(false);
        two.set(false);
        assertFalse(input[0]);
        assertEquals(2, changes[0]);
    }
}
