package dev.skerry.verify.asm;

/** What an instruction works on. {@link #toString} is GNU's Intel syntax. */
public sealed interface Operand permits Operand.Register, Rm, Mem, Imm, Label {
    /** An operand that is a register; {@link #code} is its number in ModRM, with REX's bit as bit 3. */
    sealed interface Register extends Operand permits Gp, Seg, Cr, Dr, Xmm, Mmx, St {
        /** The number, 0 to 15. */
        int code();
    }
}
