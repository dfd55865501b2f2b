package dev.skerry.isolation.transport;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.linux.UnixStream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A stream over a unix socket. */
public final class SocketTransport implements Transport {
    private static final Fd[] NO_FDS = {};

    private final UnixStream socket;
    private final long sendTimeoutNs;

    /**
     * @param socket is closed with this object
     * @param sendTimeoutNs how long a peer may go without reading before it is given up
     */
    public SocketTransport(UnixStream socket, long sendTimeoutNs) {
        this.socket = socket;
        this.sendTimeoutNs = sendTimeoutNs;
    }

    /**
     * A stream whose receives do not wait for ever either.
     *
     * @param socket is closed with this object, and here if the kernel refuses
     * @param timeoutNs how long a peer may go without reading before it is given up, and how long a
     *     receive that waits does so before it gives {@link #NOTHING}
     */
    public static SocketTransport withDeadlines(UnixStream socket, long timeoutNs)
            throws LinuxException {
        try {
            socket.setReceiveTimeout(timeoutNs);
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
        return new SocketTransport(socket, timeoutNs);
    }

    @Override
    public int receive(boolean wait, MemorySegment into, long offset, int length, ReceivedFds fds)
            throws LinuxException {
        return socket.receive(wait, into, offset, length, fds);
    }

    @Override
    public void send(MemorySegment from, long offset, int length, Fd... fds) throws IOException {
        int done =
                fds.length == 0
                        ? socket.send(from, offset, length)
                        : socket.send(from, offset, length, fds);
        if (done < length) {
            sendRest(from, offset, length, done, fds);
        }
    }

    /** The uncommon case: the peer is behind. */
    private void sendRest(MemorySegment from, long offset, int length, int sent, Fd... fds)
            throws IOException {
        int done = sent;
        while (done < length) {
            if (!socket.awaitWritable(sendTimeoutNs)) {
                throw new IOException(
                        "the peer has not read for " + sendTimeoutNs / 1_000_000 + " ms");
            }
            // Descriptors ride on the first byte and on no other.
            Fd[] riding = done == 0 ? fds : NO_FDS;
            done += socket.send(from, offset + done, length - done, riding);
        }
    }

    @Override
    public boolean awaitReadable(long timeoutNs) throws LinuxException {
        return socket.awaitReadable(timeoutNs);
    }

    @Override
    public Fd waitable() {
        return socket.fd();
    }

    @Override
    public void shutdown() {
        socket.shutdown();
    }

    @Override
    public void close() {
        socket.close();
    }
}
