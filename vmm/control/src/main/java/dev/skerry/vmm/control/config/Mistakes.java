package dev.skerry.vmm.control.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What is wrong with a document: all of it, in the order of its lines. */
final class Mistakes {
    private record Mistake(int line, int column, String what) {}

    private final String document;
    private final List<Mistake> found = new ArrayList<>();

    Mistakes(String document) {
        this.document = document;
    }

    /** Notes one, with the place (counted from 1) it is at. */
    void add(Place place, String what) {
        found.add(new Mistake(place.line(), place.column(), what));
    }

    void throwIfAny() throws ConfigException {
        if (!found.isEmpty()) {
            found.sort(Comparator.comparingInt(Mistake::line).thenComparingInt(Mistake::column));
            List<String> lines = new ArrayList<>();
            for (Mistake mistake : found) {
                lines.add(
                        document + ":" + mistake.line + ":" + mistake.column + ": " + mistake.what);
            }
            throw new ConfigException(String.join("\n", lines));
        }
    }
}
