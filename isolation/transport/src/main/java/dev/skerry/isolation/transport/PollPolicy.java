package dev.skerry.isolation.transport;

/**
 * When to poll for the next message instead of sleeping. Waking a thread on another core costs more
 * than most answers; on the peer's own core a poll is in its way. So both are tried and the one after
 * which messages came sooner is used, with the other tried again now and then.
 *
 * <p>Polling goes on for a while at most, and only after two messages closer together than that: an
 * idle or slow device uses no CPU. Used by the thread that receives.
 */
public final class PollPolicy {
    /** One message in so many is awaited the other way, to notice when that has become the better. */
    private static final int TRY_OTHER = 32;

    /** A new gap counts for one part in so many of the average. */
    private static final int SMOOTHING = 8;

    private final long mostNs;
    private long waitingSinceNs;
    private long pollingGapNs;
    private long sleepingGapNs;
    private int served;
    private boolean soon;
    private boolean polling = true;

    /**
     * @param mostNs the while, in nanoseconds; 0 for never
     */
    public PollPolicy(long mostNs, long nowNs) {
        this.mostNs = mostNs;
        this.waitingSinceNs = nowNs;
    }

    /** The wait for the next message begins only now, with a request that will bring it. */
    public void waitsSince(long nowNs) {
        waitingSinceNs = nowNs;
    }

    /** A message has come and been dealt with; the wait for the next one begins. */
    public void messageServed(long nowNs) {
        long gapNs = nowNs - waitingSinceNs;
        waitingSinceNs = nowNs;
        soon = gapNs < mostNs;
        if (!soon) {
            return;
        }
        if (polling) {
            pollingGapNs += (gapNs - pollingGapNs) / SMOOTHING;
        } else {
            sleepingGapNs += (gapNs - sleepingGapNs) / SMOOTHING;
        }
        boolean pollingIsBetter = pollingGapNs <= sleepingGapNs;
        polling = ++served % TRY_OTHER == 0 ? !pollingIsBetter : pollingIsBetter;
    }

    /** Whether the next message is to be polled for, while {@link #isTime} says so. */
    public boolean isWanted() {
        return polling && soon;
    }

    /** Whether the while has not passed since the wait began. */
    public boolean isTime(long nowNs) {
        return nowNs - waitingSinceNs < mostNs;
    }
}
