package dev.skerry.isolation.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Unaligned little-endian fields in a buffer. */
public final class LittleEndian {
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private LittleEndian() {}

    public static int u8(MemorySegment buffer, long at) {
        return buffer.get(ValueLayout.JAVA_BYTE, at) & 0xff;
    }

    public static void setU8(MemorySegment buffer, long at, int value) {
        buffer.set(ValueLayout.JAVA_BYTE, at, (byte) value);
    }

    public static int i32(MemorySegment buffer, long at) {
        return buffer.get(INT, at);
    }

    public static long u32(MemorySegment buffer, long at) {
        return buffer.get(INT, at) & 0xffff_ffffL;
    }

    public static void set32(MemorySegment buffer, long at, int value) {
        buffer.set(INT, at, value);
    }

    public static long u64(MemorySegment buffer, long at) {
        return buffer.get(LONG, at);
    }

    public static void set64(MemorySegment buffer, long at, long value) {
        buffer.set(LONG, at, value);
    }
}
