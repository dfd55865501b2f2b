package dev.skerry.device.scsi;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** A storage in memory whose operations complete at once or when the test says so. */
final class MemoryStorage implements Storage {
    final byte[] bytes;
    final List<String> log = new ArrayList<>();
    private final Queue<Runnable> deferred = new ArrayDeque<>();
    boolean readOnly;
    boolean writeBack = true;
    boolean defers;
    IOException failure;

    /** Takes writes without keeping them, so that a test may have a large disk. */
    boolean forgets;

    long writes;
    long sizeBytes;

    MemoryStorage(int sizeBytes) {
        this(sizeBytes, sizeBytes);
    }

    /** One that says it is larger than what it keeps. */
    MemoryStorage(int keptBytes, long sizeBytes) {
        bytes = new byte[keptBytes];
        this.sizeBytes = sizeBytes;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public boolean isWriteBack() {
        return writeBack;
    }

    private void run(String what, Completion completion, Runnable effect) {
        log.add(what);
        Runnable whole =
                () -> {
                    IOException now = failure;
                    if (now == null) {
                        effect.run();
                    }
                    completion.done(now);
                };
        if (defers) {
            deferred.add(whole);
        } else {
            whole.run();
        }
    }

    /** Completes the oldest deferred operation; false if there is none. */
    boolean complete() {
        Runnable next = deferred.poll();
        if (next != null) {
            next.run();
        }
        return next != null;
    }

    private static long length(List<MemorySegment> segments) {
        long total = 0;
        for (MemorySegment segment : segments) {
            total += segment.byteSize();
        }
        return total;
    }

    @Override
    public void read(long offset, List<MemorySegment> into, Completion completion) {
        run(
                "read " + offset + " " + length(into),
                completion,
                () -> {
                    int at = (int) offset;
                    for (MemorySegment segment : into) {
                        int size = (int) segment.byteSize();
                        MemorySegment.copy(MemorySegment.ofArray(bytes), at, segment, 0, size);
                        at += size;
                    }
                });
    }

    @Override
    public void write(long offset, List<MemorySegment> from, Completion completion) {
        writes++;
        if (forgets) {
            completion.done(failure);
            return;
        }
        run(
                "write " + offset + " " + length(from),
                completion,
                () -> {
                    int at = (int) offset;
                    for (MemorySegment segment : from) {
                        int size = (int) segment.byteSize();
                        MemorySegment.copy(segment, 0, MemorySegment.ofArray(bytes), at, size);
                        at += size;
                    }
                });
    }

    @Override
    public void flush(Completion completion) {
        run("flush", completion, () -> {});
    }

    @Override
    public void discard(long offset, long length, Completion completion) {
        run("discard " + offset + " " + length, completion, () -> {});
    }

    @Override
    public void writeZeroes(long offset, long length, Completion completion) {
        int from = (int) offset;
        int to = (int) (offset + length);
        run(
                "zero " + offset + " " + length,
                completion,
                () -> java.util.Arrays.fill(bytes, from, to, (byte) 0));
    }
}
