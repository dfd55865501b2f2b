package dev.skerry.device.scsi;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

/** Compares segments with a storage, a buffer at a time. */
final class Comparison {
    private final Storage storage;
    private final BufferPool pool;
    private final List<MemorySegment> expected;
    private final Consumer<Sense> result;
    private final MemorySegment buffer;
    private long offsetBytes;
    private int index;
    private long within;

    Comparison(
            Storage storage,
            BufferPool pool,
            long offsetBytes,
            List<MemorySegment> expected,
            Consumer<Sense> result) {
        this.storage = storage;
        this.pool = pool;
        this.offsetBytes = offsetBytes;
        this.expected = expected;
        this.result = result;
        buffer = pool.take();
    }

    void next() {
        if (index == expected.size()) {
            finish(null);
            return;
        }
        MemorySegment segment = expected.get(index);
        long bytes = Math.min(BufferPool.BYTES, segment.byteSize() - within);
        storage.read(
                offsetBytes,
                List.of(buffer.asSlice(0, bytes)),
                failure -> {
                    if (failure != null) {
                        finish(Sense.READ_ERROR);
                    } else if (buffer.asSlice(0, bytes).mismatch(segment.asSlice(within, bytes))
                            >= 0) {
                        finish(Sense.MISCOMPARE);
                    } else {
                        advance(segment, bytes);
                        next();
                    }
                });
    }

    private void advance(MemorySegment segment, long bytes) {
        offsetBytes += bytes;
        within += bytes;
        if (within == segment.byteSize()) {
            within = 0;
            index++;
        }
    }

    private void finish(Sense sense) {
        pool.give(buffer);
        result.accept(sense);
    }
}
