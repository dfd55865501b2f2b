package dev.skerry.isolation.remote;

/**
 * When to poll for the next message instead of sleeping: waking a thread on another core costs more
 * than most answers. Polling is worthwhile for a while after a message that came soon after the one
 * before; when messages come further apart than that while, it is never tried, so an idle or slow
 * device uses no CPU.
 */
final class PollPolicy {
    private final long mostNs;
    private long lastServedNs = System.nanoTime();
    private boolean soon;

    /**
     * @param mostNs the while, in nanoseconds; 0 for never
     */
    PollPolicy(long mostNs) {
        this.mostNs = mostNs;
    }

    void messageServed() {
        long nowNs = System.nanoTime();
        soon = nowNs - lastServedNs < mostNs;
        lastServedNs = nowNs;
    }

    boolean isWorthwhile() {
        return soon && System.nanoTime() - lastServedNs < mostNs;
    }
}
