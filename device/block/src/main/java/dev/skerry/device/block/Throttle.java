package dev.skerry.device.block;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A limit on operations and bytes a second ({@code throttling.iops-total}, {@code
 * throttling.bps-total}), for {@link SlowImage}. Each operation reserves its time after the one before;
 * what was not used for up to a tenth of a second is made up for. Used by any thread.
 */
public final class Throttle implements SlowImage.Wait {
    /** Unused time that is kept: QEMU's burst of a tenth of a second. */
    private static final long BURST_NS = 100_000_000;

    private static final double NS_PER_SECOND = 1e9;

    /** Lets a thread sleep, in nanoseconds. */
    @FunctionalInterface
    public interface Sleeper {
        void sleep(long ns) throws InterruptedException;
    }

    private final long operationsPerSecond;
    private final long bytesPerSecond;
    private final LongSupplier clockNs;
    private final Sleeper sleeper;
    private long freeAtNs;

    /**
     * @param operationsPerSecond 0 for no limit
     * @param bytesPerSecond 0 for no limit
     * @param clockNs never runs backwards
     */
    public Throttle(
            long operationsPerSecond, long bytesPerSecond, LongSupplier clockNs, Sleeper sleeper) {
        this.operationsPerSecond = operationsPerSecond;
        this.bytesPerSecond = bytesPerSecond;
        this.clockNs = clockNs;
        this.sleeper = sleeper;
        freeAtNs = clockNs.getAsLong();
    }

    /** One by the host's clock. */
    public static Throttle ofHost(long operationsPerSecond, long bytesPerSecond) {
        return new Throttle(
                operationsPerSecond, bytesPerSecond, System::nanoTime, TimeUnit.NANOSECONDS::sleep);
    }

    @Override
    public void await(long lengthBytes) throws InterruptedException {
        long waitNs = reserve(lengthBytes);
        if (waitNs > 0) {
            sleeper.sleep(waitNs);
        }
    }

    private synchronized long reserve(long lengthBytes) {
        double costNs = 0;
        if (operationsPerSecond > 0) {
            costNs = NS_PER_SECOND / operationsPerSecond;
        }
        if (bytesPerSecond > 0) {
            costNs = Math.max(costNs, NS_PER_SECOND * lengthBytes / bytesPerSecond);
        }
        long nowNs = clockNs.getAsLong();
        long beginNs = Math.max(freeAtNs, nowNs - BURST_NS);
        freeAtNs = beginNs + (long) costNs;
        return beginNs - nowNs;
    }
}
