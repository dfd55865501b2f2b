package dev.skerry.verify.asm;

/** Positions on the x87 register stack, the top first. */
public enum St implements Operand.Register {
    ST0,
    ST1,
    ST2,
    ST3,
    ST4,
    ST5,
    ST6,
    ST7;

    @Override
    public int code() {
        return ordinal();
    }

    @Override
    public String toString() {
        return "st(" + ordinal() + ")";
    }
}
