package dev.skerry.verify.silicon;

/** A CPU that runs cases: the host's, or a software one that is to agree with it. */
@FunctionalInterface
public interface Executor {
    /** Runs a case from {@link Layout#CODE} to its end. */
    NativeResult run(NativeCase c);
}
