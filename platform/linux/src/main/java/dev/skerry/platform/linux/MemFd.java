package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Anonymous files in memory (memfd_create(2)), the stuff guest RAM is made of. */
public final class MemFd {
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_SEAL_SHRINK = 2;
    private static final int F_SEAL_GROW = 4;

    private MemFd() {}

    /**
     * A file of fixed length: sealed against growing and shrinking, so that no holder of the
     * descriptor can take memory away under another one's mapping.
     *
     * @param name shown in /proc/PID/maps; not unique, at most 249 bytes
     * @param sizeBytes a multiple of the page size
     */
    public static Fd sealed(String name, long sizeBytes) throws LinuxException {
        Fd fd = resizable(name, sizeBytes);
        try {
            fd.check(
                    "fcntl",
                    Sys.call(Sys.FCNTL, fd.number(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW),
                    "F_ADD_SEALS");
            return fd;
        } catch (LinuxException e) {
            fd.close();
            throw e;
        }
    }

    /** A file whose length may still change. */
    public static Fd resizable(String name, long sizeBytes) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom(name);
            long result =
                    Sys.call(Sys.MEMFD_CREATE, path.address(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
            if (result < 0) {
                throw new LinuxException("memfd_create", (int) -result, name);
            }
            Fd fd = Fd.made(result);
            try {
                fd.truncate(sizeBytes);
                return fd;
            } catch (LinuxException e) {
                fd.close();
                throw e;
            }
        }
    }
}
