package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.GuestFault;

/** SYSCALL, SYSRET, SYSENTER and SYSEXIT as Intel's processors have them. Intel SDM 2. */
final class FastCalls {
    private FastCalls() {}

    static void execute(Core c, Insn in) {
        CpuState s = c.state;
        switch (in.op) {
            case SYSCALL -> syscall(s);
            case SYSRET -> sysret(s, in.size == 8);
            case SYSENTER -> sysenter(s);
            default -> sysexit(s, in.size == 8);
        }
        s.updateMode();
        c.mmu.updatePrivilege();
    }

    private static void syscall(CpuState s) {
        if (!s.is64() || (s.efer & Control.EFER_SCE) == 0) {
            throw s.fault(GuestFault.UD);
        }
        s.gpr[CpuState.RCX] = s.rip;
        s.gpr[11] = s.rflags() & ~(long) Eflags.RF;
        s.setRflags(s.rflags() & ~s.sfmask & ~(long) Eflags.RF);
        int selector = (int) (s.star >>> 32) & 0xfffc;
        Segments.setFlatCode(s, selector, 0, true);
        Segments.setFlatStack(s, selector + 8, 0);
        s.cpl = 0;
        s.rip = s.lstar;
    }

    private static void sysret(CpuState s, boolean to64) {
        if (!s.is64() || (s.efer & Control.EFER_SCE) == 0) {
            throw s.fault(GuestFault.UD);
        }
        long target = to64 ? s.gpr[CpuState.RCX] : s.gpr[CpuState.RCX] & 0xffff_ffffL;
        if (s.cpl != 0 || target << 16 >> 16 != target) {
            throw s.fault(GuestFault.GP, 0);
        }
        s.setRflags(s.gpr[11] & 0x3c_7fd7);
        int selector = (int) (s.star >>> 48);
        Segments.setFlatCode(s, selector + (to64 ? 16 : 0) | 3, 3, to64);
        Segments.setFlatStack(s, selector + 8 | 3, 3);
        s.cpl = 3;
        s.rip = target;
    }

    private static void sysenter(CpuState s) {
        if (!s.isProtected() || (s.sysenterCs & 0xfffc) == 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        s.systemFlags &= ~(Eflags.VM | Eflags.IF | Eflags.RF);
        int selector = (int) s.sysenterCs & 0xfffc;
        boolean is64 = s.isLongMode();
        Segments.setFlatCode(s, selector, 0, is64);
        Segments.setFlatStack(s, selector + 8, 0);
        s.cpl = 0;
        s.gpr[CpuState.RSP] = is64 ? s.sysenterEsp : s.sysenterEsp & 0xffff_ffffL;
        s.rip = is64 ? s.sysenterEip : s.sysenterEip & 0xffff_ffffL;
    }

    private static void sysexit(CpuState s, boolean to64) {
        if (!s.isProtected() || (s.sysenterCs & 0xfffc) == 0 || s.cpl != 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        long mask = to64 ? -1 : 0xffff_ffffL;
        long rip = s.gpr[CpuState.RDX] & mask;
        long rsp = s.gpr[CpuState.RCX] & mask;
        if (rip << 16 >> 16 != rip || rsp << 16 >> 16 != rsp) {
            throw s.fault(GuestFault.GP, 0);
        }
        int selector = (int) s.sysenterCs & 0xfffc;
        Segments.setFlatCode(s, selector + (to64 ? 32 : 16) | 3, 3, to64);
        Segments.setFlatStack(s, selector + (to64 ? 40 : 24) | 3, 3);
        s.cpl = 3;
        s.gpr[CpuState.RSP] = rsp;
        s.rip = rip;
    }
}
