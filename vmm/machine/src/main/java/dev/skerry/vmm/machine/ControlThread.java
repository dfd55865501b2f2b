package dev.skerry.vmm.machine;

import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.StackTraces;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/** The one thread that stops, resets and ends a machine, whoever asks for it. */
final class ControlThread {
    private final BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
    private final Log log;
    private final Thread thread;
    private boolean closing;
    private boolean over;

    ControlThread(Log log) {
        this.log = log;
        thread = Thread.ofPlatform().daemon().name("control").start(this::serve);
    }

    private void serve() {
        while (!isOver()) {
            try {
                queue.take().run();
            } catch (InterruptedException e) {
                // Ends by an action alone.
                Thread.interrupted();
            } catch (RuntimeException e) {
                log.error("a request to the machine failed: " + StackTraces.oneLine(e));
            }
        }
    }

    /** Over when told so and nothing is left to do; then nothing is taken any more either. */
    private synchronized boolean isOver() {
        over = closing && queue.isEmpty();
        return over;
    }

    /** Has something done soon, unless it is too late; from any thread. */
    synchronized boolean post(Runnable action) {
        return !over && queue.add(action);
    }

    /** Has something done, and returns when it is; from any thread but a vCPU's. */
    void call(Runnable action) {
        CountDownLatch done = new CountDownLatch(1);
        Runnable signalled =
                () -> {
                    try {
                        action.run();
                    } finally {
                        done.countDown();
                    }
                };
        if (Thread.currentThread() == thread || !post(signalled)) {
            action.run();
            return;
        }
        boolean interrupted = false;
        while (done.getCount() > 0) {
            try {
                done.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends it after what has been asked for so far. */
    void close() {
        post(() -> closing = true);
    }
}
