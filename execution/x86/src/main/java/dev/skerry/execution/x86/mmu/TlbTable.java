package dev.skerry.execution.x86.mmu;

/**
 * The entries of all TLBs of a machine, in one array: to translated code that is a constant of known
 * length, so that HotSpot drops the bounds check of every look into it. Each TLB has a stretch of its
 * own, and is used by one vCPU's thread.
 */
public final class TlbTable {
    /** Numbers that one TLB's entries take: a power of two. */
    public static final int STRETCH = Tlb.SIZE << Tlb.ENTRY_SHIFT;

    private final long[] entries;
    private int taken;

    /** @param tlbs how many there will be */
    TlbTable(int tlbs) {
        entries = new long[STRETCH * (Integer.highestOneBit(2 * tlbs - 1))];
    }

    /**
     * Where the next TLB's stretch begins.
     *
     * @throws IllegalStateException if there are more TLBs than were announced
     */
    synchronized int take() {
        if (taken == entries.length) {
            throw new IllegalStateException("no room for another TLB");
        }
        int base = taken;
        taken += STRETCH;
        return base;
    }

    /** All entries; the length is a power of two. */
    public long[] entries() {
        return entries;
    }
}
