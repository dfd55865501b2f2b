package dev.skerry.execution.x86.translator;

import java.util.ArrayList;
import java.util.List;

/** The instructions of a region that may fault: where they are, and what was counted too early. */
final class Sites {
    private record Site(int distance, int undone) {}

    private final List<Site> sites = new ArrayList<>();

    /**
     * @param distance of the instruction from the region's begin
     * @param undone how many instructions of its block are not done when it faults
     * @return its number
     */
    int add(int distance, int undone) {
        sites.add(new Site(distance, undone));
        return sites.size() - 1;
    }

    void clear() {
        sites.clear();
    }

    int[] distances() {
        return sites.stream().mapToInt(Site::distance).toArray();
    }

    int[] undone() {
        return sites.stream().mapToInt(Site::undone).toArray();
    }
}
