package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;

/**
 * An open regular file or block device, read and written by position (preadv2(2), pwritev2(2))
 * between the file and native memory, with nothing in between. All operations may be used by many
 * threads at once; closing waits for nobody, so it comes after the last of them.
 */
public final class HostFile implements AutoCloseable {
    /** How a file is opened; every descriptor is close-on-exec. */
    public enum Mode {
        READ_ONLY(0),
        READ_WRITE(2),
        /** Read-write; made if it is not there, emptied if it is. */
        CREATE(2 | O_CREAT | O_TRUNC),
        /** Read-write; EEXIST if it is there. */
        CREATE_NEW(2 | O_CREAT | O_EXCL);

        private final int flags;

        Mode(int flags) {
            this.flags = flags;
        }
    }

    private static final int O_CREAT = 0x40;
    private static final int O_EXCL = 0x80;
    private static final int O_TRUNC = 0x200;
    private static final int O_DIRECT = 0x4000;
    private static final int O_CLOEXEC = 0x80000;

    // The kernel's syscall_64.tbl; the numbers only this class uses.
    private static final int LSEEK = 8;
    private static final int FDATASYNC = 75;
    private static final int FALLOCATE = 285;
    private static final int PREADV2 = 327;
    private static final int PWRITEV2 = 328;

    private static final int RWF_NOWAIT = 8;
    private static final int IOV_MAX = 1024;
    private static final long IOVEC_BYTES = 16;
    // The kernel moves at most 0x7ffff000 bytes a call; less keeps a call's lists short.
    private static final long MOST_BYTES = 0x4000_0000;

    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;
    private static final int FALLOC_FL_ZERO_RANGE = 16;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int SEEK_END = 2;
    private static final int ENXIO = 6;
    private static final int EOPNOTSUPP = 95;

    private static final int S_IFMT = 0xf000;
    private static final int S_IFBLK = 0x6000;

    private static final ThreadLocal<MemorySegment> IOVECS =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(IOV_MAX * IOVEC_BYTES, 8));

    private final Fd fd;
    private final boolean blockDevice;
    private volatile boolean writesMayWait;

    private HostFile(Fd fd) throws LinuxException {
        this.fd = fd;
        int type = fd.status().mode() & S_IFMT;
        blockDevice = type == S_IFBLK;
        if (!blockDevice && !fd.status().isRegularFile()) {
            throw new LinuxException(
                    "fstat", Errno.EINVAL.value(), fd + ", neither a file nor a block device");
        }
    }

    /** Opens a path. */
    public static HostFile open(String path, Mode mode) throws LinuxException {
        long result;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(path);
            result =
                    Sys.call(Sys.OPENAT, Fd.AT_FDCWD, text.address(), mode.flags | O_CLOEXEC, 0644);
        }
        if (result < 0) {
            throw new LinuxException("openat", (int) -result, path);
        }
        return adopt(Fd.made(result));
    }

    /** Takes over a descriptor; it is closed if it is neither a regular file nor a block device. */
    public static HostFile adopt(Fd fd) throws LinuxException {
        try {
            return new HostFile(fd);
        } catch (LinuxException e) {
            fd.close();
            throw e;
        }
    }

    public Fd fd() {
        return fd;
    }

    public boolean isBlockDevice() {
        return blockDevice;
    }

    /**
     * Has transfers bypass the page cache from now on ({@code O_DIRECT}): their offsets, lengths and
     * memory must be aligned as the file system wants it.
     *
     * @throws LinuxException EINVAL if the file system cannot
     */
    public void bypassCache() throws LinuxException {
        fd.addStatusFlag(O_DIRECT, "O_DIRECT");
    }

    /** The length of the file or the capacity of the block device, now. */
    public long sizeBytes() throws LinuxException {
        if (!blockDevice) {
            return fd.status().sizeBytes();
        }
        // The position is shared with nobody who uses it: all transfers here carry their own.
        return fd.check("lseek", Sys.call(LSEEK, fd.number(), 0, SEEK_END), "end");
    }

    /**
     * Reads into a range of a list of memory.
     *
     * @return how many bytes; fewer than asked for only where the file ends
     */
    public long read(long offset, IoVector into, long at, long lengthBytes) throws LinuxException {
        long done = 0;
        while (done < lengthBytes) {
            long part = transfer(PREADV2, offset + done, into, at + done, lengthBytes - done, 0);
            if (part == 0) {
                break;
            }
            done += check("preadv2", part, offset + done, lengthBytes - done);
        }
        return done;
    }

    /**
     * Reads what the page cache holds, without waiting for a disk.
     *
     * @return whether all of it was there; if not, part of the memory may have been written
     */
    public boolean tryRead(long offset, IoVector into, long at, long lengthBytes)
            throws LinuxException {
        long done = 0;
        while (done < lengthBytes) {
            long part =
                    transfer(
                            PREADV2,
                            offset + done,
                            into,
                            at + done,
                            lengthBytes - done,
                            RWF_NOWAIT);
            // Errors are left to the waiting call, which will meet them again.
            if (part <= 0) {
                return false;
            }
            done += part;
        }
        return true;
    }

    /** Writes a range of a list of memory, all of it; a file that is too short grows. */
    public void write(long offset, IoVector from, long at, long lengthBytes) throws LinuxException {
        long done = 0;
        while (done < lengthBytes) {
            long part = transfer(PWRITEV2, offset + done, from, at + done, lengthBytes - done, 0);
            done += check("pwritev2", part, offset + done, lengthBytes - done);
        }
    }

    /**
     * Writes to the page cache if that takes no waiting. Not every file system can (ext4 cannot);
     * then it always returns false, at no cost.
     *
     * @return whether all was written; if not, part of it may have been
     */
    public boolean tryWrite(long offset, IoVector from, long at, long lengthBytes) {
        if (writesMayWait) {
            return false;
        }
        long done = 0;
        while (done < lengthBytes) {
            long part =
                    transfer(
                            PWRITEV2,
                            offset + done,
                            from,
                            at + done,
                            lengthBytes - done,
                            RWF_NOWAIT);
            if (part == -EOPNOTSUPP) {
                writesMayWait = true;
            }
            if (part <= 0) {
                return false;
            }
            done += part;
        }
        return true;
    }

    // SAFETY: each iovec covers a range that IoVector checked against its segment; the segments are
    // kept alive by the list, which is reachable to the end of the call.
    private long transfer(
            int call, long offset, IoVector vector, long at, long lengthBytes, int flags) {
        java.util.Objects.checkFromIndexSize(at, lengthBytes, vector.totalBytes());
        MemorySegment iovecs = IOVECS.get();
        int used = 0;
        long skip = at;
        long left = Math.min(lengthBytes, MOST_BYTES);
        for (int i = 0; i < vector.count() && left > 0 && used < IOV_MAX; i++) {
            long length = vector.length(i);
            if (skip >= length) {
                skip -= length;
                continue;
            }
            MemorySegment segment = vector.segment(i);
            if (!segment.isNative() || (call == PREADV2 && segment.isReadOnly())) {
                throw new IllegalArgumentException("the kernel takes writable native memory");
            }
            long part = Math.min(left, length - skip);
            long hva = segment.address() + vector.offset(i) + skip;
            iovecs.set(ValueLayout.JAVA_LONG_UNALIGNED, used * IOVEC_BYTES, hva);
            iovecs.set(ValueLayout.JAVA_LONG_UNALIGNED, used * IOVEC_BYTES + 8, part);
            used++;
            left -= part;
            skip = 0;
        }
        long result = Sys.call(call, fd.number(), iovecs.address(), used, offset, 0, flags);
        Reference.reachabilityFence(vector);
        return result;
    }

    private long check(String call, long result, long offset, long lengthBytes)
            throws LinuxException {
        if (result < 0) {
            fd.check(call, result, "offset " + offset + ", length " + lengthBytes);
        }
        return result;
    }

    /** Waits until all that was written is on stable storage (fdatasync(2)). */
    public void sync() throws LinuxException {
        fd.check("fdatasync", Sys.call(FDATASYNC, fd.number()), "");
    }

    /**
     * Gives the storage of a range back; it reads as zeroes then. The length stays.
     *
     * @return false if the file system cannot
     */
    public boolean punchHole(long offset, long lengthBytes) throws LinuxException {
        return fallocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, lengthBytes);
    }

    /**
     * Makes a range read as zeroes, its storage kept; the length stays.
     *
     * @return false if the file system cannot
     */
    public boolean zeroRange(long offset, long lengthBytes) throws LinuxException {
        return fallocate(FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, offset, lengthBytes);
    }

    /**
     * Reserves storage for a range, growing the file if need be.
     *
     * @return false if the file system cannot
     */
    public boolean allocate(long offset, long lengthBytes) throws LinuxException {
        return fallocate(0, offset, lengthBytes);
    }

    private boolean fallocate(int mode, long offset, long lengthBytes) throws LinuxException {
        long result = Sys.call(FALLOCATE, fd.number(), mode, offset, lengthBytes);
        if (result == -EOPNOTSUPP || result == -Errno.ENOSYS.value()) {
            return false;
        }
        fd.check(
                "fallocate",
                result,
                "mode " + mode + ", offset " + offset + ", length " + lengthBytes);
        return true;
    }

    /** Sets the length of a regular file; what is added reads as zeroes. */
    public void truncate(long sizeBytes) throws LinuxException {
        fd.truncate(sizeBytes);
    }

    /** Where data begins at or after an offset, or -1 if there is none up to the end. */
    public long nextData(long offset) throws LinuxException {
        return seek(offset, SEEK_DATA, "SEEK_DATA");
    }

    /** Where a hole begins at or after an offset, the end of the file included; -1 beyond it. */
    public long nextHole(long offset) throws LinuxException {
        return seek(offset, SEEK_HOLE, "SEEK_HOLE");
    }

    private long seek(long offset, int whence, String name) throws LinuxException {
        long result = Sys.call(LSEEK, fd.number(), offset, whence);
        if (result == -ENXIO) {
            return -1;
        }
        if (result == -Errno.EINVAL.value()) {
            // Not every kind of file tells; then all of it is data.
            long size = sizeBytes();
            return offset >= size ? -1 : whence == SEEK_DATA ? offset : size;
        }
        return fd.check("lseek", result, name + ", offset " + offset);
    }

    @Override
    public void close() {
        fd.close();
    }
}
