package dev.skerry.platform.memory;

import java.util.ArrayList;
import java.util.List;

/**
 * A named piece of a guest's physical address map. Regions form a tree under a {@link Container};
 * an {@link Alias} shows part of another region at a second place.
 *
 * <p>Trees may be changed by many threads: {@link #TREE} lets one at a time, and address spaces
 * pick a change up as a whole before it lets the next.
 */
public abstract sealed class Region permits Container, RamRegion, IoRegion, Alias {
    /**
     * Held while any tree is changed or rendered. One for all: trees share regions, and changes are
     * rare.
     */
    static final Object TREE = new Object();

    private final String name;
    private final long sizeBytes;

    /** Whoever must look again when this region or something below it changes. */
    private final List<Runnable> dependents = new ArrayList<>(1);

    Region(String name, long sizeBytes) {
        if (sizeBytes <= 0) {
            throw new IllegalArgumentException(name + ": size 0x" + Long.toHexString(sizeBytes));
        }
        this.name = name;
        this.sizeBytes = sizeBytes;
    }

    public final String name() {
        return name;
    }

    /** Its size in bytes, 1 to 2^63 - 1. */
    public final long sizeBytes() {
        return sizeBytes;
    }

    final void addDependent(Runnable dependent) {
        dependents.add(dependent);
    }

    final void removeDependent(Runnable dependent) {
        dependents.remove(dependent);
    }

    final void changed() {
        for (Runnable dependent : List.copyOf(dependents)) {
            dependent.run();
        }
    }

    /**
     * Puts what this region shows into a view being made.
     *
     * @param base where its first byte would be; may be negative when a window cuts its begin off
     * @param clipStart the window's first address
     * @param clipEnd the address after the window's last
     */
    abstract void render(FlatView.Builder view, long base, long clipStart, long clipEnd);

    @Override
    public String toString() {
        return String.format("%s (0x%x bytes)", name, sizeBytes);
    }
}
