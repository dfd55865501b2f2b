package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/**
 * String instructions. Intel SDM 2, by instruction and REP. Registers are brought up to date after
 * each element, so that a fault or an interrupt leaves the rest to be done: {@code rip} then stays
 * at the instruction.
 */
final class StringSemantics {
    /** How many elements are done before the CPU looks up. */
    private static final int SLICE = 4096;

    /** With at most as many elements left a request may wait. */
    private static final int SHORT = 64;

    private StringSemantics() {}

    static void execute(Core c, Insn in) {
        CpuState s = c.state;
        if ((in.prefixes & (Insn.REP | Insn.REPNE)) == 0) {
            element(c, in);
            return;
        }
        boolean compares = in.op == Op.CMPS || in.op == Op.SCAS;
        boolean whileEqual = (in.prefixes & Insn.REP) != 0;
        int before = compares ? Flags.get(s) : 0;
        int left = SLICE;
        while (Registers.zeroExtend(s.gpr[CpuState.RCX], in.addressSize) != 0) {
            int many;
            try {
                many = some(c, in, compares, before);
            } catch (GuestFault fault) {
                if (left == SLICE) {
                    throw fault;
                }
                // What was done is done, and it comes to the fault anew. So whoever keeps registers
                // elsewhere finds a fault to have changed none.
                s.rip -= in.length;
                return;
            }
            Registers.set(s, CpuState.RCX, in.addressSize, s.gpr[CpuState.RCX] - many);
            if (compares && Flags.zero(s) != whileEqual) {
                return;
            }
            left -= many;
            long rest = Registers.zeroExtend(s.gpr[CpuState.RCX], in.addressSize);
            if (left <= 0
                    || c.mmu.codeChanged
                    || Long.compareUnsigned(rest, SHORT) > 0 && c.isRequested()) {
                if (rest != 0) {
                    s.rip -= in.length;
                }
                return;
            }
        }
    }

    /** Does one element or more; how many. */
    private static int some(Core c, Insn in, boolean compares, int statusBefore) {
        if (compares) {
            compare(c, in, statusBefore);
            return 1;
        }
        int many = BulkStrings.run(c, in);
        if (many == 0) {
            element(c, in);
            return 1;
        }
        return many;
    }

    /** A fault leaves the flags as they were before the first element, as processors do. */
    private static void compare(Core c, Insn in, int statusBefore) {
        try {
            element(c, in);
        } catch (GuestFault fault) {
            Flags.set(c.state, statusBefore);
            throw fault;
        }
    }

    private static void element(Core c, Insn in) {
        CpuState s = c.state;
        int size = in.size;
        switch (in.op) {
            case MOVS -> {
                long value = c.mmu.read(from(c, in), size);
                c.mmu.write(to(c, in, Mmu.WRITE), size, value);
                advance(s, in, CpuState.RSI);
                advance(s, in, CpuState.RDI);
            }
            case CMPS -> {
                long a = Registers.extend(c.mmu.read(from(c, in), size), size);
                long b = Registers.extend(c.mmu.read(to(c, in, Mmu.READ), size), size);
                IntegerSemantics.sub(s, a, b, size);
                advance(s, in, CpuState.RSI);
                advance(s, in, CpuState.RDI);
            }
            case STOS -> {
                c.mmu.write(to(c, in, Mmu.WRITE), size, s.gpr[CpuState.RAX]);
                advance(s, in, CpuState.RDI);
            }
            case LODS -> {
                long value = c.mmu.read(from(c, in), size);
                Registers.set(s, CpuState.RAX, size, value);
                advance(s, in, CpuState.RSI);
            }
            case SCAS -> {
                long b = Registers.extend(c.mmu.read(to(c, in, Mmu.READ), size), size);
                IntegerSemantics.sub(s, Registers.extend(s.gpr[CpuState.RAX], size), b, size);
                advance(s, in, CpuState.RDI);
            }
            default -> port(c, in);
        }
    }

    private static void port(Core c, Insn in) {
        CpuState s = c.state;
        int port = (int) s.gpr[CpuState.RDX] & 0xffff;
        SystemSemantics.checkPort(c, port, in.size);
        if (in.op == Op.INS) {
            long gva = to(c, in, Mmu.WRITE);
            c.mmu.probeWrite(gva, in.size);
            c.mmu.write(gva, in.size, c.ports.read(port, in.size));
            advance(s, in, CpuState.RDI);
        } else {
            c.ports.write(port, in.size, c.mmu.read(from(c, in), in.size));
            advance(s, in, CpuState.RSI);
        }
    }

    private static long from(Core c, Insn in) {
        long offset = Registers.zeroExtend(c.state.gpr[CpuState.RSI], in.addressSize);
        return Address.linear(c.state, in.segment, offset, in.size, Mmu.READ);
    }

    private static long to(Core c, Insn in, int access) {
        long offset = Registers.zeroExtend(c.state.gpr[CpuState.RDI], in.addressSize);
        return Address.linear(c.state, Segment.ES, offset, in.size, access);
    }

    private static void advance(CpuState s, Insn in, int register) {
        int step = (s.systemFlags & Eflags.DF) != 0 ? -in.size : in.size;
        Registers.set(s, register, in.addressSize, s.gpr[register] + step);
    }
}
