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

    /** Null in a block that was made of somebody else's descriptor. */
    private final Fd fd;

    private final AtomicInteger users = new AtomicInteger(1);

    private RamBlock(Mapping mapping, Fd fd, FileStatus file, long fileOffset) {
        this.mapping = mapping;
        this.fd = fd;
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
        return map(fd, null, offsetBytes, sizeBytes);
    }

    /**
     * The same, but keeps the descriptor, so that the block can be given to another process; see
     * {@link #fd}. It is closed with the block, or here if the block cannot be had.
     */
    public static RamBlock mapOwned(Fd fd, long offsetBytes, long sizeBytes) throws IOException {
        try {
            return map(fd, fd, offsetBytes, sizeBytes);
        } catch (IOException e) {
            fd.close();
            throw e;
        }
    }

    private static RamBlock map(Fd fd, Fd kept, long offsetBytes, long sizeBytes)
            throws IOException {
        FileStatus status = fd.status();
        if (!status.isRegularFile()) {
            throw new IOException(fd + " is not a file that holds memory");
        }
        Mapping mapping = Mapping.of(fd, offsetBytes, sizeBytes, Mapping.Access.READ_WRITE);
        return new RamBlock(mapping, kept, status, offsetBytes);
    }

    /**
     * New memory of this process' own, zeroed, with its descriptor. The caller is the first user.
     */
    public static RamBlock allocate(String name, long sizeBytes) throws LinuxException {
        Fd fd = MemFd.sealed(name, sizeBytes);
        try {
            Mapping mapping = Mapping.of(fd, 0, sizeBytes, Mapping.Access.READ_WRITE);
            return new RamBlock(mapping, fd, fd.status(), 0);
        } catch (LinuxException e) {
            fd.close();
            throw e;
        }
    }

    /** Whether this is the same piece of the same file. */
    public boolean isSame(FileStatus other, long offsetBytes, long sizeBytes) {
        return file.device() == other.device()
                && file.inode() == other.inode()
                && fileOffset == offsetBytes
                && sizeBytes() == sizeBytes;
    }

    /**
     * The file the block is a piece of, for giving it to another process. The block owns the
     * descriptor and closes it when its last user lets go.
     *
     * @throws IllegalStateException if the block was made by {@link #map}, which keeps none
     */
    public Fd fd() {
        if (fd == null) {
            throw new IllegalStateException("this block of memory kept no descriptor");
        }
        return fd;
    }

    /** Whether there is a descriptor, so that the block can be given away. */
    public boolean hasFd() {
        return fd != null;
    }

    /** Whether two blocks are of the same file. */
    public boolean isOfSameFile(RamBlock other) {
        return file.device() == other.file.device() && file.inode() == other.file.inode();
    }

    /** Where in its file the block begins, in bytes. */
    public long fileOffset() {
        return fileOffset;
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
            if (fd != null) {
                fd.close();
            }
        } else if (left < 0) {
            throw new IllegalStateException("memory block released more often than used");
        }
    }
}
