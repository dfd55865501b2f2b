package dev.skerry.verify.asm;

import java.util.Locale;

/** Control registers; 1, 5 to 7 and 9 to 15 exist in no processor and raise #UD. */
public enum Cr implements Operand.Register {
    CR0,
    CR1,
    CR2,
    CR3,
    CR4,
    CR5,
    CR6,
    CR7,
    CR8,
    CR9,
    CR10,
    CR11,
    CR12,
    CR13,
    CR14,
    CR15;

    @Override
    public int code() {
        return ordinal();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
