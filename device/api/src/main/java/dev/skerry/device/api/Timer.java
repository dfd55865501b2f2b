package dev.skerry.device.api;

/** Calls a device back once, on its device thread, at or after a moment. */
public interface Timer {
    /**
     * Sets or moves the moment.
     *
     * @param deadlineNs on the clock of {@link DeviceHost#nowNs}; a past moment means soon
     */
    void arm(long deadlineNs);

    /** Forgets it; does nothing if it is not armed. */
    void cancel();

    boolean isArmed();
}
