package dev.skerry.isolation.transport;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.ReceivedFds;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * One end of a stream within the process, for running a server without sockets or threads: where a
 * socket would wait, this runs what the other end has to do. Both ends belong to one thread.
 */
public final class LoopbackTransport implements Transport {
    /** One send: its bytes, how many of them were read, its descriptors. */
    private static final class Sent {
        private final byte[] bytes;
        private int read;
        private List<Fd> fds;

        Sent(byte[] bytes, List<Fd> fds) {
            this.bytes = bytes;
            this.fds = fds;
        }
    }

    private final Deque<Sent> incoming = new ArrayDeque<>();
    private LoopbackTransport peer;
    private Runnable whenWaiting = () -> {};
    private boolean closed;

    private LoopbackTransport() {}

    /** Two ends connected to each other. */
    public static LoopbackTransport[] pair() {
        LoopbackTransport a = new LoopbackTransport();
        LoopbackTransport b = new LoopbackTransport();
        a.peer = b;
        b.peer = a;
        return new LoopbackTransport[] {a, b};
    }

    /** What to run when this end waits for bytes: the other end's work. */
    public void whenWaiting(Runnable work) {
        whenWaiting = work;
    }

    @Override
    public int receive(boolean wait, MemorySegment into, long offset, int length, ReceivedFds fds) {
        int done = 0;
        while (done < length && !incoming.isEmpty()) {
            Sent first = incoming.peek();
            int part = Math.min(length - done, first.bytes.length - first.read);
            MemorySegment.copy(
                    MemorySegment.ofArray(first.bytes), first.read, into, offset + done, part);
            first.read += part;
            done += part;
            if (first.read == first.bytes.length) {
                incoming.remove();
            }
            if (!first.fds.isEmpty()) {
                // As the kernel does: a read goes no further than the send its descriptors are
                // from.
                first.fds.forEach(fds::adopt);
                first.fds = List.of();
                break;
            }
        }
        return done > 0 ? done : peer.closed ? END : NOTHING;
    }

    @Override
    public void send(MemorySegment from, long offset, int length, Fd... fds) throws IOException {
        if (peer.closed) {
            throw new IOException("the other end is closed");
        }
        List<Fd> copies = new ArrayList<>();
        for (Fd fd : fds) {
            copies.add(fd.duplicate());
        }
        byte[] bytes =
                from.asSlice(offset, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        peer.incoming.add(new Sent(bytes, copies));
    }

    @Override
    public boolean awaitReadable(long timeoutNs) {
        if (incoming.isEmpty()) {
            whenWaiting.run();
        }
        return !incoming.isEmpty() || peer.closed;
    }

    @Override
    public Fd waitable() {
        return null;
    }

    @Override
    public void shutdown() {
        closed = true;
        peer.closed = true;
    }

    @Override
    public void close() {
        closed = true;
        incoming.forEach(sent -> sent.fds.forEach(Fd::close));
        incoming.clear();
    }
}
