package dev.skerry.execution.x86.mmu;

import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.FlatView;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Guest-physical memory as all CPUs of a machine see it: one block of RAM that accesses may go to
 * directly, the window, and the address space for everything else. Safe for use by many threads.
 */
public final class GuestMemory {
    private record Map(long[] starts, long[] ends, long[] offsets, boolean[] writable) {}

    private final AddressSpace space;
    private final MemorySegment window;
    private final RamBlock block;
    private final TlbTable tlbs;
    private volatile Map map;
    private volatile long addressMask = -1;

    /**
     * @param block the machine's main memory, mapped for as long as this is used
     * @param cpus how many CPUs will see it
     */
    public GuestMemory(AddressSpace space, RamBlock block, int cpus) {
        tlbs = new TlbTable(cpus * Mmu.TLBS);
        this.space = space;
        this.block = block;
        window = block.segment();
        space.addListener((before, after) -> map = mapOf(after));
    }

    private Map mapOf(FlatView view) {
        List<FlatView.Range> ranges =
                view.ranges().stream()
                        .filter(
                                range ->
                                        range.region() instanceof RamRegion r && r.block() == block)
                        .toList();
        int count = ranges.size();
        Map made = new Map(new long[count], new long[count], new long[count], new boolean[count]);
        for (int i = 0; i < count; i++) {
            FlatView.Range range = ranges.get(i);
            RamRegion region = (RamRegion) range.region();
            made.starts[i] = range.start();
            made.ends[i] = range.end();
            made.offsets[i] = range.regionOffset();
            made.writable[i] = !region.isReadOnly();
        }
        return made;
    }

    public AddressSpace space() {
        return space;
    }

    /** What all the CPUs' TLBs have their entries in. */
    public TlbTable tlbs() {
        return tlbs;
    }

    /** The block of RAM that can be reached directly. */
    public MemorySegment window() {
        return window;
    }

    /**
     * Where in the window a page is.
     *
     * @param gpa a multiple of 4096
     * @return a byte offset, or -1 if any of the page is something else or, for writing, read-only
     */
    public long pageOffset(long gpa, boolean forWriting) {
        Map now = map;
        int at = Arrays.binarySearch(now.starts, gpa);
        int i = at >= 0 ? at : -at - 2;
        if (i < 0 || gpa + 4096 > now.ends[i] || forWriting && !now.writable[i]) {
            return -1;
        }
        return now.offsets[i] + gpa - now.starts[i];
    }

    /** All ones, but for bit 20 while the A20 gate is closed. */
    long addressMask() {
        return addressMask;
    }

    /** Opens or closes the A20 gate. The CPUs' translations are to be dropped by the caller. */
    public void setA20(boolean open) {
        addressMask = open ? -1 : ~(1L << 20);
    }

    /** Reads an entry of a page table. */
    long readTable(long gpa, int size) {
        long offset = pageOffset(gpa & Mmu.PAGE, false);
        if (offset < 0) {
            return space.read(gpa, size);
        }
        return Atomics.read(window, offset + (gpa & ~Mmu.PAGE), size);
    }

    /**
     * Changes an entry of a page table if it still is what it was: an entry that another CPU has
     * taken away in the meantime must not get bits. Where tables are in memory that cannot be
     * written to, nothing changes, and that is all right.
     */
    boolean replaceTable(long gpa, int size, long expected, long value) {
        long offset = pageOffset(gpa & Mmu.PAGE, true);
        if (offset < 0) {
            space.write(gpa, size, value);
            return true;
        }
        return Atomics.compareAndSet(window, offset + (gpa & ~Mmu.PAGE), size, expected, value);
    }
}
