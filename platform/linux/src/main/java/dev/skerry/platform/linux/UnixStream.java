package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A connected unix stream socket that carries bytes and descriptors (unix(7), SCM_RIGHTS). One
 * thread may receive while another sends. Sending never waits, receiving only if
 * asked to; both allocate nothing when no descriptors are involved.
 *
 * <p>Within one receive the kernel stops right after the bytes that descriptors were sent with
 * begin to be read, so that descriptors always belong to the last send the received bytes touch.
 */
public final class UnixStream implements AutoCloseable {
    /** The most descriptors one message can carry here; the kernel's own limit is 253. */
    public static final int MAX_FDS = 32;

    /** {@link #receive}: nothing there now. */
    public static final int NOTHING = 0;

    /** {@link #receive}: the other end has closed and everything it sent has been read. */
    public static final int END = -1;

    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_TYPE = 3;
    private static final int SO_RCVTIMEO = 20;
    private static final int SO_DOMAIN = 39;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int SHUT_RDWR = 2;
    private static final short POLLIN = 1;
    private static final short POLLOUT = 4;
    private static final int ECONNRESET = 104;
    private static final int EPIPE = 32;

    private final Fd fd;
    private final Arena arena = Arena.ofShared();
    private final MessageHeader incoming = new MessageHeader(arena);
    private final MessageHeader outgoing = new MessageHeader(arena);
    // One each: the receiving and the sending thread may wait at the same time.
    private final MemorySegment pollIn = arena.allocate(8 + 16, 8);
    private final MemorySegment pollOut = arena.allocate(8 + 16, 8);

    private UnixStream(Fd fd) {
        this.fd = fd;
    }

    /**
     * Connects to a socket by its path.
     *
     * @throws LinuxException ENOENT or ECONNREFUSED if nobody listens there
     */
    public static UnixStream connect(String path) throws LinuxException {
        Fd fd = UnixListener.socket();
        try {
            UnixListener.withAddress(fd, Sys.CONNECT, "connect", path);
            return new UnixStream(fd);
        } catch (LinuxException e) {
            fd.close();
            throw e;
        }
    }

    /** A connection that was accepted. */
    static UnixStream accepted(Fd fd) {
        return new UnixStream(fd);
    }

    /** Two sockets connected to each other. */
    public static UnixStream[] pair() throws LinuxException {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment numbers = scratch.allocate(8, 4);
            long result =
                    Sys.call(
                            Sys.SOCKETPAIR,
                            AF_UNIX,
                            SOCK_STREAM | SOCK_CLOEXEC,
                            0,
                            numbers.address());
            if (result < 0) {
                throw new LinuxException("socketpair", (int) -result, "AF_UNIX, SOCK_STREAM");
            }
            return new UnixStream[] {
                new UnixStream(Fd.made(numbers.get(ValueLayout.JAVA_INT_UNALIGNED, 0))),
                new UnixStream(Fd.made(numbers.get(ValueLayout.JAVA_INT_UNALIGNED, 4)))
            };
        }
    }

    /**
     * Takes over a descriptor that must be a unix stream socket; it is closed if it is not.
     *
     * @throws LinuxException ENOTSOCK if it is no socket, EINVAL if it is one of another kind
     */
    public static UnixStream adopt(Fd fd) throws LinuxException {
        try {
            if (option(fd, SO_DOMAIN, "SO_DOMAIN") != AF_UNIX
                    || option(fd, SO_TYPE, "SO_TYPE") != SOCK_STREAM) {
                throw new LinuxException(
                        "getsockopt", Errno.EINVAL.value(), fd + ", not a unix stream socket");
            }
            return new UnixStream(fd);
        } catch (LinuxException e) {
            fd.close();
            throw e;
        }
    }

    private static int option(Fd fd, int option, String name) throws LinuxException {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment value = scratch.allocate(8, 4);
            value.set(ValueLayout.JAVA_INT_UNALIGNED, 4, 4);
            long at = value.address();
            long result = Sys.call(Sys.GETSOCKOPT, fd.number(), SOL_SOCKET, option, at, at + 4, 0);
            fd.check("getsockopt", result, name);
            return value.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        }
    }

    public Fd fd() {
        return fd;
    }

    /**
     * Takes bytes, and the descriptors that came with them.
     *
     * @param wait whether to wait for the first byte, or the end; a thread that waits is woken by
     *     the peer, by {@link #shutdown}, or after the {@link #setReceiveTimeout time} set
     * @param into native memory
     * @param fds must be empty; gets the descriptors, all close-on-exec
     * @return the number of bytes, {@link #NOTHING} or {@link #END}
     * @throws LinuxException also with EMFILE if descriptors were lost because there was no room
     */
    public int receive(boolean wait, MemorySegment into, long offset, int length, ReceivedFds fds)
            throws LinuxException {
        if (!fds.isEmpty()) {
            throw new IllegalStateException("descriptors of an earlier message were not settled");
        }
        incoming.prepare(Sys.address(into, offset, length), length, MessageHeader.CONTROL_BYTES);
        long result =
                incoming.call(
                        Sys.RECVMSG,
                        fd.number(),
                        incoming.address(),
                        wait ? MSG_CMSG_CLOEXEC : MSG_CMSG_CLOEXEC | MSG_DONTWAIT,
                        0,
                        0,
                        0);
        if (result > 0) {
            // With no room for even one descriptor the kernel says so in the flags alone.
            if (incoming.controlLength() != 0 || (incoming.flags() & MSG_CTRUNC) != 0) {
                takeFds(fds);
            }
            return (int) result;
        } else if (result == 0 || result == -ECONNRESET) {
            return END;
        } else if (result == -Sys.EAGAIN) {
            return NOTHING;
        }
        throw new LinuxException("recvmsg", (int) -result, fd.toString());
    }

    private void takeFds(ReceivedFds fds) throws LinuxException {
        incoming.forEachFd(fds);
        if ((incoming.flags() & MSG_CTRUNC) != 0) {
            fds.close();
            throw new LinuxException(
                    "recvmsg",
                    24,
                    fd + ", more than " + MAX_FDS + " descriptors, or no room for them");
        }
    }

    /**
     * Sends what fits now.
     *
     * @return the number of bytes taken, 0 if there is no room now
     * @throws LinuxException EPIPE if the other end has closed
     */
    public int send(MemorySegment from, long offset, int length) throws LinuxException {
        long result =
                outgoing.call(
                        Sys.SENDTO,
                        fd.number(),
                        Sys.address(from, offset, length),
                        length,
                        MSG_DONTWAIT | MSG_NOSIGNAL,
                        0,
                        0);
        return sent(result, "sendto");
    }

    /** Sends what fits now, with descriptors on the first byte; they stay the caller's. */
    public int send(MemorySegment from, long offset, int length, Fd... fds) throws LinuxException {
        if (fds.length == 0) {
            return send(from, offset, length);
        }
        if (fds.length > MAX_FDS) {
            throw new IllegalArgumentException(
                    fds.length + " descriptors, the limit is " + MAX_FDS);
        }
        outgoing.prepareFds(Sys.address(from, offset, length), length, fds);
        long result =
                Sys.call(Sys.SENDMSG, fd.number(), outgoing.address(), MSG_DONTWAIT | MSG_NOSIGNAL);
        return sent(result, "sendmsg");
    }

    private int sent(long result, String call) throws LinuxException {
        if (result >= 0) {
            return (int) result;
        } else if (result == -Sys.EAGAIN) {
            return 0;
        } else if (result == -ECONNRESET) {
            result = -EPIPE;
        }
        throw new LinuxException(call, (int) -result, fd.toString());
    }

    /** Waits for bytes or the end. Returns false when the time is over; not negative. */
    public boolean awaitReadable(long timeoutNs) throws LinuxException {
        return Polling.await(fd, POLLIN, timeoutNs, pollIn);
    }

    /** Waits for room to send. Returns false when the time is over; not negative. */
    public boolean awaitWritable(long timeoutNs) throws LinuxException {
        return Polling.await(fd, POLLOUT, timeoutNs, pollOut);
    }

    /**
     * Bounds how long a {@link #receive} that waits does so; it then gives {@link #NOTHING}.
     *
     * @param timeoutNs rounded up to microseconds; 0 for no bound, as at the begin
     */
    public void setReceiveTimeout(long timeoutNs) throws LinuxException {
        long timeoutUs = timeoutNs / 1000 + (timeoutNs % 1000 == 0 ? 0 : 1);
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment timeval = scratch.allocate(16, 8);
            timeval.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, timeoutUs / 1_000_000);
            timeval.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, timeoutUs % 1_000_000);
            long result =
                    Sys.call(
                            Sys.SETSOCKOPT,
                            fd.number(),
                            SOL_SOCKET,
                            SO_RCVTIMEO,
                            timeval.address(),
                            timeval.byteSize(),
                            0);
            fd.check("setsockopt", result, "SO_RCVTIMEO");
        }
    }

    /** Ends the connection in both directions; a thread that waits for input sees the end. */
    public void shutdown() {
        Sys.call(Sys.SHUTDOWN, fd.number(), SHUT_RDWR);
    }

    @Override
    public void close() {
        if (fd.isOpen()) {
            fd.close();
            arena.close();
        }
    }
}
