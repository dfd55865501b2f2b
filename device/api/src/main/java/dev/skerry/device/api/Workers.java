package dev.skerry.device.api;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads of a process that do what would make a device wait. Made when first needed. */
public final class Workers implements AutoCloseable {
    private static final int MOST_THREADS = 64;
    private static final long IDLE_SECONDS = 10;
    private static final long END_SECONDS = 10;

    private ThreadPoolExecutor pool;

    /** Without threads yet. */
    public Workers() {}

    /** Runs something soon; when all threads are busy it waits for none but runs in the caller. */
    public void run(Runnable work) {
        pool().execute(work);
    }

    private synchronized ThreadPoolExecutor pool() {
        if (pool == null) {
            pool =
                    new ThreadPoolExecutor(
                            0,
                            MOST_THREADS,
                            IDLE_SECONDS,
                            TimeUnit.SECONDS,
                            new SynchronousQueue<>(),
                            work -> {
                                Thread thread = new Thread(work, "worker");
                                thread.setDaemon(true);
                                return thread;
                            },
                            new ThreadPoolExecutor.CallerRunsPolicy());
        }
        return pool;
    }

    /** What was begun is done, within reason: writes among it. */
    private void awaitEnd() {
        try {
            pool.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        if (pool != null) {
            pool.shutdown();
            awaitEnd();
            pool.shutdownNow();
        }
    }
}
