package dev.skerry.isolation.wire.mpqemu;

import dev.skerry.isolation.wire.LittleEndian;
import dev.skerry.isolation.wire.WireStruct;

import java.lang.foreign.MemorySegment;

/** The payload of PCI_CFGREAD and PCI_CFGWRITE. Nothing in it is checked here. */
public final class ConfigAccess {
    /** The payload's size. */
    public static final int BYTES;

    private static final int OFFSET;
    private static final int VALUE;
    private static final int LENGTH;

    static {
        WireStruct layout = new WireStruct("PciConfDataMsg", 12);
        OFFSET = layout.u32(0);
        VALUE = layout.u32(4);
        LENGTH = layout.u32(8);
        BYTES = layout.complete();
    }

    private ConfigAccess() {}

    /** Where in configuration space. */
    public static long offset(MemorySegment buffer, long at) {
        return LittleEndian.u32(buffer, at + OFFSET);
    }

    /** What to write; ignored in a read. */
    public static long value(MemorySegment buffer, long at) {
        return LittleEndian.u32(buffer, at + VALUE);
    }

    /** How many bytes; signed on the wire. */
    public static int length(MemorySegment buffer, long at) {
        return LittleEndian.i32(buffer, at + LENGTH);
    }

    /** Writes a payload. */
    public static void put(MemorySegment buffer, long at, int offset, int value, int length) {
        LittleEndian.set32(buffer, at + OFFSET, offset);
        LittleEndian.set32(buffer, at + VALUE, value);
        LittleEndian.set32(buffer, at + LENGTH, length);
    }
}
