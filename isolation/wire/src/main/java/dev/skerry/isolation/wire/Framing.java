package dev.skerry.isolation.wire;

import java.lang.foreign.MemorySegment;

/** How a protocol cuts a stream of bytes into messages. */
public interface Framing {
    /** The size of a message's fixed header. */
    int headerBytes();

    /** The size of the largest message with its header. */
    int largestMessageBytes();

    /**
     * The size of the payload that follows a header.
     *
     * @param at where the header begins; it is there as a whole
     * @throws ProtocolException if the header cannot begin a message, or one too large
     */
    int payloadBytes(MemorySegment buffer, long at) throws ProtocolException;
}
