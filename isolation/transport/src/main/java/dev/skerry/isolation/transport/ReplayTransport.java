package dev.skerry.isolation.transport;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.platform.linux.ReceivedFds;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Iterator;
import java.util.List;

/**
 * A stream whose peer is a recording: bytes that were or could have been received, in pieces as they
 * arrive. What is sent is kept. Descriptors of a recording are fresh files of a fixed size.
 */
public final class ReplayTransport implements Transport {
    /**
     * What one receive gets at most.
     *
     * @param bytes the piece
     * @param fds how many descriptors come with it
     */
    public record Piece(byte[] bytes, int fds) {}

    private final Iterator<Piece> pieces;
    private final long fileBytes;
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private Piece current;
    private int read;

    /**
     * @param fileBytes the length of each file the recording carries, a multiple of the page size
     */
    public ReplayTransport(List<Piece> recording, long fileBytes) {
        this.pieces = recording.iterator();
        this.fileBytes = fileBytes;
    }

    @Override
    public int receive(boolean wait, MemorySegment into, long offset, int length, ReceivedFds fds)
            throws IOException {
        while (current == null || read == current.bytes().length) {
            if (!pieces.hasNext()) {
                return END;
            }
            current = pieces.next();
            read = 0;
            for (int i = 0;
                    i < Math.min(current.fds(), dev.skerry.platform.linux.UnixStream.MAX_FDS);
                    i++) {
                fds.adopt(MemFd.resizable("replay", fileBytes));
            }
        }
        int part = Math.min(length, current.bytes().length - read);
        MemorySegment.copy(MemorySegment.ofArray(current.bytes()), read, into, offset, part);
        read += part;
        return part;
    }

    @Override
    public void send(MemorySegment from, long offset, int length, Fd... fds) {
        sent.writeBytes(from.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
    }

    /** Everything that was sent. */
    public byte[] sent() {
        return sent.toByteArray();
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
    public void shutdown() {}

    @Override
    public void close() {}
}
