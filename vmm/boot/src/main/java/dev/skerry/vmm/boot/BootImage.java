package dev.skerry.vmm.boot;

import dev.skerry.platform.memory.AddressSpace;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * All that memory and the first CPU hold when a kernel begins. Can be put into memory as often as the
 * machine starts anew.
 */
public record BootImage(List<Segment> segments, Entry entry) {
    private static final MemorySegment ZEROES =
            MemorySegment.ofArray(new byte[1 << 20]).asReadOnly();

    public BootImage {
        segments = List.copyOf(segments);
    }

    /** Puts everything where it belongs. Nobody else may write there meanwhile. */
    public void putInto(AddressSpace memory) {
        for (Segment segment : segments) {
            long inFile = segment.bytes().byteSize();
            memory.write(segment.gpa(), segment.bytes(), 0, inFile);
            for (long done = inFile; done < segment.sizeBytes(); ) {
                long part = Math.min(ZEROES.byteSize(), segment.sizeBytes() - done);
                memory.write(segment.gpa() + done, ZEROES, 0, part);
                done += part;
            }
        }
    }
}
