package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;

/** Operands by an instruction's form. Values are sign-extended from their size. */
public final class Operand {
    private Operand() {}

    /** The last operand: the immediate, register b, memory, or the only register. */
    public static long source(Core c, Insn in) {
        return source(c, in, in.size);
    }

    public static long source(Core c, Insn in, int size) {
        return switch (in.form) {
            case I, RI, MI -> in.immediate;
            case RR, MR, RRI, MRI -> Registers.get(c.state, in.b, size);
            case R -> Registers.get(c.state, in.a, size);
            default -> load(c, in, size);
        };
    }

    /** The memory operand. */
    public static long load(Core c, Insn in, int size) {
        long gva = Address.linear(c.state, in, size, Mmu.READ);
        return Registers.extend(c.mmu.read(gva, size), size);
    }

    public static void store(Core c, Insn in, int size, long value) {
        c.mmu.write(Address.linear(c.state, in, size, Mmu.WRITE), size, value);
    }

    /** The first operand. */
    public static long destination(Core c, Insn in) {
        return isInMemory(in) ? load(c, in, in.size) : Registers.get(c.state, in.a, in.size);
    }

    /** Whether the first operand is memory. */
    public static boolean isInMemory(Insn in) {
        return switch (in.form) {
            case M, MR, MI, MRI -> true;
            default -> false;
        };
    }

    public static void setDestination(Core c, Insn in, long value) {
        if (isInMemory(in)) {
            store(c, in, in.size, value);
        } else {
            Registers.set(c.state, in.a, in.size, value);
        }
    }

    /** Where the first operand, which is memory and will be written, is. Faults as a write does. */
    public static long writable(Core c, Insn in) {
        CpuState s = c.state;
        long gva = Address.linear(s, in, in.size, Mmu.WRITE);
        c.mmu.probeWrite(gva, in.size);
        return gva;
    }
}
