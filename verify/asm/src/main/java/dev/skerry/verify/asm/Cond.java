package dev.skerry.verify.asm;

import java.util.Locale;

/** Conditions, in the order of their encoding (Intel SDM 1, appendix B.1). */
public enum Cond {
    O,
    NO,
    B,
    AE,
    E,
    NE,
    BE,
    A,
    S,
    NS,
    P,
    NP,
    L,
    GE,
    LE,
    G;

    public static final Cond C = B;
    public static final Cond NC = AE;
    public static final Cond Z = E;
    public static final Cond NZ = NE;

    /** The condition's number, 0 to 15: the opcode's low four bits. */
    public int code() {
        return ordinal();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
