package dev.skerry.platform.memory;

/** Whom accesses to an {@link IoRegion} must pass: who may come in now, and alone. */
public interface AccessGuard {
    /**
     * Before an access; may wait for others to leave.
     *
     * @return false if the access must not take place; then {@link #exit} is not called
     */
    boolean enter();

    /** After an access that was let in, on the same thread. */
    void exit();
}
