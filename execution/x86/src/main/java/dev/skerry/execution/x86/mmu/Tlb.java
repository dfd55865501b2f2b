package dev.skerry.execution.x86.mmu;

import java.util.Arrays;

/**
 * A direct-mapped cache of translations for one kind of access rights. An entry may be there for
 * reading and for writing separately: each has a tag of its own, so that one comparison answers both
 * "is it here" and "is it allowed".
 *
 * <p>Tags are page addresses; {@link #NONE} equals none. An entry only ever names RAM of the window;
 * everything else takes the slow path every time. Pages that hold decoded code have no write tag, so
 * that writes to them are seen.
 */
final class Tlb {
    static final int SIZE = 4096;
    static final int MASK = SIZE - 1;
    static final long NONE = 1;

    // An entry is four numbers, one of them spare: half a cache line.
    static final int READ_TAG = 0;
    static final int WRITE_TAG = 1;

    /** Window offset of a byte: its gva plus this. */
    static final int ADDEND = 2;

    static final int ENTRY_SHIFT = 2;
    static final int INDEX = MASK << ENTRY_SHIFT;

    /** Those of all the machine's TLBs: {@link TlbTable}. */
    final long[] entries;

    /** Where this one's begin. */
    final int base;

    /** Entries of global pages, which a change of CR3 leaves. */
    private final boolean[] global = new boolean[SIZE];

    /** Whether there may be entries of others. */
    private boolean hasLocal;

    /** The size of the guest's page that the entry is a piece of, as a power of two. */
    private final byte[] sizeBits = new byte[SIZE];

    Tlb(TlbTable table) {
        entries = table.entries();
        base = table.take();
        flush();
    }

    /** Where the entry of an address begins, from {@link #base}. */
    static int index(long gva) {
        return (int) (gva >>> 12 - ENTRY_SHIFT) & INDEX;
    }

    private int at(long gva) {
        return Direct.index(base, gva);
    }

    boolean isReadable(long gva) {
        return entries[at(gva) + READ_TAG] == (gva & Mmu.PAGE);
    }

    boolean isWritable(long gva) {
        return entries[at(gva) + WRITE_TAG] == (gva & Mmu.PAGE);
    }

    /** Window offset of an address whose page is here. */
    long offset(long gva) {
        return gva + entries[at(gva) + ADDEND];
    }

    /** Enters a page, for reading and perhaps for writing. */
    void enter(
            long page,
            long windowOffset,
            boolean readable,
            boolean writable,
            boolean isGlobal,
            int pageBits) {
        int i = at(page);
        boolean same = entries[i + ADDEND] == windowOffset - page;
        if (readable) {
            entries[i + READ_TAG] = page;
        } else if (!same || entries[i + READ_TAG] != page) {
            entries[i + READ_TAG] = NONE;
        }
        if (writable) {
            entries[i + WRITE_TAG] = page;
        } else if (!same || entries[i + WRITE_TAG] != page) {
            entries[i + WRITE_TAG] = NONE;
        }
        entries[i + ADDEND] = windowOffset - page;
        int number = i - base >> ENTRY_SHIFT;
        global[number] = isGlobal;
        hasLocal |= !isGlobal;
        sizeBits[number] = (byte) pageBits;
    }

    void flush() {
        Arrays.fill(entries, base, base + TlbTable.STRETCH, NONE);
        hasLocal = false;
    }

    void flushLocal() {
        if (!hasLocal) {
            return;
        }
        hasLocal = false;
        for (int i = 0; i < SIZE; i++) {
            if (!global[i]) {
                drop(base + (i << ENTRY_SHIFT));
            }
        }
    }

    private void drop(int i) {
        entries[i + READ_TAG] = NONE;
        entries[i + WRITE_TAG] = NONE;
    }

    void flushPage(long gva) {
        int i = at(gva);
        if (isReadable(gva)) {
            entries[i + READ_TAG] = NONE;
        }
        if (isWritable(gva)) {
            entries[i + WRITE_TAG] = NONE;
        }
    }

    /** Drops all pieces of the page that an address is on, whatever its size. */
    void flushLarge(long gva) {
        for (int i = 0; i < SIZE; i++) {
            int at = base + (i << ENTRY_SHIFT);
            if ((entries[at + READ_TAG] ^ gva) >>> sizeBits[i] == 0) {
                entries[at + READ_TAG] = NONE;
            }
            if ((entries[at + WRITE_TAG] ^ gva) >>> sizeBits[i] == 0) {
                entries[at + WRITE_TAG] = NONE;
            }
        }
    }

    /** Takes the right to write to a page of the window without being seen, wherever it is. */
    void protect(long windowOffset) {
        int end = base + TlbTable.STRETCH;
        for (int at = base; at < end; at += 1 << ENTRY_SHIFT) {
            long tag = entries[at + WRITE_TAG];
            if (tag != NONE && tag + entries[at + ADDEND] == windowOffset) {
                entries[at + WRITE_TAG] = NONE;
            }
        }
    }
}
