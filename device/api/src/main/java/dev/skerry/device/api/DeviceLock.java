package dev.skerry.device.api;

import dev.skerry.platform.memory.AccessGuard;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Stands for the device thread where a machine has no thread for each device: whoever calls a device
 * holds its lock. vCPUs' accesses, timers, completions and host input wait for it.
 *
 * <p>A thread that is inside one device already and reaches another's registers, as a bus master
 * aimed at a peer does, must not wait: two such devices would wait for each other. It is let in if
 * the other is free and answered with all ones if not. So nobody ever waits with a lock in hand.
 *
 * <p>Safe for use by many threads; re-entrant. Entering and leaving allocate nothing while nobody
 * else wants to.
 */
public final class DeviceLock implements AccessGuard {
    /** How many devices the thread is inside of. */
    private static final ThreadLocal<Depth> DEPTH = ThreadLocal.withInitial(Depth::new);

    private final ReentrantLock lock = new ReentrantLock();

    private static final class Depth {
        private int held;
    }

    private final Runnable whenLeft;

    /** A lock nobody holds. */
    public DeviceLock() {
        this(() -> {});
    }

    /**
     * A lock nobody holds.
     *
     * @param whenLeft what follows each time a thread has been inside, outside: short
     */
    public DeviceLock(Runnable whenLeft) {
        this.whenLeft = whenLeft;
    }

    @Override
    public boolean enter() {
        Depth depth = DEPTH.get();
        if (depth.held == 0) {
            lock.lock();
        } else if (!lock.tryLock()) {
            return false;
        }
        depth.held++;
        return true;
    }

    @Override
    public void exit() {
        boolean leaves = lock.getHoldCount() == 1;
        lock.unlock();
        DEPTH.get().held--;
        if (leaves) {
            whenLeft.run();
        }
    }

    /**
     * Runs something as the device.
     *
     * @throws IllegalStateException if the thread is inside another device and this one is taken
     */
    public void run(Runnable action) {
        if (!enter()) {
            throw new IllegalStateException("called from inside another device");
        }
        try {
            action.run();
        } finally {
            exit();
        }
    }

    /** Whether the calling thread is inside the device. */
    public boolean isHeldByMe() {
        return lock.isHeldByCurrentThread();
    }
}
