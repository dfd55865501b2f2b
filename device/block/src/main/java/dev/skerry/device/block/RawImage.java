package dev.skerry.device.block;

import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.linux.IoVector;
import dev.skerry.platform.linux.LinuxException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A file or block device whose bytes are the disk's. A file that is no multiple of 512 bytes long
 * reads as zeroes up to the next multiple.
 *
 * <p>An image that is raw only by guess is guarded: a guest that could write the magic number of
 * another format to its first block would, at the next start, choose how the host reads its disk,
 * and name any file as its backing file. Such writes are refused.
 */
public final class RawImage implements BlockImage {
    private static final long BLOCK_BYTES = 512;

    private final ImageFile file;
    private final boolean guarded;
    private final boolean unmap;
    private final long fileBytes;
    private final long sizeBytes;

    /**
     * Takes over a file.
     *
     * @param guarded whether the format is a guess
     * @param unmap whether discarding gives storage back ({@code discard=unmap})
     */
    public RawImage(ImageFile file, boolean guarded, boolean unmap) throws IOException {
        this.file = file;
        this.guarded = guarded;
        this.unmap = unmap;
        fileBytes = file.sizeBytes();
        if (fileBytes > Long.MAX_VALUE - BLOCK_BYTES) {
            throw new ImageException(file.name() + ": length " + fileBytes + " is too large");
        }
        sizeBytes = (fileBytes + BLOCK_BYTES - 1) & -BLOCK_BYTES;
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public String format() {
        return "raw";
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public boolean isSlow() {
        return file.isSlow();
    }

    @Override
    public boolean isReadOnly() {
        return file.isReadOnly();
    }

    @Override
    public void read(long offset, IoVector into, long at, long lengthBytes) throws IOException {
        Objects.checkFromIndexSize(offset, lengthBytes, sizeBytes);
        long read = file.read(offset, into, at, lengthBytes);
        if (read < lengthBytes) {
            if (offset + read < fileBytes) {
                throw new ImageException(
                        file.name()
                                + ": was truncated while in use: ends at or before byte "
                                + (offset + read)
                                + " of "
                                + fileBytes);
            }
            into.zero(at + read, lengthBytes - read);
        }
    }

    @Override
    public boolean tryRead(long offset, IoVector into, long at, long lengthBytes)
            throws IOException {
        Objects.checkFromIndexSize(offset, lengthBytes, sizeBytes);
        return file.tryRead(offset, into, at, lengthBytes);
    }

    @Override
    public void write(long offset, IoVector from, long at, long lengthBytes) throws IOException {
        checkWrite(offset, lengthBytes);
        if (isGuarded(offset)) {
            writeGuarded(offset, from, at, lengthBytes);
        } else {
            file.write(offset, from, at, lengthBytes);
        }
    }

    @Override
    public boolean tryWrite(long offset, IoVector from, long at, long lengthBytes)
            throws IOException {
        checkWrite(offset, lengthBytes);
        return !isGuarded(offset) && file.tryWrite(offset, from, at, lengthBytes);
    }

    private boolean isGuarded(long offset) {
        return guarded && offset < ImageFormat.PROBE_BYTES;
    }

    /** The guest may change its memory meanwhile, so what is looked at is what is written. */
    private synchronized void writeGuarded(long offset, IoVector from, long at, long lengthBytes)
            throws IOException {
        MemorySegment first = Arena.ofAuto().allocate(ImageFormat.PROBE_BYTES);
        IoVector vector = IoVector.of(first);
        file.read(0, vector, 0, ImageFormat.PROBE_BYTES);
        long inFirst = Math.min(lengthBytes, ImageFormat.PROBE_BYTES - offset);
        from.copyTo(first, offset, at, inFirst);
        ImageFormat format = ImageFormat.of(first, ImageFormat.PROBE_BYTES);
        if (format != ImageFormat.RAW) {
            throw new LinuxException(
                    "write",
                    Errno.EPERM.value(),
                    file.name()
                            + ", block 0 would look like "
                            + format.label()
                            + " and the format was not given");
        }
        file.write(offset, vector, offset, inFirst);
        file.write(offset + inFirst, from, at + inFirst, lengthBytes - inFirst);
    }

    @Override
    public void flush() throws IOException {
        if (!file.isReadOnly()) {
            file.flush();
        }
    }

    @Override
    public void discard(long offset, long lengthBytes) throws IOException {
        checkWrite(offset, lengthBytes);
        // Zeroes in block 0 look like no format, so a guarded image needs no care here.
        if (unmap && lengthBytes > 0) {
            tolerant(true, offset, lengthBytes);
        }
    }

    @Override
    public void writeZeroes(long offset, long lengthBytes, boolean mayUnmap) throws IOException {
        checkWrite(offset, lengthBytes);
        if (lengthBytes > 0
                && !(mayUnmap && unmap && tolerant(true, offset, lengthBytes))
                && !tolerant(false, offset, lengthBytes)) {
            Zeroes.write(file, offset, lengthBytes);
        }
    }

    /** A block device answers EINVAL where a range does not suit it; then it is as if it cannot. */
    private boolean tolerant(boolean punch, long offset, long lengthBytes) throws IOException {
        try {
            return punch
                    ? file.punchHole(offset, lengthBytes)
                    : file.zeroRange(offset, lengthBytes);
        } catch (LinuxException e) {
            if (e.is(Errno.EINVAL)) {
                return false;
            }
            throw e;
        }
    }

    private void checkWrite(long offset, long lengthBytes) throws IOException {
        Objects.checkFromIndexSize(offset, lengthBytes, sizeBytes);
        if (file.isReadOnly()) {
            throw new LinuxException("write", BlockError.EROFS.value(), file.name());
        }
    }

    @Override
    public Extent extentAt(long offset, long mostBytes) throws IOException {
        Objects.checkFromIndexSize(offset, mostBytes, sizeBytes);
        long data = offset < fileBytes ? file.nextData(offset) : -1;
        if (data < 0) {
            return new Extent(true, mostBytes);
        }
        if (data > offset) {
            return new Extent(true, Math.min(mostBytes, data - offset));
        }
        long hole = file.nextHole(offset);
        return new Extent(false, hole <= offset ? mostBytes : Math.min(mostBytes, hole - offset));
    }

    @Override
    public void close() throws IOException {
        try (file) {
            flush();
        }
    }
}
