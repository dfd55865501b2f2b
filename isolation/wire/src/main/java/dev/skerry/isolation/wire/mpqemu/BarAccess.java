package dev.skerry.isolation.wire.mpqemu;

import dev.skerry.isolation.wire.LittleEndian;
import dev.skerry.isolation.wire.WireStruct;

import java.lang.foreign.MemorySegment;

/**
 * The payload of BAR_READ and BAR_WRITE. The address is a guest-physical one or a port, not an
 * offset: which BAR is meant follows from the configuration writes that came before. Nothing in it
 * is checked here.
 */
public final class BarAccess {
    /** The payload's size. */
    public static final int BYTES;

    private static final int ADDRESS;
    private static final int VALUE;
    private static final int SIZE;
    private static final int MEMORY;

    static {
        WireStruct layout = new WireStruct("BarAccessMsg", 24);
        ADDRESS = layout.u64(0);
        VALUE = layout.u64(8);
        SIZE = layout.u32(16);
        MEMORY = layout.u8(20);
        layout.padding(21, 3);
        BYTES = layout.complete();
    }

    private BarAccess() {}

    /** A guest-physical address or a port. */
    public static long address(MemorySegment buffer, long at) {
        return LittleEndian.u64(buffer, at + ADDRESS);
    }

    /** What to write; ignored in a read. */
    public static long value(MemorySegment buffer, long at) {
        return LittleEndian.u64(buffer, at + VALUE);
    }

    /** How many bytes. */
    public static long size(MemorySegment buffer, long at) {
        return LittleEndian.u32(buffer, at + SIZE);
    }

    /** Memory space (anything but 0) or I/O space (0). */
    public static boolean isMemory(MemorySegment buffer, long at) {
        return LittleEndian.u8(buffer, at + MEMORY) != 0;
    }

    /** Writes a payload. */
    public static void put(
            MemorySegment buffer, long at, long address, long value, int size, boolean memory) {
        LittleEndian.set64(buffer, at + ADDRESS, address);
        LittleEndian.set64(buffer, at + VALUE, value);
        LittleEndian.set32(buffer, at + SIZE, size);
        LittleEndian.set32(buffer, at + MEMORY, memory ? 1 : 0);
    }
}
