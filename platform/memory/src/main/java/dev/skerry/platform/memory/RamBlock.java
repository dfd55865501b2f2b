package dev.skerry.platform.memory;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.FileStatus;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.Mapping;
import dev.skerry.platform.linux.MemFd;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A piece of a file that guests see as memory, mapped into this process, with a count of those who
 * use it. It is unmapped when the last of them lets go, so that a change of the memory map never
 * takes memory from under an operation that is still running.
 *
 * <p>Safe for use by many threads.
 */
public final class RamBlock {
    private final Mapping mapping;
    private final FileStatus file;
    private final long fileOffset;
    private final AtomicInteger users = new AtomicInteger(1);

    private RamBlock(Mapping mapping, FileStatus file, long fileOffset) {
        this.mapping = mapping;
        this.file = file;
        this.fileOffset = fileOffset;
    }

    /**
     * Maps part of a file; the descriptor is no longer needed afterwards. The caller is the first
     * user.
     *
     * @param offsetBytes where in the file the block begins
     * @param sizeBytes its length; it must lie within the file
     * @throws IOException if the file is not a regular one, is too short or cannot be mapped
     */
    public static RamBlock map(Fd fd, long offsetBytes, long sizeBytes) throws IOException {
        FileStatus status = fd.status();
        if (!status.isRegularFile()) {
            throw new IOException(fd + " is not a file that holds memory");
        }
        return new RamBlock(
                Mapping.of(fd, offsetBytes, sizeBytes, Mapping.Access.READ_WRITE),
                status,
                offsetBytes);
    }

    /** New memory of this process' own, zeroed. The caller is the first user. */
    public static RamBlock allocate(String name, long sizeBytes) throws LinuxException {
        try (Fd fd = MemFd.sealed(name, sizeBytes)) {
            return new RamBlock(
                    Mapping.of(fd, 0, sizeBytes, Mapping.Access.READ_WRITE), fd.status(), 0);
        }
    }

    /** Whether this is the same piece of the same file. */
    public boolean isSame(FileStatus other, long offsetBytes, long sizeBytes) {
        return file.device() == other.device()
                && file.inode() == other.inode()
                && fileOffset == offsetBytes
                && sizeBytes() == sizeBytes;
    }

    public MemorySegment segment() {
        return mapping.segment();
    }

    public long sizeBytes() {
        return mapping.segment().byteSize();
    }

    /** Becomes a user. Returns false if the block is gone already. */
    public boolean tryRetain() {
        int count = users.get();
        while (count > 0) {
            int seen = users.compareAndExchange(count, count + 1);
            if (seen == count) {
                return true;
            }
            count = seen;
        }
        return false;
    }

    /** Ends a use; the last one unmaps. */
    public void release() {
        int left = users.decrementAndGet();
        if (left == 0) {
            mapping.close();
        } else if (left < 0) {
            throw new IllegalStateException("memory block released more often than used");
        }
    }
}
