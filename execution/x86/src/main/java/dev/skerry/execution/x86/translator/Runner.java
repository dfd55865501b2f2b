package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.mmu.CodePage;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.mmu.Translation;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Mode;

import java.util.Arrays;

/**
 * Runs regions, one after another as long as there are. Owned by the vCPU's thread. Which region
 * begins at an address is remembered until translations of addresses are dropped.
 */
public final class Runner {
    private static final int SIZE = 8192;
    private static final int PAGE = 4096;

    /** A region that was entered, where, and in which generation of the map that was checked. */
    private static final class Entry {
        long start;
        int generation;
        Region region;
    }

    private final Core core;
    private final CpuState s;
    private final Mmu mmu;
    private final Entry[] entries = new Entry[SIZE];

    /** Whether a region was left for the interpreter to do an instruction. */
    private boolean hasMissed;

    /** Null unless regions are checked. */
    private final Checker checker;

    /**
     * @param referee null, or what runs instructions without translations, to check these against
     */
    public Runner(Core core, Checker.Referee referee) {
        this.core = core;
        checker = referee == null ? null : new Checker(core, referee);
        s = core.state;
        mmu = core.mmu;
        Arrays.setAll(entries, i -> new Entry());
    }

    /**
     * Runs the translation that a block has, and those that follow.
     *
     * @return false, with nothing done, if it cannot be entered
     * @throws dev.skerry.execution.x86.state.GuestFault with {@code rip} at the instruction
     */
    public boolean run(Block block) {
        Region region = find(s.rip, mmu.codeGeneration());
        if (region == null) {
            region = enter(block.translation);
            if (region == null) {
                return false;
            }
        }
        follow(region);
        return true;
    }

    /**
     * Whether the block at {@code rip} is the interpreter's this time. To be asked before each {@link
     * #run}.
     */
    public boolean takeMiss() {
        boolean taken = hasMissed;
        hasMissed = false;
        return taken;
    }

    private void follow(Region first) {
        Region region = first;
        do {
            int left = Region.FOLLOW;
            if (checker == null) {
                left = region.run(core, s, mmu);
            } else {
                checker.run(region);
            }
            if (left != Region.FOLLOW || mmu.codeChanged || core.isRequested()) {
                hasMissed = left == Region.MISSED;
                mmu.codeChanged = false;
                return;
            }
            region = find(s.rip, mmu.codeGeneration());
            if (region == null) {
                region = lookUp();
            }
        } while (region != null);
    }

    private static int slot(long rip) {
        return (int) (rip ^ rip >>> 12) & SIZE - 1;
    }

    private Region find(long rip, int generation) {
        Entry entry = entries[slot(rip)];
        Region region = entry.region;
        if (entry.start != rip || region == null || region.isStale()) {
            return null;
        }
        if (entry.generation != generation) {
            if (!region.canEnter(mmu, rip)) {
                return null;
            }
            entry.generation = mmu.codeGeneration();
            region.isUsed = true;
        }
        return region;
    }

    /** The region at {@code rip}, if there is one that is not remembered yet. */
    private Region lookUp() {
        CodePage page = mmu.peekCodePage(s.rip);
        if (page == null) {
            return null;
        }
        Block block = page.find((int) s.rip & PAGE - 1, Mode.LONG);
        return block == null ? null : enter(block.translation);
    }

    private Region enter(Translation translation) {
        if (!(translation instanceof Region region) || !region.canEnter(mmu, s.rip)) {
            return null;
        }
        region.isUsed = true;
        Entry entry = entries[slot(s.rip)];
        entry.start = s.rip;
        entry.generation = mmu.codeGeneration();
        entry.region = region;
        return region;
    }
}
