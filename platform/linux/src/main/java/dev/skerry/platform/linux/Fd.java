package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An open file descriptor with one owner, who closes it exactly once. Every descriptor made or
 * taken here is close-on-exec; only {@link Spawn} hands descriptors to a child.
 *
 * <p>{@link #close} may come from any thread, but not while another one is in a call with it: a
 * closed number is reused by the kernel at once.
 */
public final class Fd implements AutoCloseable {
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_GETFD = 1;
    private static final int F_SETFD = 2;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int FD_CLOEXEC = 1;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    static final int AT_FDCWD = -100;

    /** O_WRONLY, O_CREAT, O_NOCTTY, O_APPEND, O_CLOEXEC. */
    private static final int APPEND = 0x1 | 0x40 | 0x100 | 0x400 | O_CLOEXEC;

    /** Volatile and read without a lock: every call with the descriptor reads it. */
    private volatile int number;

    private Fd(int number) {
        this.number = number;
    }

    /** Wraps the result of a call that makes a close-on-exec descriptor. */
    static Fd made(long number) {
        return new Fd((int) number);
    }

    /**
     * Opens a device node to read and write.
     *
     * @throws LinuxException with the kernel's reason: ENOENT, EACCES, ...
     */
    public static Fd openDevice(String path) throws LinuxException {
        long result;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(path);
            result = Sys.call(Sys.OPENAT, AT_FDCWD, text.address(), O_RDWR | O_CLOEXEC, 0);
        }
        if (result < 0) {
            throw new LinuxException("openat", (int) -result, path);
        }
        return made(result);
    }

    /**
     * Takes ownership of a descriptor that was inherited, by its number, and makes it
     * close-on-exec.
     *
     * @throws LinuxException EBADF if it is not open
     */
    public static Fd inherited(int number) throws LinuxException {
        long flags = Sys.call(Sys.FCNTL, number, F_GETFD);
        if (flags < 0) {
            throw new LinuxException("fcntl", (int) -flags, "fd " + number + ", F_GETFD");
        }
        Fd fd = new Fd(number);
        fd.fcntl(F_SETFD, flags | FD_CLOEXEC, "F_SETFD");
        return fd;
    }

    /**
     * Opens a file or special file for writing at its end; made if it is not there.
     *
     * @throws LinuxException as openat(2)
     */
    public static Fd openForAppending(String path) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(path);
            long result = Sys.call(Sys.OPENAT, AT_FDCWD, text.address(), APPEND, 0644);
            if (result < 0) {
                throw new LinuxException("openat", (int) -result, path);
            }
            return made(result);
        }
    }

    /** The kernel's number for it. */
    public int number() {
        int open = number;
        if (open < 0) {
            throw new IllegalStateException("descriptor is closed");
        }
        return open;
    }

    public boolean isOpen() {
        return number >= 0;
    }

    /** Another descriptor for the same open file. */
    public Fd duplicate() throws LinuxException {
        return duplicateFrom(3);
    }

    /** Another descriptor for the same open file, numbered {@code least} or higher. */
    Fd duplicateFrom(int least) throws LinuxException {
        return made(fcntl(F_DUPFD_CLOEXEC, least, "F_DUPFD_CLOEXEC"));
    }

    /** Makes reads and writes of the open file fail with EAGAIN where they would wait. */
    public void setNonBlocking() throws LinuxException {
        addStatusFlag(O_NONBLOCK, "O_NONBLOCK");
    }

    /** Adds a flag to those of the open file, which all its descriptors share. */
    void addStatusFlag(int flag, String name) throws LinuxException {
        long flags = fcntl(F_GETFL, 0, "F_GETFL");
        if ((flags & flag) == 0) {
            fcntl(F_SETFL, flags | flag, "F_SETFL " + name);
        }
    }

    /** What fstat(2) says of the open file. */
    public FileStatus status() throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stat = arena.allocate(FileStatus.STAT_BYTES, 8);
            check("fstat", Sys.call(Sys.FSTAT, number(), stat.address()), "");
            return FileStatus.read(stat);
        }
    }

    /** Sets the file's length in bytes. */
    public void truncate(long sizeBytes) throws LinuxException {
        check("ftruncate", Sys.call(Sys.FTRUNCATE, number(), sizeBytes), "length " + sizeBytes);
    }

    private long fcntl(int command, long argument, String name) throws LinuxException {
        return check("fcntl", Sys.call(Sys.FCNTL, number(), command, argument), name);
    }

    /** Turns a negative result into an exception that names this descriptor. */
    long check(String call, long result, String arguments) throws LinuxException {
        if (result < 0) {
            String what = arguments.isEmpty() ? "fd " + number : "fd " + number + ", " + arguments;
            throw new LinuxException(call, (int) -result, what);
        }
        return result;
    }

    /** Closes it; later calls do nothing. The descriptor is gone whatever the kernel answers. */
    @Override
    public synchronized void close() {
        if (number >= 0) {
            Sys.call(Sys.CLOSE, number);
            number = -1;
        }
    }

    @Override
    public String toString() {
        int open = number;
        return open < 0 ? "fd closed" : "fd " + open;
    }
}
