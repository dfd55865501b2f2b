package dev.skerry.platform.linux;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * A list of pieces of memory that one transfer fills or empties in order, as if they were one: what
 * {@code struct iovec} is to the kernel. Reused from one transfer to the next. One thread changes
 * it, and nobody may while a transfer uses it.
 *
 * <p>Pieces are native memory for transfers with files; the copies work on any segment. Whoever
 * adds a piece keeps its memory alive until the transfer has ended: the kernel gets the address.
 */
public final class IoVector {
    private MemorySegment[] segments;
    private long[] offsets;
    private long[] lengths;
    private int count;
    private long totalBytes;

    /** An empty list. */
    public IoVector() {
        this(4);
    }

    private IoVector(int capacity) {
        segments = new MemorySegment[capacity];
        offsets = new long[capacity];
        lengths = new long[capacity];
    }

    /** A list of one piece: the whole segment. */
    public static IoVector of(MemorySegment segment) {
        IoVector vector = new IoVector(1);
        vector.add(segment, 0, segment.byteSize());
        return vector;
    }

    /** Forgets all pieces. */
    public void clear() {
        Arrays.fill(segments, 0, count, null);
        count = 0;
        totalBytes = 0;
    }

    /** Adds part of a segment at the end; a part of no bytes is left out. */
    public void add(MemorySegment segment, long offset, long lengthBytes) {
        Objects.checkFromIndexSize(offset, lengthBytes, segment.byteSize());
        if (lengthBytes == 0) {
            return;
        }
        if (count == segments.length) {
            segments = Arrays.copyOf(segments, 2 * count);
            offsets = Arrays.copyOf(offsets, 2 * count);
            lengths = Arrays.copyOf(lengths, 2 * count);
        }
        segments[count] = segment;
        offsets[count] = offset;
        lengths[count] = lengthBytes;
        count++;
        totalBytes += lengthBytes;
    }

    /** Adds a range of another list. */
    public void add(IoVector other, long at, long lengthBytes) {
        Objects.checkFromIndexSize(at, lengthBytes, other.totalBytes);
        long skip = at;
        long left = lengthBytes;
        for (int i = 0; i < other.count && left > 0; i++) {
            if (skip >= other.lengths[i]) {
                skip -= other.lengths[i];
                continue;
            }
            long part = Math.min(left, other.lengths[i] - skip);
            add(other.segments[i], other.offsets[i] + skip, part);
            left -= part;
            skip = 0;
        }
    }

    /** How many pieces it has. */
    public int count() {
        return count;
    }

    public long totalBytes() {
        return totalBytes;
    }

    MemorySegment segment(int index) {
        return segments[Objects.checkIndex(index, count)];
    }

    long offset(int index) {
        return offsets[index];
    }

    long length(int index) {
        return lengths[index];
    }

    /**
     * Whether all pieces of a range begin and end at multiples of a power of two in memory.
     *
     * @param alignment in bytes
     */
    public boolean isAligned(long at, long lengthBytes, long alignment) {
        Objects.checkFromIndexSize(at, lengthBytes, totalBytes);
        long bits = 0;
        long skip = at;
        long left = lengthBytes;
        for (int i = 0; i < count && left > 0; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            long part = Math.min(left, lengths[i] - skip);
            bits |= segments[i].address() + offsets[i] + skip | part;
            left -= part;
            skip = 0;
        }
        return (bits & alignment - 1) == 0;
    }

    /** Sets a range to zeroes. */
    public void zero(long at, long lengthBytes) {
        forRange(
                at,
                lengthBytes,
                (segment, offset, position, part) -> segment.asSlice(offset, part).fill((byte) 0));
    }

    /** Copies from a segment into a range of the list. */
    public void copyFrom(MemorySegment source, long sourceOffset, long at, long lengthBytes) {
        forRange(
                at,
                lengthBytes,
                (segment, offset, position, part) ->
                        MemorySegment.copy(source, sourceOffset + position, segment, offset, part));
    }

    /** Copies a range of the list into a segment. */
    public void copyTo(MemorySegment target, long targetOffset, long at, long lengthBytes) {
        forRange(
                at,
                lengthBytes,
                (segment, offset, position, part) ->
                        MemorySegment.copy(segment, offset, target, targetOffset + position, part));
    }

    private interface Part {
        void take(MemorySegment segment, long offset, long position, long partBytes);
    }

    private void forRange(long at, long lengthBytes, Part action) {
        Objects.checkFromIndexSize(at, lengthBytes, totalBytes);
        long skip = at;
        long done = 0;
        for (int i = 0; i < count && done < lengthBytes; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            long part = Math.min(lengthBytes - done, lengths[i] - skip);
            action.take(segments[i], offsets[i] + skip, done, part);
            done += part;
            skip = 0;
        }
    }
}
