package dev.skerry.device.scsi;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

/**
 * Blocks on their way from the initiator. Small transfers are collected, so that the bus is free
 * while they are written; others go straight from the initiator's memory, whole blocks at a time,
 * the odd bytes through a buffer.
 */
final class BlockOut implements DataPhase {
    /** Where the bytes go. */
    interface Sink {
        /**
         * @param result what went wrong, or null
         */
        void accept(
                ScsiTask task, long offsetBytes, List<MemorySegment> from, Consumer<Sense> result);
    }

    private final ScsiTask task;
    private final Sink sink;
    private final BufferPool pool;
    private final long offsetBytes;
    private final long totalBytes;
    private final int blockBytes;
    private final Runnable onAllAccepted;
    private MemorySegment buffer;
    private int buffered;
    private long position;

    /**
     * @param onAllAccepted ends the task
     */
    BlockOut(
            ScsiTask task,
            Sink sink,
            BufferPool pool,
            long offsetBytes,
            long totalBytes,
            int blockBytes,
            Runnable onAllAccepted) {
        this.task = task;
        this.sink = sink;
        this.pool = pool;
        this.offsetBytes = offsetBytes;
        this.totalBytes = totalBytes;
        this.blockBytes = blockBytes;
        this.onAllAccepted = onAllAccepted;
    }

    @Override
    public boolean isIn() {
        return false;
    }

    @Override
    public long remaining() {
        return totalBytes - position;
    }

    private boolean isCollected() {
        return !task.holdsBus() && totalBytes <= BufferPool.BYTES;
    }

    @Override
    public void move(List<MemorySegment> segments, long lengthBytes, ScsiTask.Moved moved) {
        go(segments, lengthBytes, 0, moved);
    }

    private void go(List<MemorySegment> segments, long length, long done, ScsiTask.Moved moved) {
        long left = length - done;
        if (left == 0) {
            finish(length, moved);
        } else if (!isCollected()
                && buffered == 0
                && position % blockBytes == 0
                && left >= blockBytes) {
            long bytes = left - left % blockBytes;
            sink.accept(
                    task,
                    offsetBytes + position,
                    BufferPool.slice(segments, done, bytes),
                    sense -> {
                        if (survives(sense)) {
                            position += bytes;
                            go(segments, length, done + bytes, moved);
                        } else {
                            moved.moved(done);
                        }
                    });
        } else {
            long bytes = Math.min(left, BufferPool.BYTES - buffered);
            collect(BufferPool.slice(segments, done, bytes));
            if (buffered == BufferPool.BYTES && position < totalBytes) {
                drain(() -> go(segments, length, done + bytes, moved), () -> moved.moved(done));
            } else {
                go(segments, length, done + bytes, moved);
            }
        }
    }

    private void finish(long length, ScsiTask.Moved moved) {
        if (position == totalBytes) {
            // The initiator's memory is free again, whatever the storage does.
            task.waitAgain();
            if (buffered > 0) {
                drain(onAllAccepted, () -> {});
            } else {
                onAllAccepted.run();
            }
        }
        moved.moved(length);
    }

    private void collect(List<MemorySegment> from) {
        if (buffer == null) {
            buffer = pool.take();
        }
        for (MemorySegment segment : from) {
            MemorySegment.copy(segment, 0, buffer, buffered, segment.byteSize());
            buffered += (int) segment.byteSize();
            position += segment.byteSize();
        }
    }

    private void drain(Runnable next, Runnable failed) {
        sink.accept(
                task,
                offsetBytes + position - buffered,
                List.of(buffer.asSlice(0, buffered)),
                sense -> {
                    buffered = 0;
                    pool.give(buffer);
                    buffer = null;
                    if (survives(sense)) {
                        next.run();
                    } else {
                        failed.run();
                    }
                });
    }

    private boolean survives(Sense sense) {
        if (sense != null && task.isAlive()) {
            task.lun().fail(task, sense);
        }
        return task.isAlive();
    }
}
