package dev.skerry.verify.fuzz;

import static dev.skerry.verify.fuzz.Promise.require;

import dev.skerry.device.scsi.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A storage in memory whose operations end at once, later, in any order, or not as hoped, and that
 * insists on being asked as a {@link Storage} is promised to be.
 */
final class FuzzedStorage implements Storage {
    private record Operation(Runnable effect, Completion completion) {}

    private static final int BYTES = 128 << 10;
    private static final byte[] PATTERN = pattern();

    private final byte[] bytes;
    private final List<Operation> pending = new ArrayList<>();

    /** Whether operations wait until they are told to end. */
    boolean defers;

    /** What operations end with from now on; null if well. */
    IOException failure;

    FuzzedStorage() {
        bytes = PATTERN.clone();
    }

    private static byte[] pattern() {
        byte[] pattern = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            pattern[i] = (byte) (i * 7 + (i >> 9));
        }
        return pattern;
    }

    byte[] bytes() {
        return bytes;
    }

    int pending() {
        return pending.size();
    }

    /** Ends one of the operations under way, if there is any. */
    void complete(int which) {
        if (!pending.isEmpty()) {
            end(pending.remove(which % pending.size()));
        }
    }

    private void end(Operation operation) {
        IOException now = operation.completion().isWanted() ? failure : new IOException("unwanted");
        if (now == null) {
            operation.effect().run();
        }
        operation.completion().done(now);
    }

    private void begin(Completion completion, Runnable effect) {
        Operation operation = new Operation(effect, completion);
        if (defers) {
            pending.add(operation);
        } else {
            end(operation);
        }
    }

    private void requireRange(long offset, long length) {
        require(
                offset >= 0 && length > 0 && length <= bytes.length - offset,
                "%d bytes at %d of a storage of %d",
                length,
                offset,
                bytes.length);
    }

    private static long length(List<MemorySegment> segments) {
        long total = 0;
        for (MemorySegment segment : segments) {
            require(segment.isNative() && segment.byteSize() > 0, "a segment is %s", segment);
            total += segment.byteSize();
        }
        return total;
    }

    @Override
    public long sizeBytes() {
        return bytes.length;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public void read(long offset, List<MemorySegment> into, Completion completion) {
        requireRange(offset, length(into));
        begin(
                completion,
                () -> {
                    long at = offset;
                    for (MemorySegment segment : into) {
                        long size = segment.byteSize();
                        MemorySegment.copy(MemorySegment.ofArray(bytes), at, segment, 0, size);
                        at += size;
                    }
                });
    }

    @Override
    public void write(long offset, List<MemorySegment> from, Completion completion) {
        requireRange(offset, length(from));
        begin(
                completion,
                () -> {
                    long at = offset;
                    for (MemorySegment segment : from) {
                        long size = segment.byteSize();
                        MemorySegment.copy(segment, 0, MemorySegment.ofArray(bytes), at, size);
                        at += size;
                    }
                });
    }

    @Override
    public void flush(Completion completion) {
        begin(completion, () -> {});
    }

    @Override
    public void discard(long offset, long lengthBytes, Completion completion) {
        requireRange(offset, lengthBytes);
        begin(completion, () -> {});
    }

    @Override
    public void writeZeroes(long offset, long lengthBytes, Completion completion) {
        requireRange(offset, lengthBytes);
        begin(
                completion,
                () ->
                        java.util.Arrays.fill(
                                bytes, (int) offset, (int) (offset + lengthBytes), (byte) 0));
    }

    @Override
    public void cancelAll() {
        while (!pending.isEmpty()) {
            pending.removeFirst().completion().done(new IOException("cancelled"));
        }
    }
}
