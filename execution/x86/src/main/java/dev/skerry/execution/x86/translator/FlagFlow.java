package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.decode.Insn;

import java.util.List;

/**
 * Who may see the flags that each instruction of a region sets, before others are set. What sees them
 * in the same block takes them from variables; for all else they have to be in the CPU's state: what
 * may throw, other blocks, calls of semantics. Ways out of the region store them on the way, so that
 * a loop does not.
 */
final class FlagFlow {
    private final Plan plan;
    private final boolean missesLeave;
    private final boolean[][] needed;
    private final boolean[][] visible;

    /** By block: whether flags from before it may be seen. */
    private final boolean[] liveIn;

    /** @param missesLeave whether the region is left where an address is not in the TLB */
    FlagFlow(Plan plan, boolean missesLeave) {
        this.plan = plan;
        this.missesLeave = missesLeave;
        List<Plan.Node> nodes = plan.nodes();
        liveIn = new boolean[nodes.size()];
        needed = new boolean[nodes.size()][];
        visible = new boolean[nodes.size()][];
        boolean changed = true;
        while (changed) {
            changed = false;
            for (Plan.Node node : nodes.reversed()) {
                boolean live = pass(node);
                changed |= live != liveIn[node.index];
                liveIn[node.index] = live;
            }
        }
    }

    /** Whether somebody may see the flags that an instruction of a block sets. */
    boolean isNeeded(Plan.Node node, int i) {
        return needed[node.index][i];
    }

    /** Whether they have to be in the CPU's state. */
    boolean isVisible(Plan.Node node, int i) {
        return visible[node.index][i];
    }

    /** Goes through a block backwards. */
    private boolean pass(Plan.Node node) {
        boolean[] isNeeded = new boolean[node.count];
        boolean[] isVisible = new boolean[node.count];
        boolean stored = leavesFlags(node);
        boolean looked = stored || goesOut(node);
        for (int i = node.count - 1; i >= 0; i--) {
            Insn in = node.block.instructions[i];
            Usage.Way way = Usage.way(in);
            looked |= Usage.mayStore(in, way);
            isVisible[i] = stored;
            isNeeded[i] = stored || looked;
            if (Usage.writesFlags(in)) {
                stored = false;
                looked = false;
            }
            boolean looks = isNeeded[i] || !Usage.needsFlagsForFlags(in, way);
            looked |= looks && Usage.needsFlags(in, way);
            looked |= Usage.mayFault(in, way);
            stored |= missesLeave ? Usage.mayThrow(in, way) : Usage.mayFault(in, way);
        }
        needed[node.index] = isNeeded;
        visible[node.index] = isVisible;
        return stored || looked;
    }

    /** Whether flags have to be in the CPU's state when a block has ended. */
    private boolean leavesFlags(Plan.Node node) {
        if (node.isWhole() && !node.hasTarget() && !node.fallsThrough()) {
            return true;
        }
        return !forks(node)
                && (node.hasTarget() && isLiveAt(node.target())
                        || node.fallsThrough() && isLiveAt(node.end()));
    }

    /** Whether there are two ways on. Flags are stored on the one where they may be seen, then. */
    private static boolean forks(Plan.Node node) {
        return node.hasTarget() && node.fallsThrough();
    }

    /** Whether flags from before may be seen from a block on; false outside the region. */
    boolean isLiveAt(int distance) {
        Plan.Node to = plan.at(distance);
        return to != null && liveIn[to.index];
    }

    /** Whether flags may be looked at on one of the ways on. */
    private boolean goesOut(Plan.Node node) {
        return !node.isWhole()
                || node.hasTarget() && mayLeave(node, node.target())
                || node.fallsThrough() && mayLeave(node, node.end())
                || forks(node) && (isLiveAt(node.target()) || isLiveAt(node.end()));
    }

    /** Whether a way on may be one out of the region. */
    private boolean mayLeave(Plan.Node node, int distance) {
        Plan.Node to = plan.at(distance);
        return to == null || to.index <= node.index;
    }
}
