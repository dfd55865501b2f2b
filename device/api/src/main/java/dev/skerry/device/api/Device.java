package dev.skerry.device.api;

/**
 * A device that exists. All its methods are called on its device thread, which also runs its timers
 * and completions; a device therefore needs no locks.
 */
public interface Device extends AutoCloseable {
    /** Back to the state after power-on, in-flight work forgotten. */
    void reset();

    /** Lets go of everything. The default is for devices that hold nothing. */
    @Override
    default void close() {}
}
