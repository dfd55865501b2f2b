package dev.skerry.execution.x86.decode;

/**
 * One place of an opcode map.
 *
 * @param operands how they are encoded
 * @param flags a sum of this type's constants
 * @param parameter a segment register's number where the opcode implies one
 */
record Entry(Op op, Operands operands, int flags, int parameter) {
    /** In 64-bit mode the operand size is 64 bits unless made 16. */
    static final int D64 = 1;

    /** In 64-bit mode the operand size is 64 bits. */
    static final int F64 = 1 << 1;

    /** Not in 64-bit mode. */
    static final int NO64 = 1 << 2;

    /** In 64-bit mode alone. */
    static final int ONLY64 = 1 << 3;

    /** May have a LOCK prefix, if its destination is memory. */
    static final int LOCK = 1 << 4;

    /** The memory form alone. */
    static final int MEMORY = 1 << 5;

    /** The register form alone. */
    static final int REGISTER = 1 << 6;

    static final Entry UNDEFINED = new Entry(Op.UD, Operands.NONE, 0, 0);

    static Entry of(Op op, Operands operands, int... flags) {
        int all = 0;
        for (int flag : flags) {
            all |= flag;
        }
        return new Entry(op, operands, all, 0);
    }

    static Entry ofSegment(Op op, Operands operands, int segment, int... flags) {
        Entry entry = of(op, operands, flags);
        return new Entry(op, operands, entry.flags, segment);
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }
}
