package dev.skerry.verify.fuzz;

import dev.skerry.isolation.transport.Transport;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.ReceivedFds;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A stream whose peer is a script that goes on while it is read: pieces with descriptors of the
 * script's making come in, sends can be made to fail. It knows every descriptor it ever gave.
 */
public final class ScriptedTransport implements Transport {
    private static final class Piece {
        private final byte[] bytes;
        private final List<Fd> fds;
        private int read;

        Piece(byte[] bytes, List<Fd> fds) {
            this.bytes = bytes;
            this.fds = fds;
        }
    }

    private final Deque<Piece> pieces = new ArrayDeque<>();
    private final List<Fd> given = new ArrayList<>();
    private final ByteArrayOutputStream pushed = new ByteArrayOutputStream();
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private boolean ended;
    private boolean failing;

    /** What the peer sends next, with descriptors that are the receiver's from now on. */
    public void push(byte[] bytes, List<Fd> fds) {
        given.addAll(fds);
        if (bytes.length == 0) {
            fds.forEach(Fd::close);
            return;
        }
        pushed.writeBytes(bytes);
        pieces.add(new Piece(bytes, fds));
    }

    /** The peer goes after what it has sent. */
    public void end() {
        ended = true;
    }

    public boolean isEnded() {
        return ended;
    }

    /** From now on the peer takes nothing. */
    public void failSends() {
        failing = true;
    }

    public byte[] pushed() {
        return pushed.toByteArray();
    }

    /** Whether everything pushed has been received. */
    public boolean isRead() {
        return pieces.isEmpty();
    }

    public byte[] sent() {
        return sent.toByteArray();
    }

    public int sentBytes() {
        return sent.size();
    }

    /** Descriptors that were given away and are still open. */
    public long openFds() {
        return given.stream().filter(Fd::isOpen).count();
    }

    @Override
    public int receive(boolean wait, MemorySegment into, long offset, int length, ReceivedFds fds) {
        Promise.require(length > 0, "a receive without room");
        Piece first = pieces.peek();
        if (first == null) {
            return ended ? END : NOTHING;
        }
        if (first.read == 0) {
            first.fds.forEach(fds::adopt);
        }
        int part = Math.min(length, first.bytes.length - first.read);
        MemorySegment.copy(MemorySegment.ofArray(first.bytes), first.read, into, offset, part);
        first.read += part;
        if (first.read == first.bytes.length) {
            pieces.remove();
        }
        return part;
    }

    @Override
    public void send(MemorySegment from, long offset, int length, Fd... fds) throws IOException {
        if (failing) {
            throw new IOException("the peer takes nothing");
        }
        sent.writeBytes(from.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public boolean awaitReadable(long timeoutNs) {
        return true;
    }

    @Override
    public Fd waitable() {
        return null;
    }

    @Override
    public void shutdown() {
        ended = true;
    }

    /** What nobody received is closed as the kernel would. */
    @Override
    public void close() {
        for (Piece piece : pieces) {
            if (piece.read == 0) {
                piece.fds.forEach(Fd::close);
            }
        }
        pieces.clear();
    }
}
