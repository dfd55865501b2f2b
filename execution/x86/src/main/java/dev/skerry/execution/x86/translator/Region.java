package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.mmu.CodePage;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.mmu.Translation;
import dev.skerry.execution.x86.state.CpuState;

/**
 * Translated code: some blocks with the jumps between them, entered at the first one. The subclass
 * is generated. It serves at every linear address at which its pages are mapped the same way, so all
 * places in it are distances from where it is entered.
 */
public abstract class Region extends Translation {
    /** Code this far from the ends of an address' range is interpreted: jumps are not checked. */
    private static final long MARGIN = 1L << 32;

    private static final int PAGE = 4096;

    /** HotSpot's Tier3InvocationThreshold, up to the next multiple of what it looks at. */
    private static final int CALLS_UNTIL_COMPILED = 256;

    /** Left to what another region may have. */
    static final int FOLLOW = 0;

    /** Left after an instruction with which anything may have changed. */
    static final int LOOK = 1;

    /** Left to the interpreter: the instruction accesses what is not in the TLB. */
    static final int MISSED = 2;

    private Block[] blocks;
    private int[] siteDistance;
    private int[] siteUndone;
    private int[] pageDistance;
    private CodePage[] pages;

    /** Set when it is entered from outside, cleared when somebody looks for room. */
    volatile boolean isUsed = true;

    Region() {}

    /** What the generated code does not hold itself. */
    final void complete(Plan plan, Sites sites) {
        blocks = plan.blocks();
        siteDistance = sites.distances();
        siteUndone = sites.undone();
        pageDistance = plan.pageDistances();
        pages = plan.pages();
    }

    /**
     * Runs from {@code s.rip} on until it comes to something outside, or to something requested.
     *
     * @return {@link #FOLLOW}, {@link #LOOK} or {@link #MISSED}
     * @throws dev.skerry.execution.x86.state.GuestFault with {@code s} as it was before the
     *     instruction that raised it
     */
    abstract int run(Core c, CpuState s, Mmu m);

    /**
     * Has the JVM begin to compile it before a CPU enters it: until it is compiled, the JVM's
     * interpreter runs it, which is slower than ours.
     */
    final void prepare() {
        for (int i = 0; i < CALLS_UNTIL_COMPILED; i++) {
            run(null, null, null);
        }
    }

    /** Where on its page it begins. */
    final int entryOffset() {
        return blocks[0].start;
    }

    /** Called by generated code that is left before the end of a block. */
    final void leftAt(CpuState s, long base, int site, long done) {
        s.rip = base + siteDistance[site];
        s.translated += done - siteUndone[site];
    }

    /** Whether it may be entered at an address: all its pages are where they were. */
    final boolean canEnter(Mmu m, long rip) {
        if (isStale() || !isCanonical(rip - MARGIN) || !isCanonical(rip + MARGIN)) {
            return false;
        }
        for (int i = 0; i < pages.length; i++) {
            if (m.peekCodePage((rip & -PAGE) + pageDistance[i]) != pages[i]) {
                return false;
            }
        }
        // A page that was validated just now may have dropped code.
        return !isStale();
    }

    private static boolean isCanonical(long gva) {
        return gva << 16 >> 16 == gva;
    }

    /** Connects it with its blocks, so that it goes when one of them does. */
    final boolean connect() {
        boolean current = true;
        for (Block block : blocks) {
            current &= block.use(this);
        }
        if (!current) {
            disconnect();
            return false;
        }
        blocks[0].translation = this;
        return true;
    }

    /** Takes it out of use. */
    final void disconnect() {
        retire();
        for (Block block : blocks) {
            block.release(this);
        }
        if (blocks[0].translation == this) {
            blocks[0].translation = null;
            blocks[0].requested = false;
        }
    }
}
