package dev.skerry.verify.asm;

import static dev.skerry.verify.asm.Forms.hex;
import static dev.skerry.verify.asm.Forms.signed;
import static dev.skerry.verify.asm.Forms.sized;
import static dev.skerry.verify.asm.Imm.imm;

/** Instructions that compute (Intel SDM 1, 5.1.2 to 5.1.6). */
public sealed interface DataInstructions permits Assembler {
    /** Any instruction; see {@link Assembler#op}. */
    Assembler op(String form, Operand... operands);

    /** The mode: 16, 32 or 64. */
    int bits();

    /** One of the eight operations of the first opcode rows: 0 ADD, 1 OR, ... 7 CMP. */
    private Assembler arithmetic(int operation, Rm to, Rm from) {
        int opcode = operation << 3;
        return from instanceof Mem
                ? op(sized(opcode + 2, to, " /r"), to, from)
                : op(sized(opcode, from, " /mr"), to, from);
    }

    private Assembler arithmetic(int operation, Rm to, long value) {
        long number = signed(value, to.size());
        boolean accumulator = to instanceof Gp gp && gp.code() == 0 && !gp.isHigh();
        if (to.size() == 8) {
            return accumulator
                    ? op(hex((operation << 3) + 4) + " ib", imm(number))
                    : op("80 /" + operation + " ib", to, imm(number));
        }
        if (number == (byte) number) {
            return op("os 83 /" + operation + " ib", to, imm(number));
        }
        return accumulator
                ? op("o" + to.size() + " " + hex((operation << 3) + 5) + " iz", imm(number))
                : op("os 81 /" + operation + " iz", to, imm(number));
    }

    /** ADD of two operands, one of them at most in memory. */
    default Assembler add(Rm to, Rm from) {
        return arithmetic(0, to, from);
    }

    /** ADD of a number. */
    default Assembler add(Rm to, long value) {
        return arithmetic(0, to, value);
    }

    /** OR of two operands, one of them at most in memory. */
    default Assembler or(Rm to, Rm from) {
        return arithmetic(1, to, from);
    }

    /** OR of a number. */
    default Assembler or(Rm to, long value) {
        return arithmetic(1, to, value);
    }

    /** ADC of two operands, one of them at most in memory. */
    default Assembler adc(Rm to, Rm from) {
        return arithmetic(2, to, from);
    }

    /** ADC of a number. */
    default Assembler adc(Rm to, long value) {
        return arithmetic(2, to, value);
    }

    /** SBB of two operands, one of them at most in memory. */
    default Assembler sbb(Rm to, Rm from) {
        return arithmetic(3, to, from);
    }

    /** SBB of a number. */
    default Assembler sbb(Rm to, long value) {
        return arithmetic(3, to, value);
    }

    /** AND of two operands, one of them at most in memory. */
    default Assembler and(Rm to, Rm from) {
        return arithmetic(4, to, from);
    }

    /** AND of a number. */
    default Assembler and(Rm to, long value) {
        return arithmetic(4, to, value);
    }

    /** SUB of two operands, one of them at most in memory. */
    default Assembler sub(Rm to, Rm from) {
        return arithmetic(5, to, from);
    }

    /** SUB of a number. */
    default Assembler sub(Rm to, long value) {
        return arithmetic(5, to, value);
    }

    /** XOR of two operands, one of them at most in memory. */
    default Assembler xor(Rm to, Rm from) {
        return arithmetic(6, to, from);
    }

    /** XOR of a number. */
    default Assembler xor(Rm to, long value) {
        return arithmetic(6, to, value);
    }

    /** CMP of two operands, one of them at most in memory. */
    default Assembler cmp(Rm to, Rm from) {
        return arithmetic(7, to, from);
    }

    /** CMP of a number. */
    default Assembler cmp(Rm to, long value) {
        return arithmetic(7, to, value);
    }

    /** TEST of two registers, or memory and register. */
    default Assembler test(Rm one, Gp other) {
        return op(sized(0x84, other, " /mr"), one, other);
    }

    /** TEST with a number. */
    default Assembler test(Rm one, long value) {
        Imm number = imm(signed(value, one.size()));
        if (one instanceof Gp gp && gp.code() == 0 && !gp.isHigh()) {
            return gp.size() == 8 ? op("A8 ib", number) : op("o" + gp.size() + " A9 iz", number);
        }
        return one.size() == 8 ? op("F6 /0 ib", one, number) : op("os F7 /0 iz", one, number);
    }

    /** INC. */
    default Assembler inc(Rm to) {
        return step(0, to);
    }

    /** DEC. */
    default Assembler dec(Rm to) {
        return step(1, to);
    }

    private Assembler step(int operation, Rm to) {
        if (bits() != 64 && to instanceof Gp gp && gp.size() != 8) {
            return op("os " + hex(0x40 + 8 * operation) + "+r", to);
        }
        return op(sized(0xfe, to, " /" + operation), to);
    }

    /** NOT of one operand. */
    default Assembler not(Rm operand) {
        return op(sized(0xf6, operand, " /2"), operand);
    }

    /** NEG of one operand. */
    default Assembler neg(Rm operand) {
        return op(sized(0xf6, operand, " /3"), operand);
    }

    /** MUL of one operand. */
    default Assembler mul(Rm operand) {
        return op(sized(0xf6, operand, " /4"), operand);
    }

    /** IMUL of one operand. */
    default Assembler imul(Rm operand) {
        return op(sized(0xf6, operand, " /5"), operand);
    }

    /** DIV of one operand. */
    default Assembler div(Rm operand) {
        return op(sized(0xf6, operand, " /6"), operand);
    }

    /** IDIV of one operand. */
    default Assembler idiv(Rm operand) {
        return op(sized(0xf6, operand, " /7"), operand);
    }

    /** IMUL of two operands. */
    default Assembler imul(Gp to, Rm from) {
        return op("os 0F AF /r", to, from);
    }

    /** IMUL with a number. */
    default Assembler imul(Gp to, Rm from, long value) {
        long number = signed(value, to.size());
        return number == (byte) number
                ? op("os 6B /r ib", to, from, imm(number))
                : op("os 69 /r iz", to, from, imm(number));
    }

    private Assembler shift(int operation, Rm to, int count) {
        return count == 1
                ? op(sized(0xd0, to, " /" + operation), to)
                : op(sized(0xc0, to, " /" + operation + " ib"), to, imm(count));
    }

    private Assembler shift(int operation, Rm to) {
        return op(sized(0xd2, to, " /" + operation), to);
    }

    /** ROL by a number, 0 to 255. */
    default Assembler rol(Rm to, int count) {
        return shift(0, to, count);
    }

    /** ROL by CL. */
    default Assembler rolCl(Rm to) {
        return shift(0, to);
    }

    /** ROR by a number, 0 to 255. */
    default Assembler ror(Rm to, int count) {
        return shift(1, to, count);
    }

    /** ROR by CL. */
    default Assembler rorCl(Rm to) {
        return shift(1, to);
    }

    /** RCL by a number, 0 to 255. */
    default Assembler rcl(Rm to, int count) {
        return shift(2, to, count);
    }

    /** RCL by CL. */
    default Assembler rclCl(Rm to) {
        return shift(2, to);
    }

    /** RCR by a number, 0 to 255. */
    default Assembler rcr(Rm to, int count) {
        return shift(3, to, count);
    }

    /** RCR by CL. */
    default Assembler rcrCl(Rm to) {
        return shift(3, to);
    }

    /** SHL by a number, 0 to 255. */
    default Assembler shl(Rm to, int count) {
        return shift(4, to, count);
    }

    /** SHL by CL. */
    default Assembler shlCl(Rm to) {
        return shift(4, to);
    }

    /** SHR by a number, 0 to 255. */
    default Assembler shr(Rm to, int count) {
        return shift(5, to, count);
    }

    /** SHR by CL. */
    default Assembler shrCl(Rm to) {
        return shift(5, to);
    }

    /** SAR by a number, 0 to 255. */
    default Assembler sar(Rm to, int count) {
        return shift(7, to, count);
    }

    /** SAR by CL. */
    default Assembler sarCl(Rm to) {
        return shift(7, to);
    }

    /** SHLD by a number. */
    default Assembler shld(Rm to, Gp from, int count) {
        return op("os 0F A4 /mr ib", to, from, imm(count));
    }

    /** SHLD by CL. */
    default Assembler shldCl(Rm to, Gp from) {
        return op("os 0F A5 /mr", to, from);
    }

    /** SHRD by a number. */
    default Assembler shrd(Rm to, Gp from, int count) {
        return op("os 0F AC /mr ib", to, from, imm(count));
    }

    /** SHRD by CL. */
    default Assembler shrdCl(Rm to, Gp from) {
        return op("os 0F AD /mr", to, from);
    }

    /** BT of a bit whose number a register holds. */
    default Assembler bt(Rm of, Gp bit) {
        return op("os 0F A3 /mr", of, bit);
    }

    /** BT of a bit. */
    default Assembler bt(Rm of, int bit) {
        return op("os 0F BA /4 ib", of, imm(bit));
    }

    /** BTS of a bit whose number a register holds. */
    default Assembler bts(Rm of, Gp bit) {
        return op("os 0F AB /mr", of, bit);
    }

    /** BTS of a bit. */
    default Assembler bts(Rm of, int bit) {
        return op("os 0F BA /5 ib", of, imm(bit));
    }

    /** BTR of a bit whose number a register holds. */
    default Assembler btr(Rm of, Gp bit) {
        return op("os 0F B3 /mr", of, bit);
    }

    /** BTR of a bit. */
    default Assembler btr(Rm of, int bit) {
        return op("os 0F BA /6 ib", of, imm(bit));
    }

    /** BTC of a bit whose number a register holds. */
    default Assembler btc(Rm of, Gp bit) {
        return op("os 0F BB /mr", of, bit);
    }

    /** BTC of a bit. */
    default Assembler btc(Rm of, int bit) {
        return op("os 0F BA /7 ib", of, imm(bit));
    }

    /** BSF. */
    default Assembler bsf(Gp to, Rm from) {
        return op("os 0F BC /r", to, from);
    }

    /** BSR. */
    default Assembler bsr(Gp to, Rm from) {
        return op("os 0F BD /r", to, from);
    }

    /** POPCNT. */
    default Assembler popcnt(Gp to, Rm from) {
        return op("os F3 0F B8 /r", to, from);
    }

    /** SETcc. */
    default Assembler set(Cond cond, Rm to) {
        return op("0F " + hex(0x90 + cond.code()) + " /0", to);
    }

    /** CRC32 of 8 to 64 bits into a 32- or 64-bit register. */
    default Assembler crc32(Gp to, Rm from) {
        String wide =
                to.size() == 64
                        ? "o64 "
                        : from.size() == 16 ? "o16 " : from.size() == 32 ? "o32 " : "";
        return op(wide + "F2 0F 38 " + (from.size() == 8 ? "F0" : "F1") + " /r", to, from);
    }

    /** CBW, CWDE or CDQE, as the result's size says (16, 32, 64). */
    default Assembler signExtendAccumulator(int size) {
        return op("o" + size + " 98");
    }

    /** CWD, CDQ or CQO: the accumulator's sign into DX, EDX or RDX (16, 32, 64). */
    default Assembler signToData(int size) {
        return op("o" + size + " 99");
    }

    /** DAA. */
    default Assembler daa() {
        return op("27");
    }

    /** DAS. */
    default Assembler das() {
        return op("2F");
    }

    /** AAA. */
    default Assembler aaa() {
        return op("37");
    }

    /** AAS. */
    default Assembler aas() {
        return op("3F");
    }

    /** AAM with a base, usually 10. */
    default Assembler aam(int radix) {
        return op("D4 ib", imm(radix));
    }

    /** AAD with a base, usually 10. */
    default Assembler aad(int radix) {
        return op("D5 ib", imm(radix));
    }
}
