package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;
import dev.skerry.execution.x86.state.GuestFault;

/** Moves, conversions, the stack and single flags. Intel SDM 2, by instruction. */
public final class DataSemantics {
    private DataSemantics() {}

    public static void execute(Core c, Insn in) {
        CpuState s = c.state;
        switch (in.op) {
            case MOV -> Operand.setDestination(c, in, Operand.source(c, in));
            case MOVZX -> {
                long value = Operand.source(c, in, in.sourceSize);
                Registers.set(s, in.a, in.size, Registers.zeroExtend(value, in.sourceSize));
            }
            case MOVSX -> Registers.set(s, in.a, in.size, Operand.source(c, in, in.sourceSize));
            case LEA -> Registers.set(s, in.a, in.size, Address.effective(s, in));
            case XCHG -> ExchangeSemantics.xchg(c, in);
            case MOVBE -> movbe(c, in);
            case CMOV -> {
                // The source is read, and a 32-bit destination's upper half cleared, in any case.
                long value = Operand.source(c, in);
                boolean moves = Flags.condition(s, in.condition);
                Registers.set(s, in.a, in.size, moves ? value : s.gpr[in.a]);
            }
            case SETCC -> Operand.setDestination(c, in, Flags.condition(s, in.condition) ? 1 : 0);
            case PUSH -> Stack.push(c, Operand.source(c, in), in.size);
            case POP -> pop(c, in);
            case PUSHA, POPA, ENTER, LEAVE -> FrameSemantics.execute(c, in);
            case PUSHF, POPF -> FrameSemantics.execute(c, in);
            default -> simple(c, in);
        }
    }

    private static void simple(Core c, Insn in) {
        CpuState s = c.state;
        switch (in.op) {
            case XLAT -> {
                long offset = s.gpr[CpuState.RBX] + (s.gpr[CpuState.RAX] & 0xff);
                offset = Registers.zeroExtend(offset, in.addressSize);
                long gva = Address.linear(s, in.segment, offset, 1, Mmu.READ);
                Registers.set(s, CpuState.RAX, 1, c.mmu.read8(gva));
            }
            case CBW ->
                    Registers.set(
                            s,
                            CpuState.RAX,
                            in.size,
                            Registers.extend(s.gpr[CpuState.RAX], in.size / 2));
            case CWD ->
                    Registers.set(
                            s,
                            CpuState.RDX,
                            in.size,
                            Registers.extend(s.gpr[CpuState.RAX], in.size) >> 63);
            case LAHF -> {
                int low = Flags.get(s) & (Eflags.STATUS & 0xff) | Eflags.FIXED;
                Registers.set(s, Insn.HIGH, 1, low);
            }
            case SAHF ->
                    Flags.set(s, (int) (s.gpr[CpuState.RAX] >>> 8), Eflags.STATUS & ~Eflags.OF);
            case CLC -> Flags.set(s, 0, Eflags.CF);
            case STC -> Flags.set(s, Eflags.CF, Eflags.CF);
            case CMC -> Flags.set(s, ~Flags.get(s), Eflags.CF);
            case CLD -> s.systemFlags &= ~Eflags.DF;
            case STD -> s.systemFlags |= Eflags.DF;
            case FENCE -> Mmu.fence();
            case NOP -> {}
            default -> throw new AssertionError(in.op);
        }
    }

    private static void movbe(Core c, Insn in) {
        if (in.form == Form.RM) {
            long value = Operand.load(c, in, in.size);
            Registers.set(c.state, in.a, in.size, reversed(value, in.size));
        } else {
            Operand.store(c, in, in.size, reversed(c.state.gpr[in.b], in.size));
        }
    }

    private static long reversed(long value, int size) {
        return Long.reverseBytes(value) >>> 64 - 8 * size;
    }

    private static void pop(Core c, Insn in) {
        CpuState s = c.state;
        long value = Stack.peek(c, in.size);
        if (in.form == Form.R) {
            Stack.drop(c, in.size);
            Registers.set(s, in.a, in.size, value);
            return;
        }
        // An address with RSP as its base is computed after the increment; a fault undoes it.
        long before = s.gpr[CpuState.RSP];
        Stack.drop(c, in.size);
        try {
            Operand.store(c, in, in.size, value);
        } catch (GuestFault fault) {
            s.gpr[CpuState.RSP] = before;
            throw fault;
        }
    }
}
