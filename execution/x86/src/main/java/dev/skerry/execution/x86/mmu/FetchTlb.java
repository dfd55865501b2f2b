package dev.skerry.execution.x86.mmu;

import java.util.Arrays;

/** Translations for instruction fetches, from linear pages to pages of decoded code. */
final class FetchTlb {
    /** Page address, plus 2 for user mode: rights to execute differ. */
    private final long[] tags = new long[Tlb.SIZE];

    private final CodePage[] pages = new CodePage[Tlb.SIZE];
    private final boolean[] global = new boolean[Tlb.SIZE];
    private final byte[] sizeBits = new byte[Tlb.SIZE];

    /** Entries whose page was compared with memory since the last {@link #uncheck}. */
    private final int[] checked = new int[Tlb.SIZE];

    private int check = 1;

    /** Changes with every flush; see {@link Mmu#codeGeneration}. */
    int generation;

    FetchTlb() {
        flush();
    }

    static int index(long gva) {
        return (int) (gva >>> 12) & Tlb.MASK;
    }

    private static long tag(long page, boolean user) {
        return user ? page | 2 : page;
    }

    boolean isEntered(int i, long page, boolean user) {
        return tags[i] == tag(page, user);
    }

    CodePage page(int i) {
        return pages[i];
    }

    boolean isChecked(int i) {
        return checked[i] == check;
    }

    void setChecked(int i) {
        checked[i] = check;
    }

    /** Translations stay, but pages are to be compared with memory before they run again. */
    void uncheck() {
        generation++;
        check++;
    }

    void enter(int i, long page, boolean user, CodePage code, boolean isGlobal, int pageBits) {
        tags[i] = tag(page, user);
        pages[i] = code;
        global[i] = isGlobal;
        sizeBits[i] = (byte) pageBits;
        checked[i] = check;
    }

    void flush() {
        generation++;
        Arrays.fill(tags, Tlb.NONE);
        Arrays.fill(pages, null);
    }

    void flushLocal() {
        generation++;
        for (int i = 0; i < Tlb.SIZE; i++) {
            if (!global[i]) {
                tags[i] = Tlb.NONE;
                pages[i] = null;
            }
        }
    }

    void flushPage(long gva) {
        generation++;
        int i = index(gva);
        if ((tags[i] & Mmu.PAGE) == (gva & Mmu.PAGE)) {
            tags[i] = Tlb.NONE;
            pages[i] = null;
        }
    }

    /** As {@link Tlb#flushLarge}. */
    void flushLarge(long gva) {
        generation++;
        for (int i = 0; i < Tlb.SIZE; i++) {
            if ((tags[i] ^ gva) >>> sizeBits[i] == 0) {
                tags[i] = Tlb.NONE;
                pages[i] = null;
            }
        }
    }
}
