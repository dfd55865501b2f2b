package dev.skerry.vmm.boot;

import java.lang.foreign.MemorySegment;

/**
 * Bytes to be put at a guest-physical address.
 *
 * @param bytes the first of them
 * @param sizeBytes of the whole; what lies behind {@code bytes} is zeroes
 */
public record Segment(long gpa, MemorySegment bytes, long sizeBytes) {
    public Segment {
        if (sizeBytes < bytes.byteSize()) {
            throw new IllegalArgumentException(
                    bytes.byteSize() + " bytes in a segment of " + sizeBytes);
        }
    }

    static Segment of(long gpa, byte[] bytes) {
        return new Segment(gpa, MemorySegment.ofArray(bytes), bytes.length);
    }

    /** The address behind it. */
    public long endGpa() {
        return gpa + sizeBytes;
    }

    boolean overlaps(long begin, long end) {
        return sizeBytes != 0 && gpa < end && endGpa() > begin;
    }
}
