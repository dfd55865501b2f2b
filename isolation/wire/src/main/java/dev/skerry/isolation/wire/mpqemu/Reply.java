package dev.skerry.isolation.wire.mpqemu;

import dev.skerry.isolation.wire.LittleEndian;

import java.lang.foreign.MemorySegment;

/** The message RET: a value of 64 bits, all ones for an error; none as the answer to a reset. */
public final class Reply {
    /** The payload's size. */
    public static final int PAYLOAD_BYTES = 8;

    /** The largest reply with its header. */
    public static final int BYTES = Header.BYTES + PAYLOAD_BYTES;

    /** The value that says that a request was refused. */
    public static final long ERROR = -1;

    private Reply() {}

    /** Writes a reply with a value; returns its length. */
    public static int put(MemorySegment buffer, long at, long value) {
        Header.put(buffer, at, Command.RET, PAYLOAD_BYTES);
        LittleEndian.set64(buffer, at + Header.BYTES, value);
        return BYTES;
    }

    /** Writes a reply without a value; returns its length. */
    public static int putEmpty(MemorySegment buffer, long at) {
        Header.put(buffer, at, Command.RET, 0);
        return Header.BYTES;
    }

    /** The value of a reply's payload. */
    public static long value(MemorySegment buffer, long at) {
        return LittleEndian.u64(buffer, at);
    }
}
