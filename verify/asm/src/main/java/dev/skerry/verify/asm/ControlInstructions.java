package dev.skerry.verify.asm;

import static dev.skerry.verify.asm.Imm.imm;

/** Jumps, calls, returns, interrupts, flags and prefixes (Intel SDM 1, 5.1.7 and 5.1.11). */
public sealed interface ControlInstructions permits Assembler {
    /** Any instruction; see {@link Assembler#op}. */
    Assembler op(String form, Operand... operands);

    /** The mode: 16, 32 or 64. */
    int bits();

    /** The next byte's address. */
    long here();

    private boolean isNear(Label label) {
        return label.isBound() && label.value() - (here() + 2) >= -128 && label.value() < here();
    }

    /** JMP: short to a label that is bound and near, else with the mode's full displacement. */
    default Assembler jmp(Label to) {
        return isNear(to) ? jmpShort(to) : jmpNear(to);
    }

    /** JMP with a displacement of one byte. */
    default Assembler jmpShort(Label to) {
        return op("EB cb", to);
    }

    /** JMP with a displacement of the mode's size. */
    default Assembler jmpNear(Label to) {
        return op("E9 cz", to);
    }

    /** JMP to where a register or memory says. */
    default Assembler jmp(Rm to) {
        return op("os d64 FF /4", to);
    }

    /** Jcc: short to a label that is bound and near, else with the mode's full displacement. */
    default Assembler jcc(Cond cond, Label to) {
        return isNear(to) ? jccShort(cond, to) : jccNear(cond, to);
    }

    /** Jcc with a displacement of one byte. */
    default Assembler jccShort(Cond cond, Label to) {
        return op("7" + Integer.toHexString(cond.code()) + " cb", to);
    }

    /** Jcc with a displacement of the mode's size. */
    default Assembler jccNear(Cond cond, Label to) {
        return op("0F 8" + Integer.toHexString(cond.code()) + " cz", to);
    }

    /** LOOP, counting in the register of the mode's address size. */
    default Assembler loop(Label to) {
        return op("E2 cb", to);
    }

    /** LOOPE. */
    default Assembler loope(Label to) {
        return op("E1 cb", to);
    }

    /** LOOPNE. */
    default Assembler loopne(Label to) {
        return op("E0 cb", to);
    }

    /** JCXZ, JECXZ or JRCXZ, as the size of the counter says (16, 32, 64). */
    default Assembler jcxz(int size, Label to) {
        return op("a" + size + " E3 cb", to);
    }

    /** CALL of a label. */
    default Assembler call(Label to) {
        return op("E8 cz", to);
    }

    /** CALL of where a register or memory says. */
    default Assembler call(Rm to) {
        return op("os d64 FF /2", to);
    }

    /** RET. */
    default Assembler ret() {
        return op("C3");
    }

    /** RET that drops bytes of arguments. */
    default Assembler ret(int bytes) {
        return op("C2 iw", imm(bytes));
    }

    /** Far RET with the operand size 16, 32 or 64. */
    default Assembler retFar(int size) {
        return op("o" + size + " CB");
    }

    /** Far RET that drops bytes of arguments. */
    default Assembler retFar(int size, int bytes) {
        return op("o" + size + " CA iw", imm(bytes));
    }

    /** Far JMP with an offset of 16 or 32 bits (not in 64-bit code). */
    default Assembler jmpFar(int size, int selector, Imm offset) {
        return far("EA", size, selector, offset);
    }

    /** Far CALL with an offset of 16 or 32 bits (not in 64-bit code). */
    default Assembler callFar(int size, int selector, Imm offset) {
        return far("9A", size, selector, offset);
    }

    private Assembler far(String opcode, int size, int selector, Imm offset) {
        if (bits() == 64) {
            throw new IllegalStateException("64-bit code has no far pointer in the instruction");
        }
        return op("o" + size + " " + opcode + " iz iw", offset, imm(selector));
    }

    /** Far JMP through memory that holds an offset of 16, 32 or 64 bits and a selector. */
    default Assembler jmpFar(int size, Mem pointer) {
        return op("o" + size + " FF /5", pointer);
    }

    /** Far CALL through memory that holds an offset of 16, 32 or 64 bits and a selector. */
    default Assembler callFar(int size, Mem pointer) {
        return op("o" + size + " FF /3", pointer);
    }

    /** INT n. */
    default Assembler interrupt(int vector) {
        return op("CD ib", imm(vector));
    }

    /** IRET, IRETD or IRETQ, as the size says. */
    default Assembler iret(int size) {
        return op("o" + size + " CF");
    }

    /** PUSHF, PUSHFD or PUSHFQ, as the size says. */
    default Assembler pushf(int size) {
        return op("o" + size + " d64 9C");
    }

    /** POPF, POPFD or POPFQ, as the size says. */
    default Assembler popf(int size) {
        return op("o" + size + " d64 9D");
    }

    /** BOUND (not in 64-bit code). */
    default Assembler bound(Gp index, Mem bounds) {
        return op("os 62 /r", index, bounds);
    }

    /** A NOP with a ModRM byte. */
    default Assembler nop(Rm operand) {
        return op("os 0F 1F /0", operand);
    }

    /** An override for the next instruction, where it has no memory operand that could say it. */
    default Assembler segment(Seg override) {
        return op(Integer.toHexString(override.prefix()));
    }

    /** LOCK, before an instruction. */
    default Assembler lock() {
        return op("F0");
    }

    /** REP or REPE, before an instruction. */
    default Assembler rep() {
        return op("F3");
    }

    /** REPNE, before an instruction. */
    default Assembler repne() {
        return op("F2");
    }

    /** 66, before an instruction. */
    default Assembler operandSizePrefix() {
        return op("66");
    }

    /** 67, before an instruction. */
    default Assembler addressSizePrefix() {
        return op("67");
    }

    /** INT3. */
    default Assembler int3() {
        return op("CC");
    }

    /** INT1. */
    default Assembler int1() {
        return op("F1");
    }

    /** INTO (not in 64-bit code). */
    default Assembler into() {
        return op("CE");
    }

    /** NOP. */
    default Assembler nop() {
        return op("90");
    }

    /** PAUSE. */
    default Assembler pause() {
        return op("F3 90");
    }

    /** UD2. */
    default Assembler ud2() {
        return op("0F 0B");
    }

    /** CLC. */
    default Assembler clc() {
        return op("F8");
    }

    /** STC. */
    default Assembler stc() {
        return op("F9");
    }

    /** CMC. */
    default Assembler cmc() {
        return op("F5");
    }

    /** CLD. */
    default Assembler cld() {
        return op("FC");
    }

    /** STD. */
    default Assembler std() {
        return op("FD");
    }

    /** CLI. */
    default Assembler cli() {
        return op("FA");
    }

    /** STI. */
    default Assembler sti() {
        return op("FB");
    }

    /** LAHF. */
    default Assembler lahf() {
        return op("9F");
    }

    /** SAHF. */
    default Assembler sahf() {
        return op("9E");
    }
}
