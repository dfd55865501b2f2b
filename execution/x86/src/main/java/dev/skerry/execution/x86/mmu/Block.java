package dev.skerry.execution.x86.mmu;

import dev.skerry.execution.x86.decode.Insn;

import java.util.ArrayList;
import java.util.List;

/**
 * A run of instructions on one page, entered only at its first: it ends at a transfer of control, at
 * an instruction after which the CPU must look up, or at the end of the page. An instruction that
 * reaches into the next page is a block of its own.
 */
public final class Block {
    public final Insn[] instructions;

    /** The page it begins on. */
    public final CodePage page;

    /** For one that reaches into the next page: that page. Otherwise null. */
    public final CodePage secondPage;

    /** Offset in the page. */
    public final int start;

    public final int lengthBytes;

    /** See {@link dev.skerry.execution.x86.state.Mode}. */
    public final int mode;

    /** Whether its bytes have changed since; then it must not be entered again. */
    public volatile boolean stale;

    /** How often it was entered; not exact. */
    public int entries;

    /** The translation that begins with it, or null. */
    public volatile Translation translation;

    /** Whether somebody was asked to translate it; not exact. */
    public boolean requested;

    private final List<Translation> users = new ArrayList<>();

    /** The block last run after this one when it ended by falling through, on the same page. */
    public Block next;

    /** As {@link #next}, when its last instruction jumped. */
    public Block target;

    public Block(
            CodePage page,
            CodePage secondPage,
            int start,
            int lengthBytes,
            int mode,
            Insn[] instructions) {
        this.page = page;
        this.secondPage = secondPage;
        this.start = start;
        this.lengthBytes = lengthBytes;
        this.mode = mode;
        this.instructions = instructions;
    }

    /** Notes that a translation contains it. False if it is stale already. */
    public synchronized boolean use(Translation by) {
        if (!stale) {
            users.add(by);
        }
        return !stale;
    }

    /** A translation that contained it has gone. */
    public synchronized void release(Translation by) {
        users.remove(by);
    }

    /** Its bytes have changed. Returns whether a translation has gone with it. */
    synchronized boolean retire() {
        stale = true;
        users.forEach(Translation::retire);
        return !users.isEmpty();
    }
}
