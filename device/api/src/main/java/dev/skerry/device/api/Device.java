package dev.skerry.device.api;

/**
 * A device that exists. All its methods are called on its device thread, which also runs its timers
 * and completions; a device therefore needs no locks.
 */
public interface Device extends AutoCloseable {
    /** Back to the state after power-on, in-flight work forgotten. */
    void reset();

    /**
     * Tells a device that has just been made that it stands in for one that was lost: a driver is at
     * work whose device has forgotten everything, and does not know. A device whose hardware has a way
     * to say so says it, until the driver has taken note or resets it. The default is for the others.
     */
    default void standIn() {}

    /** Lets go of everything. The default is for devices that hold nothing. */
    @Override
    default void close() {}
}
