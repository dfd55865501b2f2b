package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** A unix stream socket others connect to by its path (unix(7)). Used by one thread at a time. */
public final class UnixListener implements AutoCloseable {
    /** The longest path, in bytes: {@code sun_path} without its end. */
    public static final int MOST_PATH_BYTES = 107;

    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int ADDRESS_BYTES = 2 + MOST_PATH_BYTES + 1;
    private static final int BACKLOG = 1;
    private static final short POLLIN = 1;
    private static final int ENAMETOOLONG = 36;

    private final Fd fd;

    private UnixListener(Fd fd) {
        this.fd = fd;
    }

    /**
     * Makes a socket at a path where there is nothing yet.
     *
     * @throws LinuxException EADDRINUSE if there is
     */
    public static UnixListener listen(String path) throws LinuxException {
        Fd fd = socket();
        try {
            withAddress(fd, Sys.BIND, "bind", path);
            fd.check("listen", Sys.call(Sys.LISTEN, fd.number(), BACKLOG), path);
            return new UnixListener(fd);
        } catch (LinuxException e) {
            fd.close();
            throw e;
        }
    }

    static Fd socket() throws LinuxException {
        long result = Sys.call(Sys.SOCKET, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (result < 0) {
            throw new LinuxException("socket", (int) -result, "AF_UNIX, SOCK_STREAM");
        }
        return Fd.made(result);
    }

    static void withAddress(Fd fd, int call, String name, String path) throws LinuxException {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MOST_PATH_BYTES) {
            throw new LinuxException(name, ENAMETOOLONG, path);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(ADDRESS_BYTES, 8);
            address.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) AF_UNIX);
            MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, 2, bytes.length);
            long result = Sys.call(call, fd.number(), address.address(), 2 + bytes.length + 1);
            fd.check(name, result, path);
        }
    }

    public Fd fd() {
        return fd;
    }

    /** Takes the next connection; waits for it. */
    public UnixStream accept() throws LinuxException {
        long result = Sys.call(Sys.ACCEPT4, fd.number(), 0, 0, SOCK_CLOEXEC);
        return UnixStream.accepted(Fd.made(fd.check("accept4", result, "")));
    }

    /** Waits for a connection. Returns false when the time is over; not negative. */
    public boolean awaitConnection(long timeoutNs) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            return Polling.await(fd, POLLIN, timeoutNs, arena.allocate(24, 8));
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
