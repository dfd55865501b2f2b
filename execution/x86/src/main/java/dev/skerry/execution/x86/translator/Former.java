package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.mmu.CodePage;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.Mode;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds what is to be translated together: from a block that runs often on along jumps, direct calls
 * and what is behind them, as long as it has run, too. On the vCPU's thread, since it asks for
 * translations of addresses; it decodes nothing.
 */
final class Former {
    private static final int MOST_BLOCKS = 64;
    private static final int MOST_INSTRUCTIONS = 240;
    private static final int PAGE = 4096;

    /** How far from its begin a region may have code, so that distances are ints. */
    private static final int FARTHEST = 1 << 29;

    /** Of how many runs of the first block another one must have one, to be worth its room. */
    private static final int RARE = 32;

    private final Mmu mmu;
    private final long begin;
    private final Map<Integer, CodePage> pages = new LinkedHashMap<>();
    private final Map<Integer, Plan.Node> found = new LinkedHashMap<>();
    private final ArrayDeque<Plan.Node> open = new ArrayDeque<>();
    private final int least;
    private final boolean onlyRepeatable;
    private int instructions;

    private Former(Mmu mmu, long begin, int entries, boolean onlyRepeatable) {
        this.onlyRepeatable = onlyRepeatable;
        this.mmu = mmu;
        this.begin = begin;
        least = Math.max(1, entries / RARE);
    }

    /**
     * Null if there is nothing to translate.
     *
     * @param onlyRepeatable whether instructions that differ each time are left out
     */
    static Candidate form(Mmu mmu, Block entry, long gva, boolean onlyRepeatable) {
        if (entry.mode != Mode.LONG) {
            return null;
        }
        Former former = new Former(mmu, gva, entry.entries, onlyRepeatable);
        former.add(0);
        while (!former.open.isEmpty()) {
            former.follow(former.open.poll());
        }
        return former.candidate();
    }

    private Candidate candidate() {
        if (found.get(0) == null
                || Usage.way(found.get(0).block.instructions[0]) == Usage.Way.LAST) {
            return null;
        }
        List<Plan.Node> nodes = new ArrayList<>(found.values());
        nodes.removeIf(node -> node == null);
        Map<Integer, CodePage> used = new LinkedHashMap<>();
        for (Plan.Node node : nodes) {
            int distance = pageDistance(begin + node.distance);
            used.put(distance, node.block.page);
            if (node.block.secondPage != null) {
                used.put(distance + PAGE, node.block.secondPage);
            }
        }
        int[] distances = used.keySet().stream().mapToInt(Integer::intValue).toArray();
        return new Candidate(nodes, distances, used.values().toArray(new CodePage[0]));
    }

    private int pageDistance(long gva) {
        return (int) ((gva & -PAGE) - (begin & -PAGE));
    }

    private void follow(Plan.Node node) {
        if (node.hasTarget()) {
            add(node.target());
        }
        if (node.fallsThrough() || node.isCall()) {
            add(node.end());
        }
    }

    private void add(int distance) {
        if (Math.abs(distance) > FARTHEST
                || found.containsKey(distance)
                || found.size() >= MOST_BLOCKS
                || instructions >= MOST_INSTRUCTIONS) {
            return;
        }
        Plan.Node node = node(distance);
        found.put(distance, node);
        if (node != null) {
            instructions += node.count;
            open.add(node);
        }
    }

    private Plan.Node node(int distance) {
        long gva = begin + distance;
        CodePage page = page(gva);
        Block block = page == null ? null : page.find((int) gva & PAGE - 1, Mode.LONG);
        if (block == null || page.isUnsteady()) {
            return null;
        }
        if (block.entries < least && block.translation == null && distance != 0) {
            return null;
        }
        if (block.secondPage != null && page(gva + PAGE) != block.secondPage) {
            return null;
        }
        Plan.Node node = new Plan.Node(block, distance, onlyRepeatable);
        return node.count == 0 ? null : node;
    }

    private CodePage page(long gva) {
        int distance = pageDistance(gva);
        CodePage known = pages.get(distance);
        if (known == null) {
            known = mmu.peekCodePage(gva & -PAGE);
            if (known != null) {
                pages.put(distance, known);
            }
        }
        return known;
    }
}
