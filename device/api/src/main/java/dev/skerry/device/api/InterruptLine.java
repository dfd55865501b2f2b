package dev.skerry.device.api;

/** A level-triggered line towards an interrupt controller. */
@FunctionalInterface
public interface InterruptLine {
    /** Raises or lowers it; saying the same again is allowed and does nothing. */
    void set(boolean asserted);
}
