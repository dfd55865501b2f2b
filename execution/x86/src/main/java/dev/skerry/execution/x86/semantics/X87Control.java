package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Mode;

/**
 * x87 control instructions: they leave the pointers to the last instruction alone, and those named
 * FN... do not look for pending exceptions. Layouts of the environment: Intel SDM 1, figures 8-9 to
 * 8-12.
 */
final class X87Control {
    private static final int ALL_MASKED = 0x3f;
    private static final int RESERVED = 0xffff_0000;
    private static final int OPCODE = 0x7ff;
    private static final int REGISTER_BYTES = 10;
    private static final long PAGE = 4096;

    private X87Control() {}

    /** Whether an instruction is one of these. */
    static boolean has(Insn in) {
        int reg = in.regField();
        if (in.isRegisterForm()) {
            return reg == 4 && (in.opcode == 0xdb || in.opcode == 0xdf);
        }
        return reg >= 4 && (in.opcode == 0xd9 || in.opcode == 0xdd && reg != 5);
    }

    static void execute(Core c, Insn in) {
        CpuState s = c.state;
        if (in.isRegisterForm()) {
            register(s, in.opcode << 8 | in.modrm);
            return;
        }
        switch (in.opcode << 4 | in.regField()) {
            case 0xd94 -> loadEnvironment(c, in);
            case 0xd95 -> {
                X87Semantics.checkPending(c);
                X87Semantics.setControl(s, (int) Operand.load(c, in, 2));
            }
            case 0xd96 -> storeEnvironment(c, in);
            case 0xd97 -> Operand.store(c, in, 2, s.fpControl);
            case 0xdd4 -> restore(c, in);
            case 0xdd6 -> save(c, in);
            default -> Operand.store(c, in, 2, s.fpStatus);
        }
    }

    private static void register(CpuState s, int instruction) {
        switch (instruction) {
            case 0xdbe2 ->
                    X87Semantics.setStatus(s, s.fpStatus & ~(ALL_MASKED | X87Stack.STACK_FAULT));
            case 0xdbe3 -> X87Semantics.initialise(s);
            case 0xdfe0 -> Registers.set(s, CpuState.RAX, 2, s.fpStatus);
            // FNENI, FNDISI and FNSETPM of the 8087 and 80287 do nothing since the 80387.
            case 0xdbe0, 0xdbe1, 0xdbe4 -> {}
            default -> throw s.fault(GuestFault.UD);
        }
    }

    /** Operands of 32 bits. */
    private static boolean isWide(CpuState s, Insn in) {
        boolean byDefault = s.is64() || (s.mode & Mode.CODE32) != 0;
        return byDefault ^ (in.prefixes & Insn.OPERAND_SIZE) != 0;
    }

    /** Pointers are selectors and offsets, not linear addresses. */
    private static boolean isProtectedFormat(CpuState s) {
        return s.isProtected() && !s.isVirtual8086();
    }

    private static void storeEnvironment(Core c, Insn in) {
        CpuState s = c.state;
        boolean wide = isWide(s, in);
        int size = wide ? 28 : 14;
        long gva = Address.linear(s, in, size, Mmu.WRITE);
        c.mmu.probeWrite(gva, size);
        write(c, gva, wide);
        X87Semantics.setControl(s, s.fpControl | ALL_MASKED);
    }

    private static void save(Core c, Insn in) {
        CpuState s = c.state;
        boolean wide = isWide(s, in);
        int environment = wide ? 28 : 14;
        int size = environment + 8 * REGISTER_BYTES;
        long gva = Address.linear(s, in, size, Mmu.WRITE);
        c.mmu.probeWrite(gva, size);
        write(c, gva, wide);
        for (int i = 0; i < 8; i++) {
            long at = gva + environment + i * REGISTER_BYTES;
            c.mmu.write64(at, X87Stack.significand(s, i));
            c.mmu.write16(at + 8, X87Stack.signExponent(s, i));
        }
        X87Semantics.initialise(s);
    }

    private static void write(Core c, long gva, boolean wide) {
        CpuState s = c.state;
        long instruction = s.fpInstruction;
        long operand = s.fpOperand;
        long afterInstruction = s.fpInstructionSelector | (long) s.fpOpcode << 16;
        long afterOperand = s.fpOperandSelector;
        if (!isProtectedFormat(s)) {
            instruction += (long) s.fpInstructionSelector << 4;
            operand += (long) s.fpOperandSelector << 4;
            afterInstruction = instruction >>> 16 << 12 | s.fpOpcode;
            afterOperand = operand >>> 16 << 12;
        }
        Mmu m = c.mmu;
        if (wide) {
            boolean linear = !isProtectedFormat(s);
            m.write32(gva, s.fpControl | RESERVED);
            m.write32(gva + 4, s.fpStatus | RESERVED);
            m.write32(gva + 8, tags(s) | RESERVED);
            m.write32(gva + 12, linear ? instruction & 0xffff | RESERVED : instruction);
            m.write32(gva + 16, linear ? afterInstruction & 0x0fff_ffff : afterInstruction);
            m.write32(gva + 20, linear ? operand & 0xffff | RESERVED : operand);
            m.write32(gva + 24, linear ? afterOperand & 0x0fff_ffff : afterOperand | RESERVED);
        } else {
            m.write16(gva, s.fpControl);
            m.write16(gva + 2, s.fpStatus);
            m.write16(gva + 4, tags(s));
            m.write16(gva + 6, instruction);
            m.write16(gva + 8, afterInstruction);
            m.write16(gva + 10, operand);
            m.write16(gva + 12, afterOperand);
        }
    }

    /** The tag word: two bits for each physical register, 0 valid, 1 zero, 2 special, 3 empty. */
    static int tags(CpuState s) {
        int tags = 0;
        for (int n = 0; n < 8; n++) {
            tags |= tag(s, n) << 2 * n;
        }
        return tags;
    }

    private static int tag(CpuState s, int n) {
        if ((s.fpInUse >>> n & 1) == 0) {
            return 3;
        }
        int exponent = s.fpSignExponent[n] & 0x7fff;
        long significand = s.fpSignificand[n];
        if (exponent == 0 && significand == 0) {
            return 1;
        }
        return exponent == 0 || exponent == 0x7fff || significand >= 0 ? 2 : 0;
    }

    private static void loadEnvironment(Core c, Insn in) {
        CpuState s = c.state;
        X87Semantics.checkPending(c);
        boolean wide = isWide(s, in);
        int size = wide ? 28 : 14;
        long gva = Address.linear(s, in, size, Mmu.READ);
        probe(c, gva, size);
        read(c, gva, wide);
    }

    private static void restore(Core c, Insn in) {
        CpuState s = c.state;
        X87Semantics.checkPending(c);
        boolean wide = isWide(s, in);
        int environment = wide ? 28 : 14;
        int size = environment + 8 * REGISTER_BYTES;
        long gva = Address.linear(s, in, size, Mmu.READ);
        probe(c, gva, size);
        read(c, gva, wide);
        for (int i = 0; i < 8; i++) {
            long at = gva + environment + i * REGISTER_BYTES;
            int n = X87Stack.physical(s, i);
            s.fpSignificand[n] = c.mmu.read64(at);
            s.fpSignExponent[n] = (int) c.mmu.read16(at + 8);
        }
    }

    private static void probe(Core c, long gva, int size) {
        c.mmu.probeRead(gva);
        if ((gva & PAGE - 1) + size > PAGE) {
            c.mmu.probeRead((gva & -PAGE) + PAGE);
        }
    }

    private static void read(Core c, long gva, boolean wide) {
        CpuState s = c.state;
        Mmu m = c.mmu;
        int step = wide ? 4 : 2;
        X87Semantics.setControl(s, (int) m.read16(gva));
        X87Semantics.setStatus(s, (int) m.read16(gva + step));
        s.fpInUse = inUse((int) m.read16(gva + 2 * step));
        long instruction = m.read(gva + 3 * step, step);
        long afterInstruction = m.read(gva + 4 * step, step);
        long operand = m.read(gva + 5 * step, step);
        long afterOperand = m.read(gva + 6 * step, step);
        if (isProtectedFormat(s)) {
            s.fpInstruction = instruction;
            s.fpInstructionSelector = (int) afterInstruction & 0xffff;
            s.fpOperand = operand;
            s.fpOperandSelector = (int) afterOperand & 0xffff;
            // The 16-bit format has no place for the opcode.
            s.fpOpcode = wide ? (int) (afterInstruction >>> 16) & OPCODE : s.fpOpcode;
        } else {
            s.fpInstruction = instruction & 0xffff | (afterInstruction >>> 12 & 0xffff) << 16;
            s.fpInstructionSelector = 0;
            s.fpOperand = operand & 0xffff | (afterOperand >>> 12 & 0xffff) << 16;
            s.fpOperandSelector = 0;
            s.fpOpcode = (int) afterInstruction & OPCODE;
        }
    }

    private static int inUse(int tags) {
        int inUse = 0;
        for (int n = 0; n < 8; n++) {
            inUse |= (tags >>> 2 * n & 3) != 3 ? 1 << n : 0;
        }
        return inUse;
    }
}
