package dev.skerry.platform.linux;

import java.util.Map;

/**
 * A Linux error number. Open: numbers without a name here print as a number. Source: errno(3) and
 * {@code asm-generic/errno*.h}.
 */
public record Errno(int value) {
    public static final Errno EPERM = new Errno(1);
    public static final Errno ENOENT = new Errno(2);
    public static final Errno EINTR = new Errno(4);
    public static final Errno EIO = new Errno(5);
    public static final Errno EBADF = new Errno(9);
    public static final Errno EAGAIN = new Errno(11);
    public static final Errno ENOMEM = new Errno(12);
    public static final Errno EACCES = new Errno(13);
    public static final Errno EINVAL = new Errno(22);
    public static final Errno EPIPE = new Errno(32);
    public static final Errno ENOSYS = new Errno(38);
    public static final Errno ECONNRESET = new Errno(104);
    public static final Errno ECONNREFUSED = new Errno(111);

    private static final Map<Integer, String> NAMES =
            Map.ofEntries(
                    Map.entry(1, "EPERM, operation not permitted"),
                    Map.entry(2, "ENOENT, no such file or directory"),
                    Map.entry(3, "ESRCH, no such process"),
                    Map.entry(4, "EINTR, interrupted"),
                    Map.entry(5, "EIO, input/output error"),
                    Map.entry(7, "E2BIG, argument list too long"),
                    Map.entry(8, "ENOEXEC, not an executable"),
                    Map.entry(9, "EBADF, no such descriptor"),
                    Map.entry(10, "ECHILD, no child process"),
                    Map.entry(11, "EAGAIN, not now"),
                    Map.entry(12, "ENOMEM, out of memory"),
                    Map.entry(13, "EACCES, permission denied"),
                    Map.entry(14, "EFAULT, bad memory"),
                    Map.entry(16, "EBUSY, busy"),
                    Map.entry(17, "EEXIST, exists"),
                    Map.entry(19, "ENODEV, not for this kind of file"),
                    Map.entry(20, "ENOTDIR, not a directory"),
                    Map.entry(21, "EISDIR, a directory"),
                    Map.entry(22, "EINVAL, invalid argument"),
                    Map.entry(23, "ENFILE, too many open files on the host"),
                    Map.entry(24, "EMFILE, too many open files"),
                    Map.entry(25, "ENOTTY, not for this kind of file"),
                    Map.entry(26, "ETXTBSY, text file busy"),
                    Map.entry(27, "EFBIG, file too large"),
                    Map.entry(28, "ENOSPC, no space left"),
                    Map.entry(29, "ESPIPE, not seekable"),
                    Map.entry(30, "EROFS, read-only file system"),
                    Map.entry(32, "EPIPE, the other end is closed"),
                    Map.entry(36, "ENAMETOOLONG, path too long"),
                    Map.entry(38, "ENOSYS, not known to this kernel"),
                    Map.entry(75, "EOVERFLOW, value too large"),
                    Map.entry(88, "ENOTSOCK, not a socket"),
                    Map.entry(95, "EOPNOTSUPP, not supported"),
                    Map.entry(98, "EADDRINUSE, path in use"),
                    Map.entry(104, "ECONNRESET, reset by the other end"),
                    Map.entry(109, "ETOOMANYREFS, too many descriptors in flight"),
                    Map.entry(110, "ETIMEDOUT, timed out"),
                    Map.entry(111, "ECONNREFUSED, refused"));

    @Override
    public String toString() {
        return NAMES.getOrDefault(value, "errno " + value);
    }
}
