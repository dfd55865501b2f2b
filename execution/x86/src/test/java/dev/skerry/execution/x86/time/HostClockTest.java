package dev.skerry.execution.x86.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

final class HostClockTest {
    private static final long MILLISECOND = 1_000_000;

    private final HostClock clock = new HostClock("clock under test");

    @AfterEach
    void close() {
        clock.close();
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        assertTrue(latch.await(30, TimeUnit.SECONDS), "no alarm in 30 s");
    }

    @Test
    void it_stands_at_zero_until_it_is_started() {
        assertEquals(0, clock.nowNs());
        clock.start();
        while (clock.nowNs() == 0) {
            Thread.onSpinWait();
        }
        clock.stop();
        long stood = clock.nowNs();
        assertTrue(stood > 0);
        assertEquals(stood, clock.nowNs());
    }

    @Test
    void it_goes_on_from_where_it_stood() {
        clock.start();
        clock.stop();
        long stood = clock.nowNs();
        clock.start();
        assertTrue(clock.nowNs() >= stood);
    }

    @Test
    void an_alarm_goes_off_not_before_its_time() throws InterruptedException {
        CountDownLatch rung = new CountDownLatch(1);
        long[] at = new long[1];
        Clock.Alarm alarm =
                clock.alarm(
                        () -> {
                            at[0] = clock.nowNs();
                            rung.countDown();
                        });
        clock.start();
        alarm.set(5 * MILLISECOND);
        await(rung);
        assertTrue(at[0] >= 5 * MILLISECOND, at[0] + " ns");
    }

    @Test
    void an_alarm_whose_time_has_passed_goes_off() throws InterruptedException {
        CountDownLatch rung = new CountDownLatch(1);
        Clock.Alarm alarm = clock.alarm(rung::countDown);
        clock.start();
        alarm.set(-1);
        await(rung);
    }

    @Test
    void an_earlier_alarm_wakes_a_clock_that_sleeps_for_a_later_one() throws InterruptedException {
        List<String> order = new CopyOnWriteArrayList<>();
        CountDownLatch rung = new CountDownLatch(1);
        Clock.Alarm late = clock.alarm(() -> order.add("late"));
        Clock.Alarm soon =
                clock.alarm(
                        () -> {
                            order.add("soon");
                            rung.countDown();
                        });
        clock.start();
        late.set(Clock.NEVER - 1);
        soon.set(clock.nowNs() + MILLISECOND);
        await(rung);
        assertEquals(List.of("soon"), order);
    }

    @Test
    void an_alarm_that_sets_itself_again_goes_on() throws InterruptedException {
        CountDownLatch rung = new CountDownLatch(20);
        Clock.Alarm[] self = new Clock.Alarm[1];
        self[0] =
                clock.alarm(
                        () -> {
                            rung.countDown();
                            self[0].set(clock.nowNs() + 1000);
                        });
        clock.start();
        self[0].set(0);
        await(rung);
    }

    @Test
    void alarms_stand_while_the_clock_stands() throws InterruptedException {
        AtomicInteger rung = new AtomicInteger();
        CountDownLatch again = new CountDownLatch(1);
        Clock.Alarm first = clock.alarm(rung::incrementAndGet);
        Clock.Alarm second = clock.alarm(again::countDown);
        first.set(MILLISECOND);
        assertEquals(0, rung.get(), "the clock has not been started");
        clock.start();
        second.set(2 * MILLISECOND);
        await(again);
        assertEquals(1, rung.get());
    }

    @Test
    void an_alarm_taken_back_does_not_go_off() throws InterruptedException {
        AtomicInteger rung = new AtomicInteger();
        CountDownLatch later = new CountDownLatch(1);
        Clock.Alarm taken = clock.alarm(rung::incrementAndGet);
        Clock.Alarm marker = clock.alarm(later::countDown);
        taken.set(MILLISECOND);
        taken.set(Clock.NEVER);
        clock.start();
        marker.set(2 * MILLISECOND);
        await(later);
        assertEquals(0, rung.get());
    }

    @Test
    void no_alarm_set_by_many_threads_is_lost() throws InterruptedException {
        int count = 8;
        int rounds = 500;
        CountDownLatch all = new CountDownLatch(count);
        clock.start();
        for (int i = 0; i < count; i++) {
            AtomicInteger left = new AtomicInteger(rounds);
            Clock.Alarm[] self = new Clock.Alarm[1];
            Object[] next = {new CountDownLatch(1)};
            self[0] =
                    clock.alarm(
                            () -> {
                                synchronized (next) {
                                    ((CountDownLatch) next[0]).countDown();
                                }
                            });
            Thread.ofPlatform()
                    .daemon()
                    .start(
                            () -> {
                                while (left.getAndDecrement() > 0) {
                                    CountDownLatch mine = new CountDownLatch(1);
                                    synchronized (next) {
                                        next[0] = mine;
                                    }
                                    self[0].set(clock.nowNs() + left.get() % 7 * 1000);
                                    try {
                                        if (!mine.await(30, TimeUnit.SECONDS)) {
                                            return;
                                        }
                                    } catch (InterruptedException e) {
                                        return;
                                    }
                                }
                                all.countDown();
                            });
        }
        assertTrue(all.await(60, TimeUnit.SECONDS), "an alarm was lost");
        assertFalse(Thread.currentThread().isInterrupted());
    }
}
