package dev.skerry.isolation.wire;

/**
 * The layout of a structure on the wire, written down field by field in a class initialiser. It
 * checks itself there: fields follow each other without overlap, are naturally aligned, and fill the
 * size the specification gives. What it returns are plain offsets.
 */
public final class WireStruct {
    private final String name;
    private final int sizeBytes;
    private int filled;

    public WireStruct(String name, int sizeBytes) {
        this.name = name;
        this.sizeBytes = sizeBytes;
    }

    /** A byte at an offset. */
    public int u8(int offset) {
        return field(offset, 1, 1);
    }

    /** A 32-bit field at an offset. */
    public int u32(int offset) {
        return field(offset, 4, 1);
    }

    /** A 64-bit field at an offset. */
    public int u64(int offset) {
        return field(offset, 8, 1);
    }

    /** An array of 64-bit fields. */
    public int u64s(int offset, int count) {
        return field(offset, 8, count);
    }

    /** Bytes that mean nothing. */
    public void padding(int offset, int count) {
        field(offset, 1, count);
    }

    private int field(int offset, int size, int count) {
        if (offset != filled || offset % size != 0) {
            throw new AssertionError(name + ": field at " + offset + " after byte " + filled);
        }
        filled = offset + size * count;
        return offset;
    }

    /** The end of the description. */
    public int complete() {
        if (filled != sizeBytes) {
            throw new AssertionError(
                    name + ": fields fill " + filled + " of " + sizeBytes + " bytes");
        }
        return sizeBytes;
    }
}
