package dev.skerry.platform.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Many threads change one map: each its own container and, all of them, the root. */
class ManyChangersTest {
    private static final int THREADS = 3;
    private static final int CHANGES = 1_000;
    private static final long WINDOW = 0x1_0000;

    private final Container root = new Container("root", 1L << 32);
    private final AddressSpace space = new AddressSpace("changed", root);
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final CountDownLatch begin = new CountDownLatch(1);

    private void change(Container window, int number) {
        try {
            begin.await();
            for (int i = 0; i < CHANGES; i++) {
                Region bar = Regions.io("bar" + number, 0x100);
                window.add(bar, 0x100L * (i % 16));
                root.remove(window);
                window.remove(bar);
                root.add(window, WINDOW * number);
            }
            window.add(Regions.io("last" + number, 0x100), 0);
        } catch (InterruptedException | RuntimeException e) {
            failures.add(e);
        }
    }

    @Test
    void changes_by_many_threads_are_made_one_after_the_other() throws InterruptedException {
        List<Integer> heard = new ArrayList<>();
        space.addListener((before, after) -> heard.add(after.ranges().size()));
        List<Thread> threads = new ArrayList<>();
        for (int number = 0; number < THREADS; number++) {
            Container window = new Container("window" + number, WINDOW);
            root.add(window, WINDOW * number);
            int mine = number;
            threads.add(Thread.ofPlatform().start(() -> change(window, mine)));
        }
        begin.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), failures);
        assertEquals(
                "0-100:last0@0 10000-10100:last1@0 20000-20100:last2@0",
                Regions.describe(space.view()));
        assertEquals(THREADS, heard.getLast());
    }

    @Test
    void a_guard_surrounds_an_access_that_is_made_of_several() {
        List<String> calls = new ArrayList<>();
        AccessGuard guard =
                new AccessGuard() {
                    @Override
                    public boolean enter() {
                        calls.add("enter");
                        return true;
                    }

                    @Override
                    public void exit() {
                        calls.add("exit");
                    }
                };
        Regions.Recorder handler = new Regions.Recorder();
        IoRegion region =
                new IoRegion("io", 16, AccessSizes.handled(1, 1), handler).guardedBy(guard);
        assertEquals(Regions.pattern(2, 4), region.read(2, 4));
        region.write(1, 2, 0);
        region.read(14, 4);
        assertEquals("r2/1 r3/1 r4/1 r5/1 w1/1=0 w2/1=0", handler.takeCalls());
        assertEquals(List.of("enter", "exit", "enter", "exit"), calls);
    }
}
