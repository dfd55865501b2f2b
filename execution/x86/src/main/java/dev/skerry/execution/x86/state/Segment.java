package dev.skerry.execution.x86.state;

/**
 * A segment register with its hidden part, or LDTR or TR. Intel SDM 3A, section 3.4.5. The
 * attributes are bits 8 to 15 and 20 to 23 of a descriptor's second word, shifted down by 8: type
 * 0..3, S 4, DPL 5..6, P 7, AVL 12, L 13, D/B 14, G 15. The limit is in bytes, granularity applied.
 */
public final class Segment {
    public static final int ES = 0;
    public static final int CS = 1;
    public static final int SS = 2;
    public static final int DS = 3;
    public static final int FS = 4;
    public static final int GS = 5;

    public static final int TYPE = 0xf;
    public static final int ACCESSED = 1;

    /** Of data: writable. Of code: readable. */
    public static final int WRITABLE = 1 << 1;

    /** Of data: expands down. Of code: conforming. */
    public static final int EXPAND_DOWN = 1 << 2;

    public static final int CODE = 1 << 3;
    public static final int NOT_SYSTEM = 1 << 4;
    public static final int DPL_SHIFT = 5;
    public static final int PRESENT = 1 << 7;
    public static final int LONG = 1 << 13;
    public static final int BIG = 1 << 14;
    public static final int GRANULAR = 1 << 15;

    public int selector;
    public long base;

    /** Unsigned 32 bits. */
    public long limit;

    public int attributes;

    /** Whether it can be loaded through: false after a null selector outside 64-bit mode. */
    public boolean usable = true;

    public int dpl() {
        return attributes >>> DPL_SHIFT & 3;
    }

    public int type() {
        return attributes & TYPE;
    }

    public boolean has(int attribute) {
        return (attributes & attribute) != 0;
    }

    public void set(int selector, long base, long limit, int attributes) {
        this.selector = selector;
        this.base = base;
        this.limit = limit;
        this.attributes = attributes;
        usable = true;
    }

    public void copyFrom(Segment other) {
        set(other.selector, other.base, other.limit, other.attributes);
        usable = other.usable;
    }
}
