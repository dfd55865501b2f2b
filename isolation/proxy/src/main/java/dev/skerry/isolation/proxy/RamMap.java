package dev.skerry.isolation.proxy;

import dev.skerry.platform.memory.FlatView;
import dev.skerry.platform.memory.RamRegion;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The RAM of a memory map in as few pieces as a device process takes. Neighbours that are neighbours
 * in their file too become one piece. Only if there are still more than every peer takes, small gaps
 * between pieces of one block are given away with them (the video memory's window, a stretch of
 * firmware: the guest's own RAM lies under both). Only if there are still more than fit, the smallest
 * are left out.
 *
 * @param pieces in ascending order
 * @param leftOut how many did not fit
 * @param leftOutBytes their size
 */
record RamMap(List<SharedRam> pieces, int leftOut, long leftOutBytes) {
    static final RamMap EMPTY = new RamMap(List.of(), 0, 0);

    private static final long PAGE = 4096;

    /** The hole of a PC below 1 MiB is 384 KiB. */
    private static final long LARGEST_GAP_BYTES = 1 << 20;

    /**
     * @param safe how many pieces every peer takes
     * @param most how many the protocol has room for
     */
    static RamMap of(FlatView view, int safe, int most) {
        List<SharedRam> pieces = merged(view);
        bridge(pieces, safe);
        if (pieces.size() <= most) {
            return new RamMap(List.copyOf(pieces), 0, 0);
        }
        List<SharedRam> bySize = new ArrayList<>(pieces);
        bySize.sort(Comparator.comparingLong(SharedRam::sizeBytes).reversed());
        List<SharedRam> small = bySize.subList(most, bySize.size());
        long smallBytes = small.stream().mapToLong(SharedRam::sizeBytes).sum();
        int count = small.size();
        pieces.removeAll(List.copyOf(small));
        return new RamMap(List.copyOf(pieces), count, smallBytes);
    }

    private static List<SharedRam> merged(FlatView view) {
        List<SharedRam> pieces = new ArrayList<>();
        for (FlatView.Range range : view.ranges()) {
            SharedRam piece = wholePages(range);
            if (piece == null) {
                continue;
            }
            SharedRam last = pieces.isEmpty() ? null : pieces.getLast();
            if (last != null
                    && last.end() == piece.gpa()
                    && last.delta() == piece.delta()
                    && last.block().isOfSameFile(piece.block())) {
                pieces.set(pieces.size() - 1, upTo(last, piece.end()));
            } else {
                pieces.add(piece);
            }
        }
        return pieces;
    }

    /** What of a range can be mapped by somebody else, or null. */
    private static SharedRam wholePages(FlatView.Range range) {
        if (!(range.region() instanceof RamRegion ram)
                || ram.isReadOnly()
                || !ram.block().hasFd()) {
            return null;
        }
        long fileOffset = ram.block().fileOffset() + range.regionOffset();
        long start = (range.start() + PAGE - 1) & -PAGE;
        long end = range.end() & -PAGE;
        boolean mappable = ((fileOffset - range.start()) & (PAGE - 1)) == 0;
        return mappable && start < end
                ? new SharedRam(
                        start, end - start, ram.block(), fileOffset + (start - range.start()))
                : null;
    }

    private static SharedRam upTo(SharedRam piece, long end) {
        return new SharedRam(piece.gpa(), end - piece.gpa(), piece.block(), piece.fileOffset());
    }

    /** Closes the smallest gaps until there are no more pieces than wanted, or no such gaps. */
    private static void bridge(List<SharedRam> pieces, int wanted) {
        while (pieces.size() > wanted) {
            int best = -1;
            long bestGap = LARGEST_GAP_BYTES + 1;
            for (int i = 0; i + 1 < pieces.size(); i++) {
                SharedRam left = pieces.get(i);
                SharedRam right = pieces.get(i + 1);
                long gap = right.gpa() - left.end();
                if (left.block() == right.block()
                        && left.delta() == right.delta()
                        && gap < bestGap) {
                    best = i;
                    bestGap = gap;
                }
            }
            if (best < 0) {
                return;
            }
            pieces.set(best, upTo(pieces.get(best), pieces.remove(best + 1).end()));
        }
    }
}
