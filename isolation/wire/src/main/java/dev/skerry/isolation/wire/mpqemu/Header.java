package dev.skerry.isolation.wire.mpqemu;

import dev.skerry.isolation.wire.Framing;
import dev.skerry.isolation.wire.LittleEndian;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.isolation.wire.WireStruct;

import java.lang.foreign.MemorySegment;

/**
 * The 16 bytes before every payload: {@code cmd} i32 at 0, four bytes of padding, {@code size} u64
 * at 8. Descriptors ride on its first byte.
 */
public final class Header implements Framing {
    /** The protocol's way of cutting the stream. */
    public static final Framing FRAMING = new Header();

    /** The header's size. */
    public static final int BYTES;

    private static final int COMMAND;
    private static final int SIZE;

    static {
        WireStruct layout = new WireStruct("MPQemuMsg header", 16);
        COMMAND = layout.u32(0);
        layout.padding(4, 4);
        SIZE = layout.u64(8);
        BYTES = layout.complete();
    }

    private Header() {}

    @Override
    public int headerBytes() {
        return BYTES;
    }

    @Override
    public int largestMessageBytes() {
        return BYTES + SystemMemoryMap.BYTES;
    }

    @Override
    public int payloadBytes(MemorySegment buffer, long at) throws ProtocolException {
        return Command.requirePayload(command(buffer, at), LittleEndian.u64(buffer, at + SIZE));
    }

    /** The command of a header. */
    public static int command(MemorySegment buffer, long at) {
        return LittleEndian.i32(buffer, at + COMMAND);
    }

    /** The size of the payload that a header announces, as {@link #payloadBytes} has checked it. */
    public static int payload(MemorySegment buffer, long at) {
        return (int) LittleEndian.u64(buffer, at + SIZE);
    }

    /** Writes a header. */
    public static void put(MemorySegment buffer, long at, int command, long payloadBytes) {
        LittleEndian.set32(buffer, at + COMMAND, command);
        LittleEndian.set32(buffer, at + COMMAND + 4, 0);
        LittleEndian.set64(buffer, at + SIZE, payloadBytes);
    }
}
