package dev.skerry.verify.asm;

/** Pieces of forms. */
final class Forms {
    private Forms() {}

    /** A number as the operand size has it, with its sign: 0xffffffff of 32 bits is -1. */
    static long signed(long value, int size) {
        return switch (size) {
            case 8 -> value >>> 8 == 0 ? (byte) value : value;
            case 16 -> value >>> 16 == 0 ? (short) value : value;
            case 32 -> value >>> 32 == 0 ? (int) value : value;
            default -> value;
        };
    }

    /** Two digits. */
    static String hex(int value) {
        return Integer.toHexString(value | 0x100).substring(1);
    }

    /** A form for bytes or, with opcode + 1 and an operand size, for the others. */
    static String sized(int opcode, Rm operand, String rest) {
        return operand.size() == 8 ? hex(opcode) + rest : "os " + hex(opcode + 1) + rest;
    }

    /** The same with an opcode behind 0F and the register in its second place. */
    static String sizedExtended(int opcode, Gp operand) {
        return operand.size() == 8
                ? "0F " + hex(opcode) + " /mr"
                : "os 0F " + hex(opcode + 1) + " /mr";
    }
}
