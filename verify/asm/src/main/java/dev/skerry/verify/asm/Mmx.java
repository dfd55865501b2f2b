package dev.skerry.verify.asm;

import java.util.Locale;

/** MMX registers. */
public enum Mmx implements Operand.Register {
    MM0,
    MM1,
    MM2,
    MM3,
    MM4,
    MM5,
    MM6,
    MM7;

    @Override
    public int code() {
        return ordinal();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
