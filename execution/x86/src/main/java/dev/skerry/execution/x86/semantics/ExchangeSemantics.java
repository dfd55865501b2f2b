package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;
import dev.skerry.execution.x86.state.GuestFault;

/** Exchanges: XCHG is always atomic, CMPXCHG and its kin when locked. Intel SDM 2, by instruction. */
final class ExchangeSemantics {
    private ExchangeSemantics() {}

    static void xchg(Core c, Insn in) {
        CpuState s = c.state;
        int size = in.size;
        long b = Registers.get(s, in.b, size);
        if (!Operand.isInMemory(in)) {
            long a = Registers.get(s, in.a, size);
            Registers.set(s, in.a, size, b);
            Registers.set(s, in.b, size, a);
            return;
        }
        long gva = Operand.writable(c, in);
        long now;
        do {
            now = c.mmu.read(gva, size);
        } while (!c.mmu.compareAndSet(gva, size, now, Registers.zeroExtend(b, size)));
        Registers.set(s, in.b, size, now);
    }

    static void cmpxchg(Core c, Insn in) {
        CpuState s = c.state;
        int size = in.size;
        long expected = Registers.get(s, CpuState.RAX, size);
        long replacement = Registers.get(s, in.b, size);
        long now;
        if (Operand.isInMemory(in)) {
            long gva = Operand.writable(c, in);
            boolean done;
            do {
                now = c.mmu.read(gva, size);
                boolean equal = Registers.extend(now, size) == expected;
                long value = equal ? Registers.zeroExtend(replacement, size) : now;
                done = IntegerSemantics.exchange(c.mmu, in, gva, now, value);
            } while (!done);
            now = Registers.extend(now, size);
        } else {
            now = Registers.get(s, in.a, size);
            if (now == expected) {
                Registers.set(s, in.a, size, replacement);
            }
        }
        IntegerSemantics.sub(s, expected, now, size);
        if (now != expected) {
            Registers.set(s, CpuState.RAX, size, now);
        }
    }

    static void cmpxchg8b(Core c, Insn in) {
        CpuState s = c.state;
        long expected = pair(s, CpuState.RAX, CpuState.RDX);
        long replacement = pair(s, CpuState.RBX, CpuState.RCX);
        long gva = Operand.writable(c, in);
        long now;
        do {
            now = c.mmu.read64(gva);
        } while (!IntegerSemantics.exchange(
                c.mmu, in, gva, now, now == expected ? replacement : now));
        if (now != expected) {
            s.gpr[CpuState.RAX] = now & 0xffff_ffffL;
            s.gpr[CpuState.RDX] = now >>> 32;
        }
        Flags.set(s, now == expected ? Eflags.ZF : 0, Eflags.ZF);
    }

    private static long pair(CpuState s, int low, int high) {
        return s.gpr[low] & 0xffff_ffffL | s.gpr[high] << 32;
    }

    static void cmpxchg16b(Core c, Insn in) {
        CpuState s = c.state;
        long gva = Address.linear(s, in, 16, Mmu.WRITE);
        if ((gva & 15) != 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        c.mmu.probeWrite(gva, 16);
        long low;
        long high;
        boolean equal;
        do {
            low = c.mmu.read64(gva);
            high = c.mmu.read64(gva + 8);
            equal = low == s.gpr[CpuState.RAX] && high == s.gpr[CpuState.RDX];
        } while (equal
                && !c.mmu.compareAndSet16(
                        gva, low, high, s.gpr[CpuState.RBX], s.gpr[CpuState.RCX]));
        if (!equal) {
            s.gpr[CpuState.RAX] = low;
            s.gpr[CpuState.RDX] = high;
        }
        Flags.set(s, equal ? Eflags.ZF : 0, Eflags.ZF);
    }
}
