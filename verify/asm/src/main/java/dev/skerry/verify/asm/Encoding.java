package dev.skerry.verify.asm;

import java.util.ArrayList;
import java.util.List;

/** One instruction's way from form and operands to bytes. */
final class Encoding {
    private final Form form;
    private final int mode;
    private final int operandSize;
    private final List<Operand.Register> registers = new ArrayList<>();
    private final List<Operand> values = new ArrayList<>();
    private Mem mem;
    private int rex;
    private boolean rexWanted;
    private boolean rexForbidden;

    Encoding(Form form, Operand[] operands, int mode) {
        this.form = form;
        this.mode = mode;
        int sized = 0;
        for (Operand operand : operands) {
            if (sized == 0 && operand instanceof Rm rm) {
                sized = rm.size();
            }
            switch (operand) {
                case Mem memory -> {
                    check(mem == null, "two memory operands");
                    mem = memory;
                }
                case Operand.Register register -> {
                    registers.add(register);
                    note(register);
                }
                case Imm imm -> values.add(imm);
                case Label label -> values.add(label);
            }
        }
        check(form.operandSize != Form.OF_OPERAND || sized != 0, "no operand says the size");
        operandSize = form.operandSize == Form.OF_OPERAND ? sized : form.operandSize;
        check(form.tail.size() == values.size(), "wants " + form.tail.size() + " values");
        check(
                registers.size() + (mem == null ? 0 : 1) == places(),
                "wants " + places() + " operands");
    }

    private int places() {
        int modrm = form.modrm == Form.NO_MODRM ? 0 : form.modrm < 8 ? 1 : 2;
        return modrm + (form.registerInOpcode ? 1 : 0);
    }

    private static void check(boolean good, String what) {
        if (!good) {
            throw new IllegalArgumentException(what);
        }
    }

    private void note(Operand.Register register) {
        if (register instanceof Gp gp) {
            rexForbidden |= gp.isHigh();
            rexWanted |= gp.needsRex();
        }
    }

    void emit(Assembler out) {
        Operand.Register reg = null;
        Operand.Register rm = null;
        if (form.modrm == Form.REG_FIRST || form.modrm == Form.REG_SECOND) {
            int which = mem == null && form.modrm == Form.REG_SECOND ? 1 : 0;
            reg = registers.get(which);
            rm = mem == null ? registers.get(1 - which) : null;
        } else if (!registers.isEmpty()) {
            rm = registers.getFirst();
        }
        ModRm memory = mem == null ? null : ModRm.of(mem, mode);
        collectRex(reg, rm);
        emitPrefixes(out);
        int last = form.opcode.length - 1;
        for (int i = 0; i < last; i++) {
            out.emitByte(form.opcode[i]);
        }
        out.emitByte(form.opcode[last] + (form.registerInOpcode ? rm.code() & 7 : 0));
        int fixups = out.fixups();
        if (form.modrm != Form.NO_MODRM) {
            int regField = (reg != null ? reg.code() & 7 : form.modrm) << 3;
            if (memory == null) {
                out.emitByte(0xc0 | regField | rm.code() & 7);
            } else {
                emitMemory(out, memory, regField);
            }
        }
        for (int i = 0; i < values.size(); i++) {
            emitTail(out, form.tail.get(i), values.get(i));
        }
        out.endRelative(fixups);
    }

    private void collectRex(Operand.Register reg, Operand.Register rm) {
        if (operandSize == 64 && !(form.default64 && mode == 64)) {
            check(mode == 64, "64-bit operands need 64-bit code");
            rex |= 8;
        }
        if (form.default64 && mode == 64) {
            check(operandSize != 32, "32-bit operands do not exist here in 64-bit code");
        }
        if (reg != null && reg.code() > 7) {
            rex |= 4;
        }
        if (mem != null) {
            rex |= mem.index() != null && mem.index().code() > 7 ? 2 : 0;
            rex |= mem.base() != null && mem.base().code() > 7 ? 1 : 0;
        } else if (rm != null && rm.code() > 7) {
            rex |= 1;
        }
        rexWanted |= rex != 0;
        check(!rexWanted || mode == 64, "a register that only 64-bit code has");
        check(!rexWanted || !rexForbidden, "ah, ch, dh and bh cannot stand beside a REX prefix");
    }

    private void emitPrefixes(Assembler out) {
        if (form.waits) {
            out.emitByte(0x9b);
        }
        if (mem != null && mem.segment() != null) {
            out.emitByte(mem.segment().prefix());
        }
        int address = mem != null ? mem.addressBits(mode) : form.addressSize;
        if (address != 0 && address != mode) {
            check(address != 64 && !(address == 16 && mode == 64), address + "-bit addresses");
            out.emitByte(0x67);
        }
        if (operandSize == 16 && mode != 16 || operandSize == 32 && mode == 16) {
            out.emitByte(0x66);
        }
        for (int prefix : form.prefixes) {
            out.emitByte(prefix);
        }
        if (rexWanted) {
            out.emitByte(0x40 | rex);
        }
    }

    private void emitMemory(Assembler out, ModRm memory, int regField) {
        out.emitByte(memory.mod() << 6 | regField | memory.rm());
        if (memory.sib() >= 0) {
            out.emitByte(memory.sib());
        }
        if (memory.rip() && mem.label() != null) {
            out.emitRelative(4, mem.label(), memory.disp());
        } else if (memory.rip()) {
            out.emitImmediate(4, Imm.imm(memory.disp()));
        } else {
            out.emitDisplacement(memory.dispBytes(), mem.label(), memory.disp());
        }
    }

    private void emitTail(Assembler out, Form.Tail tail, Operand value) {
        int bytes =
                switch (tail) {
                    case IZ -> immediateBytes();
                    case MO -> (form.addressSize != 0 ? form.addressSize : mode) / 8;
                    case CZ -> mode == 16 ? 2 : 4;
                    default -> tail.bytes;
                };
        if (tail == Form.Tail.IZ
                && mode == 64
                && operandSize % 64 == 0
                && value instanceof Imm imm) {
            // Four bytes stand for eight with their sign.
            check(imm.value() == (int) imm.value(), imm + " does not fit 4 bytes with a sign");
        }
        switch (value) {
            case Label label when tail.relative -> out.emitRelative(bytes, label, 0);
            case Imm imm when !tail.relative || imm.label() == null ->
                    out.emitImmediate(bytes, imm);
            default -> throw new IllegalArgumentException(value + " cannot stand for " + tail);
        }
    }

    private int immediateBytes() {
        int size = operandSize != 0 ? operandSize : mode;
        return size == 16 ? 2 : 4;
    }
}
