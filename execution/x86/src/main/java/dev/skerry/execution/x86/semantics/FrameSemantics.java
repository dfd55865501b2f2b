package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/** PUSHA, POPA, ENTER, LEAVE, PUSHF and POPF. Intel SDM 2, by instruction. */
final class FrameSemantics {
    private FrameSemantics() {}

    static void execute(Core c, Insn in) {
        switch (in.op) {
            case PUSHA -> pusha(c, in.size);
            case POPA -> popa(c, in.size);
            case ENTER -> enter(c, in);
            case LEAVE -> leave(c, in.size);
            case PUSHF -> pushf(c, in.size);
            default -> popf(c, in.size);
        }
    }

    /** Where something pushed is, some bytes below the present top; checked for writing. */
    private static long below(Core c, long pointer, int size) {
        long masked = pointer & Stack.mask(c.state);
        long gva = Address.linear(c.state, Segment.SS, masked, size, Mmu.WRITE);
        c.mmu.probeWrite(gva, size);
        return gva;
    }

    private static void pusha(Core c, int size) {
        CpuState s = c.state;
        long rsp = s.gpr[CpuState.RSP];
        for (int i = 0; i < 8; i++) {
            below(c, rsp - (i + 1) * size, size);
        }
        for (int i = 0; i < 8; i++) {
            c.mmu.write(below(c, rsp - (i + 1) * size, size), size, s.gpr[i]);
        }
        Stack.setPointer(s, rsp - 8 * size);
    }

    private static void popa(Core c, int size) {
        CpuState s = c.state;
        for (int i = 0; i < 8; i++) {
            Stack.peek(c, i * size, size);
        }
        for (int i = 0; i < 8; i++) {
            if (7 - i != CpuState.RSP) {
                Registers.set(s, 7 - i, size, Stack.peek(c, i * size, size));
            }
        }
        Stack.drop(c, 8 * size);
    }

    private static void enter(Core c, Insn in) {
        CpuState s = c.state;
        int size = in.size;
        int level = in.immediate2 & 31;
        long rsp = s.gpr[CpuState.RSP];
        long frame = rsp - size;
        long bottom = frame - (long) level * size;
        for (int i = 0; i <= level; i++) {
            below(c, frame - (long) i * size, size);
        }
        // The last byte of the frame must be writable as well: the manual's final check.
        below(c, bottom - in.immediate, 1);
        c.mmu.write(below(c, frame, size), size, s.gpr[CpuState.RBP]);
        long rbp = s.gpr[CpuState.RBP];
        for (int i = 1; i < level; i++) {
            rbp -= size;
            long gva = Address.linear(s, Segment.SS, rbp & Stack.mask(s), size, Mmu.READ);
            c.mmu.write(below(c, frame - (long) i * size, size), size, c.mmu.read(gva, size));
        }
        if (level > 0) {
            c.mmu.write(below(c, bottom, size), size, frame);
        }
        Registers.set(s, CpuState.RBP, size, frame);
        Stack.setPointer(s, bottom - in.immediate);
    }

    private static void leave(Core c, int size) {
        CpuState s = c.state;
        long frame = s.gpr[CpuState.RBP] & Stack.mask(s);
        long gva = Address.linear(s, Segment.SS, frame, size, Mmu.READ);
        long value = c.mmu.read(gva, size);
        Stack.setPointer(s, frame + size);
        Registers.set(s, CpuState.RBP, size, value);
    }

    private static void pushf(Core c, int size) {
        CpuState s = c.state;
        if (s.isVirtual8086() && iopl(s) < 3) {
            throw s.fault(GuestFault.GP, 0);
        }
        Stack.push(c, s.rflags() & ~(Eflags.RF | Eflags.VM), size);
    }

    private static int iopl(CpuState s) {
        return s.systemFlags >>> Eflags.IOPL_SHIFT & 3;
    }

    private static void popf(Core c, int size) {
        CpuState s = c.state;
        if (s.isVirtual8086() && iopl(s) < 3) {
            throw s.fault(GuestFault.GP, 0);
        }
        long value = Stack.peek(c, size);
        Stack.drop(c, size);
        long allowed = Eflags.STATUS | Eflags.TF | Eflags.DF | Eflags.NT;
        if (size > 2) {
            allowed |= Eflags.AC | Eflags.ID;
        }
        if (s.cpl == 0 && !s.isVirtual8086()) {
            allowed |= Eflags.IOPL;
        }
        if (s.cpl <= iopl(s)) {
            allowed |= Eflags.IF;
        }
        long kept = s.rflags() & ~allowed & ~Eflags.RF;
        s.setRflags(kept | value & allowed);
        c.mmu.updatePrivilege();
    }
}
