package dev.skerry.device.scsi;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Blocks on their way from the storage to the initiator. Small ones are read ahead, so that the bus
 * is free meanwhile; others go straight to the initiator's memory as it says where, whole blocks at
 * a time, the odd bytes through a buffer.
 */
final class BlockIn implements DataPhase {
    private final ScsiTask task;
    private final Storage storage;
    private final BufferPool pool;
    private final long offsetBytes;
    private final long totalBytes;
    private final int blockBytes;
    private MemorySegment buffer;
    private long bufferedFrom;
    private long bufferedTo;
    private long position;

    BlockIn(
            ScsiTask task,
            Storage storage,
            BufferPool pool,
            long offsetBytes,
            long totalBytes,
            int blockBytes) {
        this.task = task;
        this.storage = storage;
        this.pool = pool;
        this.offsetBytes = offsetBytes;
        this.totalBytes = totalBytes;
        this.blockBytes = blockBytes;
    }

    void begin() {
        if (task.holdsBus() || totalBytes > BufferPool.BYTES) {
            task.open(this);
        } else {
            fill(() -> task.open(this), () -> {});
        }
    }

    @Override
    public boolean isIn() {
        return true;
    }

    @Override
    public long remaining() {
        return totalBytes - position;
    }

    /** Reads what follows into the buffer, then goes on; or fails the task and tells that. */
    private void fill(Runnable next, Runnable failed) {
        if (buffer == null) {
            buffer = pool.take();
        }
        long bytes = Math.min(BufferPool.BYTES, totalBytes - position);
        storage.read(
                offsetBytes + position,
                List.of(buffer.asSlice(0, bytes)),
                new ForTask(
                        task,
                        failure -> {
                            if (!survives(failure)) {
                                failed.run();
                                return;
                            }
                            bufferedFrom = position;
                            bufferedTo = position + bytes;
                            next.run();
                        }));
    }

    private boolean survives(IOException failure) {
        if (failure != null && task.isAlive()) {
            task.lun().fail(task, Sense.READ_ERROR.at((offsetBytes + position) / blockBytes));
        }
        if (task.isAlive()) {
            return true;
        }
        releaseBuffer();
        return false;
    }

    private void releaseBuffer() {
        pool.give(buffer);
        buffer = null;
        bufferedTo = 0;
    }

    @Override
    public void move(List<MemorySegment> segments, long lengthBytes, ScsiTask.Moved moved) {
        go(segments, lengthBytes, 0, moved);
    }

    private void go(List<MemorySegment> segments, long length, long done, ScsiTask.Moved moved) {
        long left = length - done;
        if (left == 0) {
            if (position == totalBytes) {
                releaseBuffer();
                task.lun().good(task);
            }
            moved.moved(length);
        } else if (position < bufferedTo) {
            long bytes = Math.min(left, bufferedTo - position);
            copy(BufferPool.slice(segments, done, bytes));
            go(segments, length, done + bytes, moved);
        } else if (position % blockBytes == 0 && left >= blockBytes) {
            long bytes = left - left % blockBytes;
            storage.read(
                    offsetBytes + position,
                    BufferPool.slice(segments, done, bytes),
                    new ForTask(
                            task,
                            failure -> {
                                if (survives(failure)) {
                                    position += bytes;
                                    go(segments, length, done + bytes, moved);
                                } else {
                                    moved.moved(done);
                                }
                            }));
        } else {
            fill(() -> go(segments, length, done, moved), () -> moved.moved(done));
        }
    }

    private void copy(List<MemorySegment> to) {
        for (MemorySegment segment : to) {
            MemorySegment.copy(buffer, position - bufferedFrom, segment, 0, segment.byteSize());
            position += segment.byteSize();
        }
    }
}
