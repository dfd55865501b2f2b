package dev.skerry.verify.asm;

import java.util.Locale;

/** Debug registers; 4 and 5 are 6 and 7 unless CR4.DE, above 7 there are none. */
public enum Dr implements Operand.Register {
    DR0,
    DR1,
    DR2,
    DR3,
    DR4,
    DR5,
    DR6,
    DR7,
    DR8,
    DR9,
    DR10,
    DR11,
    DR12,
    DR13,
    DR14,
    DR15;

    @Override
    public int code() {
        return ordinal();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
