package dev.skerry.device.block;

import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.linux.IoVector;
import dev.skerry.platform.linux.LinuxException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A host file that bypasses the page cache ({@code cache=none}, {@code directsync}). Transfers whose
 * place and memory are aligned go straight between disk and memory; others go through a buffer, and
 * writes of part of a block read the rest of it first.
 */
final class DirectFile implements ImageFile {
    /** What the block layer of Linux wants at most (a logical block is at most a page). */
    private static final int MOST_ALIGNMENT = 4096;

    private static final int LEAST_ALIGNMENT = 512;
    private static final int BUFFER_BYTES = 256 << 10;

    private static final ThreadLocal<MemorySegment> BUFFERS =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(BUFFER_BYTES, MOST_ALIGNMENT));

    private final HostImageFile file;
    private final int alignment;

    /**
     * Shared by whoever writes whole blocks, exclusive for changing part of one: nobody's write may
     * come between the reading of a block and its writing.
     */
    private final ReadWriteLock blocks = new ReentrantReadWriteLock();

    private DirectFile(HostImageFile file, int alignment) {
        this.file = file;
        this.alignment = alignment;
    }

    /**
     * Takes over an open file.
     *
     * @throws ImageException if its file system cannot
     */
    static DirectFile over(HostImageFile file) throws IOException {
        try {
            file.bypassCache();
        } catch (LinuxException e) {
            if (e.is(Errno.EINVAL)) {
                throw new ImageException(
                        file.name()
                                + ": its file system does not support O_DIRECT; say another cache=");
            }
            throw e;
        }
        return new DirectFile(file, alignmentOf(file));
    }

    /** The file system does not tell; a read that is not aligned enough is refused. */
    private static int alignmentOf(HostImageFile file) throws IOException {
        MemorySegment buffer = BUFFERS.get();
        for (int alignment = LEAST_ALIGNMENT; alignment < MOST_ALIGNMENT; alignment *= 2) {
            try {
                IoVector vector = IoVector.of(buffer.asSlice(alignment, alignment));
                file.read(alignment, vector, 0, alignment);
                return alignment;
            } catch (LinuxException e) {
                if (!e.is(Errno.EINVAL)) {
                    throw e;
                }
            }
        }
        return MOST_ALIGNMENT;
    }

    @Override
    public boolean isSlow() {
        return true;
    }

    private boolean isAligned(long offset, IoVector vector, long at, long lengthBytes) {
        return ((offset | lengthBytes) & alignment - 1) == 0
                && vector.isAligned(at, lengthBytes, alignment);
    }

    private long down(long offset) {
        return offset & -alignment;
    }

    private long up(long offset) {
        return offset + alignment - 1 & -alignment;
    }

    @Override
    public long read(long offset, IoVector into, long at, long lengthBytes) throws IOException {
        if (isAligned(offset, into, at, lengthBytes)) {
            return file.read(offset, into, at, lengthBytes);
        }
        MemorySegment buffer = BUFFERS.get();
        long done = 0;
        while (done < lengthBytes) {
            long from = down(offset + done);
            long skip = offset + done - from;
            long bytes = Math.min(up(offset + lengthBytes) - from, BUFFER_BYTES);
            long got = file.read(from, IoVector.of(buffer.asSlice(0, bytes)), 0, bytes);
            long part = Math.min(got - skip, lengthBytes - done);
            if (part <= 0) {
                break;
            }
            into.copyFrom(buffer, skip, at + done, part);
            done += part;
            if (got < bytes) {
                break;
            }
        }
        return done;
    }

    @Override
    public void write(long offset, IoVector from, long at, long lengthBytes) throws IOException {
        boolean wholeBlocks = ((offset | lengthBytes) & alignment - 1) == 0;
        var lock = wholeBlocks ? blocks.readLock() : blocks.writeLock();
        lock.lock();
        try {
            if (isAligned(offset, from, at, lengthBytes)) {
                file.write(offset, from, at, lengthBytes);
            } else {
                writeBuffered(offset, from, at, lengthBytes);
            }
        } finally {
            lock.unlock();
        }
    }

    private void writeBuffered(long offset, IoVector from, long at, long lengthBytes)
            throws IOException {
        MemorySegment buffer = BUFFERS.get();
        for (long done = 0; done < lengthBytes; ) {
            long start = down(offset + done);
            long skip = offset + done - start;
            long part = Math.min(BUFFER_BYTES - skip, lengthBytes - done);
            long bytes = up(skip + part);
            if (skip > 0 || bytes > skip + part) {
                patch(start, buffer, skip, bytes, from, at + done, part);
            } else {
                from.copyTo(buffer, 0, at + done, part);
                file.write(start, IoVector.of(buffer.asSlice(0, bytes)), 0, bytes);
            }
            done += part;
        }
    }

    /** Writes blocks of which some bytes stay; a file that ends within the last goes on doing so. */
    private void patch(
            long start,
            MemorySegment buffer,
            long skip,
            long bytes,
            IoVector from,
            long at,
            long part)
            throws IOException {
        MemorySegment whole = buffer.asSlice(0, bytes);
        long got = file.read(start, IoVector.of(whole), 0, bytes);
        whole.asSlice(got).fill((byte) 0);
        from.copyTo(whole, skip, at, part);
        file.write(start, IoVector.of(whole), 0, bytes);
        long end = Math.max(start + got, start + skip + part);
        if (end < start + bytes) {
            file.truncate(end);
        }
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public String identity() throws IOException {
        return file.identity();
    }

    @Override
    public long sizeBytes() throws IOException {
        return file.sizeBytes();
    }

    @Override
    public long allocatedBytes() throws IOException {
        return file.allocatedBytes();
    }

    @Override
    public boolean isReadOnly() {
        return file.isReadOnly();
    }

    @Override
    public void flush() throws IOException {
        file.flush();
    }

    @Override
    public boolean punchHole(long offset, long lengthBytes) throws IOException {
        return file.punchHole(offset, lengthBytes);
    }

    @Override
    public boolean zeroRange(long offset, long lengthBytes) throws IOException {
        return file.zeroRange(offset, lengthBytes);
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
        file.truncate(sizeBytes);
    }

    @Override
    public long nextData(long offset) throws IOException {
        return file.nextData(offset);
    }

    @Override
    public long nextHole(long offset) throws IOException {
        return file.nextHole(offset);
    }

    @Override
    public void close() {
        file.close();
    }
}
