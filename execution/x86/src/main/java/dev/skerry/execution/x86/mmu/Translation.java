package dev.skerry.execution.x86.mmu;

/** What was translated of some blocks. Safe for use by many threads. */
public abstract class Translation {
    private volatile boolean stale;

    protected Translation() {}

    /** Whether it must not be entered again: code has changed, or room was needed. */
    public final boolean isStale() {
        return stale;
    }

    public final void retire() {
        stale = true;
    }
}
