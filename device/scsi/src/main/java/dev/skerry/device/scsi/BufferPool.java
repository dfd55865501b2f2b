package dev.skerry.device.scsi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Native buffers of one size for data that cannot move straight between storage and guest memory.
 * One that is never given back is reclaimed with its last user, so an operation that outlives its
 * logical unit harms nobody.
 */
final class BufferPool {
    /** The size of a buffer. */
    static final int BYTES = 64 << 10;

    private static final int MOST_KEPT = 64;

    private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();

    MemorySegment take() {
        MemorySegment buffer = free.poll();
        return buffer != null ? buffer : Arena.ofAuto().allocate(BYTES, 4096);
    }

    void give(MemorySegment buffer) {
        if (buffer != null && free.size() < MOST_KEPT) {
            free.push(buffer);
        }
    }

    /** Part of a list of segments as a list of segments. */
    static List<MemorySegment> slice(List<MemorySegment> segments, long skip, long length) {
        if (segments.size() == 1) {
            return List.of(segments.getFirst().asSlice(skip, length));
        }
        List<MemorySegment> part = new java.util.ArrayList<>();
        long from = skip;
        long left = length;
        for (MemorySegment segment : segments) {
            if (from >= segment.byteSize()) {
                from -= segment.byteSize();
            } else if (left > 0) {
                long bytes = Math.min(left, segment.byteSize() - from);
                part.add(segment.asSlice(from, bytes));
                from = 0;
                left -= bytes;
            }
        }
        return part;
    }
}
