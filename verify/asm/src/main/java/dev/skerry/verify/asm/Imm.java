package dev.skerry.verify.asm;

/**
 * A number in an instruction.
 *
 * @param value the number, or what is added to the label's address
 * @param label whose address is meant, or null
 */
public record Imm(long value, Label label) implements Operand {
    /** A plain number. */
    public static Imm imm(long value) {
        return new Imm(value, null);
    }

    @Override
    public String toString() {
        return label == null ? Long.toString(value) : label + (value == 0 ? "" : "+" + value);
    }
}
