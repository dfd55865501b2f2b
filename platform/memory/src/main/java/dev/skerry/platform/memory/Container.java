package dev.skerry.platform.memory;

import java.util.ArrayList;
import java.util.List;

/**
 * A region made of others. Where they overlap the higher priority wins, among equals the one added
 * last; where none is, nothing answers.
 */
public final class Container extends Region {
    private final List<Placement> placements = new ArrayList<>();
    private final Runnable onChange = this::changed;

    /**
     * A region and its place.
     *
     * @param offset of its first byte, from the container's begin, not negative
     * @param priority higher covers lower; 0 is the usual one
     */
    public record Placement(Region region, long offset, int priority) {
        public Placement {
            if (offset < 0) {
                throw new IllegalArgumentException(region + " at offset " + offset);
            }
        }
    }

    public Container(String name, long sizeBytes) {
        super(name, sizeBytes);
    }

    public void add(Region region, long offset, int priority) {
        synchronized (TREE) {
            insert(new Placement(region, offset, priority));
            changed();
        }
    }

    public void add(Region region, long offset) {
        add(region, offset, 0);
    }

    /** Takes a region out; does nothing if it is not in. */
    public void remove(Region region) {
        synchronized (TREE) {
            if (take(region)) {
                changed();
            }
        }
    }

    public boolean contains(Region region) {
        synchronized (TREE) {
            return placements.stream().anyMatch(p -> p.region() == region);
        }
    }

    /** Takes some regions out and puts others in; address spaces see one change. */
    public void replace(List<? extends Region> leaving, List<Placement> coming) {
        synchronized (TREE) {
            for (Placement placement : coming) {
                if (contains(placement.region()) && !leaving.contains(placement.region())) {
                    throw new IllegalStateException(
                            placement.region() + " is in " + name() + " already");
                }
            }
            for (Region region : leaving) {
                take(region);
            }
            for (Placement placement : coming) {
                insert(placement);
            }
            changed();
        }
    }

    private void insert(Placement placement) {
        if (contains(placement.region())) {
            throw new IllegalStateException(placement.region() + " is in " + name() + " already");
        }
        int at = 0;
        while (at < placements.size() && placements.get(at).priority() > placement.priority()) {
            at++;
        }
        placements.add(at, placement);
        placement.region().addDependent(onChange);
    }

    private boolean take(Region region) {
        boolean found = placements.removeIf(p -> p.region() == region);
        if (found) {
            region.removeDependent(onChange);
        }
        return found;
    }

    @Override
    void render(FlatView.Builder view, long base, long clipStart, long clipEnd) {
        long start = Math.max(clipStart, base);
        long end = Math.min(clipEnd, FlatView.end(base, sizeBytes()));
        for (Placement p : placements) {
            if (base < 0 || p.offset() <= Long.MAX_VALUE - base) {
                p.region().render(view, base + p.offset(), start, end);
            }
        }
    }
}
