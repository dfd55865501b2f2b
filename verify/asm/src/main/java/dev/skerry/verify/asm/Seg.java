package dev.skerry.verify.asm;

import java.util.Locale;

/** Segment registers, in the order of their encoding. */
public enum Seg implements Operand.Register {
    ES(0x26),
    CS(0x2e),
    SS(0x36),
    DS(0x3e),
    FS(0x64),
    GS(0x65);

    private final int prefix;

    Seg(int prefix) {
        this.prefix = prefix;
    }

    /** The byte that overrides an instruction's segment with this one. */
    public int prefix() {
        return prefix;
    }

    @Override
    public int code() {
        return ordinal();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
