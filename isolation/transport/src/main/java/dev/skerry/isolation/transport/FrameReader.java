package dev.skerry.isolation.transport;

import dev.skerry.isolation.wire.Framing;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.platform.linux.ReceivedFds;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Cuts a stream into messages: one receive usually brings a whole one. The bytes of a message stay
 * where they were received; nothing is allocated.
 *
 * <p>Descriptors ride on the first byte of a message. A receive ends with the send its descriptors
 * are from, so they are those of the last message that begins in it. Descriptors that arrive where
 * no message begins are a breach of protocol.
 *
 * <p>Used by one thread. Not closing it leaks its buffer.
 */
public final class FrameReader implements AutoCloseable {
    /** What {@link #next} found. */
    public enum Found {
        /** A whole message; see {@link #at} and {@link #fds}. */
        MESSAGE,
        /** Nothing yet, or only part of a message. */
        NOTHING,
        /** The peer has gone, between messages. */
        END
    }

    private static final int MESSAGES_BUFFERED = 8;
    private static final long NO_FDS = -1;

    private final Transport transport;
    private final Framing framing;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer;
    private final ReceivedFds fds = new ReceivedFds();

    /** Where the present message begins; it ends at {@link #end}, or is not whole yet. */
    private int start;

    private int end;
    private int filled;

    /** Where the message begins that the descriptors belong to. */
    private long fdsAt = NO_FDS;

    public FrameReader(Transport transport, Framing framing) {
        this.transport = transport;
        this.framing = framing;
        this.buffer = arena.allocate((long) MESSAGES_BUFFERED * framing.largestMessageBytes(), 8);
    }

    /**
     * Lets go of the present message, with descriptors nobody took, and looks for the next one. It
     * receives at most once.
     *
     * @param wait whether the transport may wait for bytes
     * @throws ProtocolException if the peer sends what is no message, or goes in the middle of one
     */
    public Found next(boolean wait) throws IOException, ProtocolException {
        release();
        if (isWhole()) {
            return Found.MESSAGE;
        }
        makeRoom();
        int room = fdsAt == NO_FDS ? (int) buffer.byteSize() - filled : missing();
        ReceivedFds arriving = fdsAt == NO_FDS ? fds : new ReceivedFds();
        int received = transport.receive(wait, buffer, filled, room, arriving);
        if (received == Transport.END) {
            if (filled > start) {
                throw new ProtocolException(
                        "the peer went in the middle of a message, after "
                                + (filled - start)
                                + " bytes");
            }
            return Found.END;
        } else if (received == Transport.NOTHING) {
            return Found.NOTHING;
        }
        int from = filled;
        filled += received;
        if (arriving.count() > 0) {
            try {
                assign(arriving, from);
            } catch (ProtocolException e) {
                arriving.close();
                throw e;
            }
        }
        return isWhole() ? Found.MESSAGE : Found.NOTHING;
    }

    private void release() {
        if (end > start) {
            if (fdsAt == start) {
                fds.close();
                fdsAt = NO_FDS;
            }
            start = end;
        }
        if (start == filled) {
            start = 0;
            filled = 0;
            end = 0;
        }
    }

    /** Finds the present message's end if all of it is there. */
    private boolean isWhole() throws ProtocolException {
        int there = filled - start;
        if (there < framing.headerBytes()) {
            return false;
        }
        int length = framing.headerBytes() + framing.payloadBytes(buffer, start);
        if (there < length) {
            return false;
        }
        end = start + length;
        return true;
    }

    /** How many bytes the present message still lacks, or its header if that is not there yet. */
    private int missing() throws ProtocolException {
        int there = filled - start;
        int header = framing.headerBytes();
        return there < header
                ? header - there
                : header + framing.payloadBytes(buffer, start) - there;
    }

    /** Moves an unfinished message to the front when it might not fit behind the others. */
    private void makeRoom() {
        if (start > 0 && start + framing.largestMessageBytes() > buffer.byteSize()) {
            MemorySegment.copy(buffer, start, buffer, 0, filled - start);
            fdsAt = fdsAt == NO_FDS ? NO_FDS : fdsAt - start;
            filled -= start;
            end = 0;
            start = 0;
        }
    }

    /** Finds the message descriptors belong to: the last one that begins at or after a position. */
    private void assign(ReceivedFds arrived, int from) throws ProtocolException {
        long last = NO_FDS;
        int at = start;
        while (at < filled) {
            if (at >= from) {
                last = at;
            }
            if (filled - at < framing.headerBytes()) {
                break;
            }
            at += framing.headerBytes() + framing.payloadBytes(buffer, at);
        }
        if (last == NO_FDS || fdsAt != NO_FDS) {
            throw new ProtocolException(
                    arrived.count() + " descriptors in the middle of a message");
        }
        fdsAt = last;
    }

    /** The memory all messages are in. */
    public MemorySegment buffer() {
        return buffer;
    }

    /** Where the present message's header begins. */
    public int at() {
        return start;
    }

    /** Whether bytes have been received that lie behind the present message. */
    public boolean hasMore() {
        return filled > Math.max(start, end);
    }

    /** How many descriptors came with the present message. */
    public int fdCount() {
        return fdsAt == start ? fds.count() : 0;
    }

    /** The present message's descriptors, if {@link #fdCount} is not 0. */
    public ReceivedFds fds() {
        return fds;
    }

    @Override
    public void close() {
        fds.close();
        arena.close();
    }
}
