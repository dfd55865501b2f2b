package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Advisory locks on single bytes of a file that belong to the open file, not to the process
 * (fcntl(2), {@code F_OFD_SETLK}): they end when the last descriptor of that opening is closed,
 * however the process ends. The bytes need not exist.
 */
public final class ByteLocks {
    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;

    // struct flock: short type, short whence, (pad), long start, long length, int pid.
    private static final long FLOCK_BYTES = 32;

    private ByteLocks() {}

    /**
     * Takes a lock that others may take too, unless somebody holds an exclusive one.
     *
     * @return false if somebody does
     * @throws LinuxException EINVAL or ENOLCK where the file system has no such locks
     */
    public static boolean lockShared(HostFile file, long offset) throws LinuxException {
        long result = call(file, F_OFD_SETLK, F_RDLCK, offset, null);
        if (result == -Errno.EAGAIN.value() || result == -Errno.EACCES.value()) {
            return false;
        }
        file.fd().check("fcntl", result, "F_OFD_SETLK, byte " + offset);
        return true;
    }

    /** Lets go of a byte; nothing happens if it was not held. */
    public static void unlock(HostFile file, long offset) throws LinuxException {
        file.fd()
                .check(
                        "fcntl",
                        call(file, F_OFD_SETLK, F_UNLCK, offset, null),
                        "F_OFD_SETLK, byte " + offset);
    }

    /** Whether somebody else holds a lock of any kind on a byte. */
    public static boolean isHeldElsewhere(HostFile file, long offset) throws LinuxException {
        short[] type = new short[1];
        file.fd()
                .check(
                        "fcntl",
                        call(file, F_OFD_GETLK, F_WRLCK, offset, type),
                        "F_OFD_GETLK, byte " + offset);
        return type[0] != F_UNLCK;
    }

    private static long call(HostFile file, int command, short type, long offset, short[] typeOut) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment flock = arena.allocate(FLOCK_BYTES, 8);
            flock.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, type);
            flock.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, offset);
            flock.set(ValueLayout.JAVA_LONG_UNALIGNED, 16, 1);
            long result = Sys.call(Sys.FCNTL, file.fd().number(), command, flock.address());
            if (typeOut != null) {
                typeOut[0] = flock.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0);
            }
            return result;
        }
    }
}
