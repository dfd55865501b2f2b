package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/**
 * x87 instructions: WAIT and D8 to DF. Intel SDM 1, chapter 8; 3A, section 2.5 for CR0's bits.
 *
 * <p>Everything an instruction raises goes to the status word first; an unmasked exception is
 * reported by #MF at the next instruction that waits. With CR0.NE clear a processor would say so on
 * a pin that leads to the interrupt controller; this one has none, logs it, and goes on as one
 * whose IGNNE# is held. Pointers to the last instruction and operand are kept as offsets with
 * selectors; the opcode only of instructions that raised an unmasked exception (SDM 1, 8.1.9).
 */
public final class X87Semantics {
    private static final int WAIT = 0x9b;

    /** By opcode: a bit for each register form, ModRM C0 to FF, that is undefined. */
    private static final long[] UNDEFINED_REGISTERS = {
        0,
        0x0000_80cc_00fe_0000L,
        0xffff_fdff_0000_0000L,
        0xff00_00e0_0000_0000L,
        0,
        0xffff_0000_0000_0000L,
        0x0000_0000_fd00_0000L,
        0xff00_00fe_0000_0000L
    };

    /** By opcode: a bit for each reg field of memory forms that is undefined. */
    private static final int[] UNDEFINED_MEMORY = {0, 0x02, 0, 0x50, 0, 0x20, 0, 0};

    private X87Semantics() {}

    private static boolean isUndefined(Insn in) {
        int opcode = in.opcode & 7;
        return in.isRegisterForm()
                ? (UNDEFINED_REGISTERS[opcode] >>> (in.modrm & 0x3f) & 1) != 0
                : (UNDEFINED_MEMORY[opcode] >>> in.regField() & 1) != 0;
    }

    /** Raises #MF if an unmasked exception is pending. */
    static void checkPending(CpuState s) {
        if ((s.fpStatus & X87Stack.ERROR_SUMMARY) != 0 && (s.cr0 & Control.CR0_NE) != 0) {
            throw s.fault(GuestFault.MF);
        }
    }

    /** As {@link #checkPending(CpuState)}, and tells the platform of one that cannot be raised. */
    static void checkPending(Core c) {
        CpuState s = c.state;
        if ((s.fpStatus & X87Stack.ERROR_SUMMARY) != 0) {
            checkPending(s);
            c.platform.floatingPointError();
        }
    }

    /** FNINIT. */
    static void initialise(CpuState s) {
        setControl(s, 0x37f);
        setStatus(s, 0);
        s.fpInUse = 0;
        s.fpInstruction = 0;
        s.fpInstructionSelector = 0;
        s.fpOperand = 0;
        s.fpOperandSelector = 0;
        s.fpOpcode = 0;
    }

    static void setControl(CpuState s, int value) {
        s.fpControl = value & 0x1f3f | 0x40;
        s.x87.loadControlWord(s.fpControl);
        setStatus(s, s.fpStatus);
    }

    /** Sets the status word; whether an exception is pending follows from flags and masks. */
    static void setStatus(CpuState s, int value) {
        boolean pending = (value & ~s.fpControl & 0x3f) != 0;
        int summary = pending ? X87Stack.ERROR_SUMMARY | X87Stack.BUSY : 0;
        s.fpStatus = value & 0x7f7f | summary;
        s.x87.setFlags(value);
    }

    public static void execute(Core c, Insn in) {
        CpuState s = c.state;
        if (in.opcode == WAIT) {
            long both = Control.CR0_MP | Control.CR0_TS;
            if ((s.cr0 & both) == both) {
                throw s.fault(GuestFault.NM);
            }
            checkPending(c);
            return;
        }
        if ((s.cr0 & (Control.CR0_EM | Control.CR0_TS)) != 0) {
            throw s.fault(GuestFault.NM);
        }
        // Before #MF, which belongs to an earlier instruction.
        if (isUndefined(in)) {
            throw s.fault(GuestFault.UD);
        }
        if (X87Control.has(in)) {
            X87Control.execute(c, in);
            return;
        }
        checkPending(c);
        // A store that faulted may have left something.
        s.x87.raised = 0;
        if (in.isRegisterForm()) {
            registers(s, in);
        } else if ((in.opcode & 1) == 0 && in.opcode != 0xdf) {
            X87Arithmetic.memory(c, in);
        } else {
            X87Transfers.memory(c, in);
        }
        remember(s, in);
    }

    private static void remember(CpuState s, Insn in) {
        long rip = s.rip - in.length;
        s.fpInstruction = s.is64() ? rip : rip & 0xffff_ffffL;
        s.fpInstructionSelector = s.segments[Segment.CS].selector;
        if (!in.isRegisterForm()) {
            s.fpOperand = Address.effective(s, in);
            s.fpOperandSelector = s.segments[in.segment].selector;
        }
        if ((s.fpStatus & X87Stack.ERROR_SUMMARY) != 0) {
            s.fpOpcode = (in.opcode & 7) << 8 | in.modrm;
        }
    }

    private static void registers(CpuState s, Insn in) {
        int i = in.modrm & 7;
        int reg = in.regField();
        switch (in.opcode) {
            case 0xd8 -> arithmetic(s, reg, i, 0);
            case 0xd9 -> d9(s, in.modrm, reg, i);
            case 0xda -> da(s, in.modrm, reg, i);
            case 0xdb -> db(s, reg, i);
            case 0xdc -> arithmetic(s, reg, i, i);
            case 0xdd -> dd(s, reg, i);
            case 0xde -> de(s, in.modrm, reg, i);
            default -> df(s, reg, i);
        }
    }

    /** Comparisons of DC do the same as those of D8, which the manual does not tell. */
    private static void arithmetic(CpuState s, int reg, int i, int target) {
        switch (reg) {
            case 2, 3 -> X87Arithmetic.compare(s, i, true, reg - 2);
            default -> X87Arithmetic.registers(s, reg, i, target, 0);
        }
    }

    private static void d9(CpuState s, int modrm, int reg, int i) {
        switch (reg) {
            case 0 -> X87Transfers.loadRegister(s, i);
            case 1 -> X87Transfers.exchange(s, i);
            case 2 -> {
                // FNOP.
                if (i != 0) {
                    throw s.fault(GuestFault.UD);
                }
            }
            case 3 -> X87Transfers.storeAndPopUnchecked(s, i);
            default -> X87Functions.execute(s, modrm);
        }
    }

    private static void da(CpuState s, int modrm, int reg, int i) {
        if (modrm == 0xe9) {
            X87Arithmetic.compare(s, 1, false, 2);
        } else if (reg < 4) {
            X87Transfers.conditional(s, i, condition(reg));
        } else {
            throw s.fault(GuestFault.UD);
        }
    }

    /** B, E, BE and U, as in Jcc. */
    private static int condition(int reg) {
        return reg == 3 ? 10 : 2 * reg + 2;
    }

    private static void db(CpuState s, int reg, int i) {
        switch (reg) {
            case 0, 1, 2, 3 -> X87Transfers.conditional(s, i, condition(reg) + 1);
            case 5 -> X87Arithmetic.compareToFlags(s, i, false, 0);
            case 6 -> X87Arithmetic.compareToFlags(s, i, true, 0);
            default -> throw s.fault(GuestFault.UD);
        }
    }

    private static void dd(CpuState s, int reg, int i) {
        switch (reg) {
            case 0 -> X87Transfers.free(s, i);
            case 1 -> X87Transfers.exchange(s, i);
            case 2 -> X87Transfers.storeRegister(s, i, 0);
            case 3 -> X87Transfers.storeRegister(s, i, 1);
            case 4 -> X87Arithmetic.compare(s, i, false, 0);
            case 5 -> X87Arithmetic.compare(s, i, false, 1);
            default -> throw s.fault(GuestFault.UD);
        }
    }

    private static void de(CpuState s, int modrm, int reg, int i) {
        switch (reg) {
            case 2 -> X87Arithmetic.compare(s, i, true, 1);
            case 3 -> {
                if (modrm != 0xd9) {
                    throw s.fault(GuestFault.UD);
                }
                X87Arithmetic.compare(s, 1, true, 2);
            }
            default -> X87Arithmetic.registers(s, reg, i, i, 1);
        }
    }

    private static void df(CpuState s, int reg, int i) {
        switch (reg) {
            case 0 -> {
                // FFREEP.
                X87Transfers.free(s, i);
                X87Stack.pop(s);
            }
            case 1 -> X87Transfers.exchange(s, i);
            case 2, 3 -> X87Transfers.storeRegister(s, i, 1);
            case 5 -> X87Arithmetic.compareToFlags(s, i, false, 1);
            case 6 -> X87Arithmetic.compareToFlags(s, i, true, 1);
            default -> throw s.fault(GuestFault.UD);
        }
    }
}
