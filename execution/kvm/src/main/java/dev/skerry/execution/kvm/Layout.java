package dev.skerry.execution.kvm;

/**
 * A structure of the kernel's, field by field: each call gives the offset of the next field. It
 * insists on natural alignment without holes, and on the size that the structure is known to have,
 * so a class that describes one checks itself when it is loaded.
 */
final class Layout {
    private final String structure;
    private int at;

    Layout(String structure) {
        this.structure = structure;
    }

    int u8() {
        return next(1, 1);
    }

    int u16() {
        return next(2, 2);
    }

    int u32() {
        return next(4, 4);
    }

    int u64() {
        return next(8, 8);
    }

    /** Bytes, or an array or structure within this one. */
    int bytes(int count) {
        return next(1, count);
    }

    private int next(int alignment, int size) {
        if (at % alignment != 0) {
            throw new AssertionError(structure + ": a field of " + size + " bytes at " + at);
        }
        int offset = at;
        at += size;
        return offset;
    }

    /** Ends it: the structure's size, which is what it must be. */
    int end(int expectedBytes) {
        if (at != expectedBytes) {
            throw new AssertionError(structure + ": " + at + " bytes instead of " + expectedBytes);
        }
        return at;
    }
}
