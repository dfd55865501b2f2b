package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.mmu.CodePage;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.mmu.Translation;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Mode;

/**
 * Runs regions, one after another as long as there are. Owned by the vCPU's thread. Which region
 * begins at an address is remembered until translations of addresses are dropped.
 */
public final class Runner {
    private static final int SIZE = 8192;
    private static final int PAGE = 4096;

    private final Core core;
    private final CpuState s;
    private final Mmu mmu;
    private final long[] starts = new long[SIZE];
    private final int[] generations = new int[SIZE];
    private final Region[] regions = new Region[SIZE];

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

    private void follow(Region first) {
        Region region = first;
        do {
            if (checker == null) {
                region.run(core, s, mmu);
            } else {
                checker.run(region);
            }
            if (mmu.codeChanged || core.isRequested()) {
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
        int i = slot(rip);
        Region region = regions[i];
        if (starts[i] != rip || region == null || region.isStale()) {
            return null;
        }
        if (generations[i] != generation) {
            if (!region.canEnter(mmu, rip)) {
                return null;
            }
            generations[i] = mmu.codeGeneration();
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
        int i = slot(s.rip);
        starts[i] = s.rip;
        generations[i] = mmu.codeGeneration();
        regions[i] = region;
        return region;
    }
}
