package dev.skerry.device.block;

import java.util.ArrayList;
import java.util.List;

/**
 * Locks on ranges of guest clusters, so that a cluster's place in the file does not change under a
 * transfer: shared for transfers, exclusive for changes of place. Granted in the order asked for; an
 * operation holds at most one, so none can wait for itself.
 */
final class RangeLocks {
    /** A range that is held or waited for. */
    static final class Range {
        private final long first;
        private final long last;
        private final boolean exclusive;

        private Range(long first, long last, boolean exclusive) {
            this.first = first;
            this.last = last;
            this.exclusive = exclusive;
        }

        private boolean conflicts(Range other) {
            return (exclusive || other.exclusive) && first <= other.last && other.first <= last;
        }
    }

    private final List<Range> ranges = new ArrayList<>();

    /** A shared range if that takes no waiting, or null. */
    synchronized Range tryShared(long first, long last) {
        Range range = new Range(first, last, false);
        if (isBlocked(range, ranges.size())) {
            return null;
        }
        ranges.add(range);
        return range;
    }

    Range shared(long first, long last) {
        return lock(new Range(first, last, false));
    }

    Range exclusive(long first, long last) {
        return lock(new Range(first, last, true));
    }

    private synchronized Range lock(Range range) {
        ranges.add(range);
        boolean interrupted = false;
        while (isBlocked(range, ranges.indexOf(range))) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return range;
    }

    private boolean isBlocked(Range range, int before) {
        for (int i = 0; i < before; i++) {
            if (ranges.get(i).conflicts(range)) {
                return true;
            }
        }
        return false;
    }

    synchronized void release(Range range) {
        ranges.remove(range);
        notifyAll();
    }
}
