package dev.skerry.platform.memory;

import java.lang.foreign.MemorySegment;

/**
 * Guest memory in the hands of an operation that outlives the call, such as a disk transfer. Reused
 * from one operation to the next; filled by {@link AddressSpace#acquire}, given back by {@link
 * #close}. Until then its memory stays mapped, whatever becomes of the map.
 */
public final class DmaSlice implements AutoCloseable {
    private RamBlock block;
    private MemorySegment segment;

    /** A slice of nothing. */
    public DmaSlice() {}

    void fill(RamBlock retained, MemorySegment part) {
        if (block != null) {
            throw new IllegalStateException("the slice is still in use");
        }
        block = retained;
        segment = part;
    }

    /** The memory; its length may be less than was asked for, where a range ends. */
    public MemorySegment segment() {
        if (block == null) {
            throw new IllegalStateException("the slice holds nothing");
        }
        return segment;
    }

    @Override
    public void close() {
        if (block != null) {
            RamBlock held = block;
            block = null;
            segment = null;
            held.release();
        }
    }
}
