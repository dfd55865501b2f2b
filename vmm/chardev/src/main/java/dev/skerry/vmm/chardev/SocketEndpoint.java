package dev.skerry.vmm.chardev;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.linux.UnixStream;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A connected unix stream socket. Descriptors a peer sends are closed at once. */
final class SocketEndpoint implements Endpoint {
    private static final int MOST_BYTES = 4096;

    private final UnixStream socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment incoming = arena.allocate(MOST_BYTES);
    private final MemorySegment outgoing = arena.allocate(MOST_BYTES);
    private final ReceivedFds fds = new ReceivedFds();

    SocketEndpoint(UnixStream socket) {
        this.socket = socket;
    }

    @Override
    public Fd input() {
        return socket.fd();
    }

    @Override
    public Fd output() {
        return socket.fd();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws LinuxException {
        int most = Math.min(length, MOST_BYTES);
        int count = socket.receive(false, incoming, 0, most, fds);
        fds.close();
        if (count == UnixStream.END) {
            return -1;
        }
        MemorySegment.copy(incoming, ValueLayout.JAVA_BYTE, 0, into, offset, count);
        return count;
    }

    @Override
    public int write(byte[] from, int offset, int length) throws LinuxException {
        int count = Math.min(length, MOST_BYTES);
        MemorySegment.copy(from, offset, outgoing, ValueLayout.JAVA_BYTE, 0, count);
        return socket.send(outgoing, 0, count);
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
