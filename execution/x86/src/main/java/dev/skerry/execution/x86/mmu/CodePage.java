package dev.skerry.execution.x86.mmu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The decoded code of one physical page, for all CPUs. Blocks are looked up without a lock; adding
 * and dropping them is under the page's lock.
 *
 * <p>The page keeps a copy of the bytes its blocks were decoded from. Comparing it with memory tells
 * whether somebody whose writes are not seen (a device in another process) has changed them.
 */
public final class CodePage {
    static final int SIZE = 4096;
    private static final int MOST_RETIRED = 16;

    private final CodeCache cache;
    private final GuestMemory memory;

    /** Of a page in the window: its offset there. Otherwise -1. */
    private final long windowOffset;

    private final long gpa;
    private final byte[] copy = new byte[SIZE];
    private final MemorySegment copySegment = MemorySegment.ofArray(copy);

    /** Bits of bytes that blocks have. Read without the lock: replaced, never emptied. */
    private volatile long[] covered = new long[SIZE / 64];

    private Block[] table = new Block[32];
    private int count;

    /** How often translations have gone because its code changed. */
    private int retired;

    /** The DMA epoch in which the blocks were last known to be what memory holds. */
    private int validEpoch;

    CodePage(CodeCache cache, GuestMemory memory, long windowOffset, long gpa) {
        this.cache = cache;
        this.memory = memory;
        this.windowOffset = windowOffset;
        this.gpa = gpa;
    }

    /** The block that begins at an offset, for a mode; null if there is none. */
    public Block find(int start, int mode) {
        Block[] blocks = table;
        int mask = blocks.length - 1;
        for (int i = slot(start, mode) & mask; ; i = i + 1 & mask) {
            Block block = blocks[i];
            if (block == null
                    || block.start == start
                            && block.mode == mode
                            && block.page == this
                            && !block.stale) {
                return block;
            }
        }
    }

    /** Whether its code changes too often to be worth translating. */
    public boolean isUnsteady() {
        return retired > MOST_RETIRED;
    }

    private static int slot(int start, int mode) {
        return start * 7 + mode;
    }

    /**
     * The bytes at and after an offset, as they now are, for decoding.
     *
     * @return how many were put into the buffer
     */
    public int fetch(int start, byte[] into, int at) {
        int length = Math.min(into.length - at, SIZE - start);
        if (windowOffset >= 0) {
            MemorySegment.copy(
                    memory.window(), ValueLayout.JAVA_BYTE, windowOffset + start, into, at, length);
        } else {
            memory.space().read(gpa + start, MemorySegment.ofArray(into), at, length);
        }
        return length;
    }

    /**
     * Keeps a block. Writes to its bytes are noticed from before this returns.
     *
     * @param bytes what it was decoded from
     * @param owner the CPU that decoded it
     * @return the block, or null if the bytes have changed in the meantime
     */
    public synchronized Block add(Block block, byte[] bytes, int at, int length, Mmu owner) {
        int start = block.page == this ? block.start : 0;
        if (count == 0 && windowOffset >= 0) {
            cache.protect(windowOffset, owner);
        }
        for (int i = 0; i < length; i++) {
            copy[start + i] = bytes[at + i];
            covered[start + i >> 6] |= 1L << start + i;
        }
        count++;
        insert(block);
        // As in CodeCache.written: either a writer sees the marks or this sees what was written.
        VarHandle.fullFence();
        if (differs(start, start + length) >= 0) {
            drop(start, length);
            return null;
        }
        return block;
    }

    private void insert(Block block) {
        if (2 * count > table.length) {
            Block[] before = table;
            Block[] larger = new Block[2 * before.length];
            for (Block old : before) {
                if (old != null) {
                    place(larger, old);
                }
            }
            place(larger, block);
            table = larger;
        } else {
            place(table, block);
        }
    }

    private static void place(Block[] blocks, Block block) {
        int mask = blocks.length - 1;
        int i = slot(block.start, block.mode) & mask;
        while (blocks[i] != null) {
            i = i + 1 & mask;
        }
        blocks[i] = block;
    }

    /** Whether any block has a byte of a range. */
    boolean covers(int start, int length) {
        long[] covered = this.covered;
        for (int i = start; i < start + length; i++) {
            if ((covered[i >> 6] >>> i & 1) != 0) {
                return true;
            }
        }
        return false;
    }

    /** Forgets the blocks that have a byte of a range. Returns whether there were any. */
    synchronized boolean drop(int start, int length) {
        Block[] before = table;
        Block[] left = new Block[before.length];
        boolean any = false;
        boolean translated = false;
        long[] stillCovered = new long[SIZE / 64];
        count = 0;
        for (Block block : before) {
            if (block == null) {
                continue;
            }
            int from = block.page == this ? block.start : 0;
            int to = block.page == this ? Math.min(SIZE, from + block.lengthBytes) : endHere(block);
            if (from < start + length && start < to) {
                translated |= block.retire();
                any = true;
            } else if (!block.stale) {
                place(left, block);
                count++;
                cover(stillCovered, from, to);
            }
        }
        table = left;
        covered = stillCovered;
        if (count == 0 && windowOffset >= 0) {
            cache.release(windowOffset);
        }
        if (translated) {
            retired++;
            cache.translationsRetired();
        }
        return any;
    }

    /** Where the part of a block ends that began on the page before. */
    private static int endHere(Block block) {
        return block.start + block.lengthBytes - SIZE;
    }

    private static void cover(long[] covered, int from, int to) {
        for (int i = from; i < to; i++) {
            covered[i >> 6] |= 1L << i;
        }
    }

    /** Compares with memory, and forgets what is no longer so. */
    synchronized void validate(int epoch) {
        if (validEpoch == epoch) {
            return;
        }
        validEpoch = epoch;
        if (count == 0) {
            return;
        }
        for (int at = differs(0, SIZE); at >= 0; at = differs(at + 1, SIZE)) {
            if ((covered[at >> 6] >>> at & 1) != 0) {
                drop(at, 1);
            }
            // Bytes that are no code are kept up as well, so that a page without changes is one
            // comparison.
            copy[at] = now(at);
        }
    }

    private byte now(int at) {
        return windowOffset >= 0
                ? memory.window().get(ValueLayout.JAVA_BYTE, windowOffset + at)
                : (byte) memory.space().read(gpa + at, 1);
    }

    /** The first byte of a range that memory has otherwise, or -1. */
    private int differs(int start, int end) {
        if (windowOffset < 0) {
            byte[] now = new byte[end - start];
            memory.space().read(gpa + start, MemorySegment.ofArray(now), 0, now.length);
            int at = Arrays.mismatch(now, 0, now.length, copy, start, end);
            return at < 0 ? -1 : start + at;
        }
        long at =
                MemorySegment.mismatch(
                        memory.window(),
                        windowOffset + start,
                        windowOffset + end,
                        copySegment,
                        start,
                        end);
        return at < 0 ? -1 : start + (int) at;
    }
}
