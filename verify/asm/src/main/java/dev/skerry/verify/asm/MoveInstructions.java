package dev.skerry.verify.asm;

import static dev.skerry.verify.asm.Forms.hex;
import static dev.skerry.verify.asm.Forms.signed;
import static dev.skerry.verify.asm.Forms.sized;
import static dev.skerry.verify.asm.Forms.sizedExtended;
import static dev.skerry.verify.asm.Imm.imm;

/** Instructions that move, exchange and walk strings, and the stack (Intel SDM 1, 5.1.1 and 5.1.8). */
public sealed interface MoveInstructions permits Assembler {
    /** Any instruction; see {@link Assembler#op}. */
    Assembler op(String form, Operand... operands);

    /** The mode: 16, 32 or 64. */
    int bits();

    /** MOV between registers and memory. */
    default Assembler mov(Rm to, Rm from) {
        return from instanceof Mem
                ? op(sized(0x8a, to, " /r"), to, from)
                : op(sized(0x88, from, " /mr"), to, from);
    }

    /** MOV of a number; to a 64-bit register of eight bytes if it needs them. */
    default Assembler mov(Rm to, long value) {
        return mov(to, imm(signed(value, to.size())));
    }

    /** MOV of a label's address or a number; addresses to 64-bit registers in eight bytes. */
    default Assembler mov(Rm to, Imm value) {
        boolean wide = value.label() != null || value.value() != (int) value.value();
        if (to instanceof Gp gp) {
            return switch (gp.size()) {
                case 8 -> op("B0+r ib", to, value);
                case 16, 32 -> op("os B8+r iz", to, value);
                default -> wide ? op("o64 B8+r iq", to, value) : op("o64 C7 /0 id", to, value);
            };
        }
        return to.size() == 8 ? op("C6 /0 ib", to, value) : op("os C7 /0 iz", to, value);
    }

    /** MOV of eight bytes of immediate, whatever the number. */
    default Assembler movabs(Gp to, long value) {
        return op("o64 B8+r iq", to, imm(value));
    }

    /** MOV of the accumulator from an absolute address of address size. */
    default Assembler movLoad(Gp accumulator, Imm address) {
        return op(moffs(accumulator, 0xa0), address);
    }

    /** MOV of the accumulator to an absolute address of address size. */
    default Assembler movStore(Imm address, Gp accumulator) {
        return op(moffs(accumulator, 0xa2), address);
    }

    private static String moffs(Gp accumulator, int opcode) {
        if (accumulator.code() != 0) {
            throw new IllegalArgumentException(accumulator + " is no accumulator");
        }
        return accumulator.size() == 8
                ? hex(opcode) + " mo"
                : "o" + accumulator.size() + " " + hex(opcode + 1) + " mo";
    }

    /** MOV to a segment register. */
    default Assembler mov(Seg to, Rm from) {
        return op("8E /r", to, from);
    }

    /** MOV from a segment register. */
    default Assembler mov(Rm to, Seg from) {
        // A 64-bit register gets the same from the 32-bit form, which is shorter.
        boolean sized = to instanceof Gp gp && gp.size() != 64;
        return op(sized ? "os 8C /mr" : "8C /mr", to, from);
    }

    /** MOVZX from 8 or 16 bits. */
    default Assembler movzx(Gp to, Rm from) {
        return op(from.size() == 8 ? "os 0F B6 /r" : "os 0F B7 /r", to, from);
    }

    /** MOVSX from 8 or 16 bits, MOVSXD from 32. */
    default Assembler movsx(Gp to, Rm from) {
        return switch (from.size()) {
            case 8 -> op("os 0F BE /r", to, from);
            case 32 -> op("os 63 /r", to, from);
            default -> op("os 0F BF /r", to, from);
        };
    }

    /** LEA. */
    default Assembler lea(Gp to, Mem from) {
        return op("os 8D /r", to, from);
    }

    /** XCHG. */
    default Assembler xchg(Rm one, Gp other) {
        if (one instanceof Gp gp && gp.size() == other.size() && gp.size() != 8) {
            // XCHG EAX, EAX would be NOP and not clear the upper half, so that has the long form.
            boolean nop = gp.size() == 32 && gp == other && bits() == 64;
            if (!nop && (gp.code() == 0 || other.code() == 0)) {
                return op("os 90+r", gp.code() == 0 ? other : gp);
            }
        }
        return op(sized(0x86, other, " /mr"), one, other);
    }

    /** PUSH of a register or memory. */
    default Assembler push(Rm from) {
        return from instanceof Gp ? op("os d64 50+r", from) : op("os d64 FF /6", from);
    }

    /** PUSH of a number, in the mode's size. */
    default Assembler push(long value) {
        long number = bits() == 64 ? value : signed(value, bits());
        return number == (byte) number ? op("6A ib", imm(number)) : op("68 iz", imm(number));
    }

    /** PUSH of a label's address, in the mode's size. */
    default Assembler push(Imm value) {
        return op("68 iz", value);
    }

    /** POP of a register or memory. */
    default Assembler pop(Rm to) {
        return to instanceof Gp ? op("os d64 58+r", to) : op("os d64 8F /0", to);
    }

    /** PUSH of a segment register, in the mode's size. */
    default Assembler push(Seg from) {
        return from.code() < 4
                ? op(hex(0x06 | from.code() << 3))
                : op("0F " + hex(0x80 | from.code() << 3));
    }

    /** POP of a segment register, in the mode's size. */
    default Assembler pop(Seg to) {
        return to.code() < 4
                ? op(hex(0x07 | to.code() << 3))
                : op("0F " + hex(0x81 | to.code() << 3));
    }

    /** PUSHA or PUSHAD, as the size says. */
    default Assembler pusha(int size) {
        return op("o" + size + " 60");
    }

    /** POPA or POPAD, as the size says. */
    default Assembler popa(int size) {
        return op("o" + size + " 61");
    }

    /** BSWAP of 32 or 64 bits (of 16 bits it is undefined). */
    default Assembler bswap(Gp to) {
        return op("os 0F C8+r", to);
    }

    /** CMOVcc. */
    default Assembler cmov(Cond cond, Gp to, Rm from) {
        return op("os 0F " + hex(0x40 + cond.code()) + " /r", to, from);
    }

    /** XADD. */
    default Assembler xadd(Rm to, Gp from) {
        return op(sizedExtended(0xc0, from), to, from);
    }

    /** CMPXCHG. */
    default Assembler cmpxchg(Rm to, Gp from) {
        return op(sizedExtended(0xb0, from), to, from);
    }

    /** CMPXCHG8B. */
    default Assembler cmpxchg8b(Mem to) {
        return op("0F C7 /1", to);
    }

    /** CMPXCHG16B. */
    default Assembler cmpxchg16b(Mem to) {
        return op("o64 0F C7 /1", to);
    }

    /** MOVBE from memory. */
    default Assembler movbe(Gp to, Mem from) {
        return op("os 0F 38 F0 /r", to, from);
    }

    /** MOVBE to memory. */
    default Assembler movbe(Mem to, Gp from) {
        return op("os 0F 38 F1 /mr", to, from);
    }

    /** ENTER with a frame of so many bytes and a nesting level of 0 to 31. */
    default Assembler enter(int bytes, int level) {
        return op("C8 iw ib", imm(bytes), imm(level));
    }

    /** A string instruction; size 8 to 64, with the mode's address size. */
    private Assembler string(int opcode, int size) {
        return op(size == 8 ? hex(opcode) : "o" + size + " " + hex(opcode + 1));
    }

    /** XLAT. */
    default Assembler xlat() {
        return op("D7");
    }

    /** LDS, LES, LFS, LGS, LSS: a far pointer. */
    default Assembler loadFar(Seg segment, Gp to, Mem from) {
        return switch (segment) {
            case DS -> op("os C5 /r", to, from);
            case ES -> op("os C4 /r", to, from);
            case SS -> op("os 0F B2 /r", to, from);
            case FS -> op("os 0F B4 /r", to, from);
            case GS -> op("os 0F B5 /r", to, from);
            case CS -> throw new IllegalArgumentException("CS is loaded by far jumps");
        };
    }

    /** MOVS of elements of 8 to 64 bits, with the mode's address size. */
    default Assembler movs(int size) {
        return string(0xa4, size);
    }

    /** CMPS of elements of 8 to 64 bits, with the mode's address size. */
    default Assembler cmps(int size) {
        return string(0xa6, size);
    }

    /** STOS of elements of 8 to 64 bits, with the mode's address size. */
    default Assembler stos(int size) {
        return string(0xaa, size);
    }

    /** LODS of elements of 8 to 64 bits, with the mode's address size. */
    default Assembler lods(int size) {
        return string(0xac, size);
    }

    /** SCAS of elements of 8 to 64 bits, with the mode's address size. */
    default Assembler scas(int size) {
        return string(0xae, size);
    }

    /** INS of elements of 8 to 32 bits, with the mode's address size. */
    default Assembler ins(int size) {
        return string(0x6c, size);
    }

    /** OUTS of elements of 8 to 32 bits, with the mode's address size. */
    default Assembler outs(int size) {
        return string(0x6e, size);
    }

    /** LEAVE. */
    default Assembler leave() {
        return op("C9");
    }
}
