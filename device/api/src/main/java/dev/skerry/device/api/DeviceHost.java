package dev.skerry.device.api;

import dev.skerry.platform.log.Log;

/** What a device may ask of whoever runs it, whatever bus it is on. Used on the device thread. */
public interface DeviceHost {
    /** The device's id, as in {@code -device …,id=}; never empty. */
    String id();

    /** The log, whose lines carry the id. */
    Log log();

    /** The time, in nanoseconds from an arbitrary moment; never runs backwards. */
    long nowNs();

    /** A new timer, not armed. It is made once and armed often. */
    Timer newTimer(Runnable onExpiry);

    /**
     * Has something slow done by a worker thread, then something short done on the device thread.
     * The completion is posted even when the work throws; it is told by {@link Completion}.
     *
     * @param work may block; must not touch the device's state
     */
    void offload(Runnable work, Completion completion);

    /** What follows work done elsewhere, on the device thread. */
    @FunctionalInterface
    interface Completion {
        /**
         * @param failure what the work threw, or null
         */
        void done(RuntimeException failure);
    }
}
