package dev.skerry.verify.fuzz;

import dev.skerry.platform.memory.Region;

import java.util.ArrayList;
import java.util.List;

/**
 * An address map answered the simple way: for every address all its entries are asked, most
 * important first. Entries are leaves, windows onto leaves, or maps.
 */
final class NaiveMap {
    /**
     * A leaf, or part of one, at a place.
     *
     * @param region the leaf
     * @param regionOffset its first byte that shows
     * @param sizeBytes how much of it shows
     */
    record Entry(Region region, long regionOffset, long sizeBytes, long start, int priority) {}

    /** What answers at an address. */
    record Place(Region region, long offset) {}

    private final List<Entry> entries = new ArrayList<>();

    /** The later one of equals comes first. */
    void put(Entry entry) {
        int at = 0;
        while (at < entries.size() && entries.get(at).priority() > entry.priority()) {
            at++;
        }
        entries.add(at, entry);
    }

    void remove(Region region) {
        entries.removeIf(entry -> entry.region() == region && entry.regionOffset() == 0);
    }

    /** That one, not one like it. */
    void remove(Entry entry) {
        entries.removeIf(other -> other == entry);
    }

    /** Null if nobody answers. */
    Place at(long gpa) {
        for (Entry entry : entries) {
            if (gpa >= entry.start() && gpa - entry.start() < entry.sizeBytes()) {
                return new Place(entry.region(), gpa - entry.start() + entry.regionOffset());
            }
        }
        return null;
    }

    List<Entry> entries() {
        return entries;
    }
}
