package dev.skerry.verify.asm;

/** What a ModRM byte's r/m field names: a general register or memory. */
public sealed interface Rm extends Operand permits Gp, Mem {
    /** Bits of the operand: 8, 16, 32 or 64; 0 for memory whose size was not said. */
    int size();
}
