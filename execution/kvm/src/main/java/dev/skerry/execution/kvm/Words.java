package dev.skerry.execution.kvm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Fields of the kernel's structures, which are little-endian as the host is. */
final class Words {
    private Words() {}

    static int u8(MemorySegment s, long offset) {
        return s.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    }

    static int u16(MemorySegment s, long offset) {
        return s.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset) & 0xffff;
    }

    static int i32(MemorySegment s, long offset) {
        return s.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
    }

    static long u32(MemorySegment s, long offset) {
        return s.get(ValueLayout.JAVA_INT_UNALIGNED, offset) & 0xffff_ffffL;
    }

    static long i64(MemorySegment s, long offset) {
        return s.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    }

    static void put8(MemorySegment s, long offset, int value) {
        s.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    static void put16(MemorySegment s, long offset, int value) {
        s.set(ValueLayout.JAVA_SHORT_UNALIGNED, offset, (short) value);
    }

    static void put32(MemorySegment s, long offset, int value) {
        s.set(ValueLayout.JAVA_INT_UNALIGNED, offset, value);
    }

    static void put64(MemorySegment s, long offset, long value) {
        s.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, value);
    }

    /** A value of 1, 2, 4 or 8 bytes, zero-extended. */
    static long get(MemorySegment s, long offset, int size) {
        return switch (size) {
            case 1 -> u8(s, offset);
            case 2 -> u16(s, offset);
            case 4 -> u32(s, offset);
            case 8 -> i64(s, offset);
            default -> throw new AssertionError("a value of " + size + " bytes");
        };
    }

    static void put(MemorySegment s, long offset, int size, long value) {
        switch (size) {
            case 1 -> put8(s, offset, (int) value);
            case 2 -> put16(s, offset, (int) value);
            case 4 -> put32(s, offset, (int) value);
            case 8 -> put64(s, offset, value);
            default -> throw new AssertionError("a value of " + size + " bytes");
        }
    }
}
