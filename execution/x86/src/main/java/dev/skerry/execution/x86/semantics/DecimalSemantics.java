package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;
import dev.skerry.execution.x86.state.GuestFault;

/** Decimal adjustment, outside 64-bit mode. Intel SDM 2, by instruction. */
final class DecimalSemantics {
    private DecimalSemantics() {}

    static void execute(Core c, Insn in) {
        CpuState s = c.state;
        switch (in.op) {
            case AAA -> unpacked(s, 1);
            case AAS -> unpacked(s, -1);
            case DAA -> packed(s, 1);
            case DAS -> packed(s, -1);
            case AAM -> aam(s, (int) in.immediate);
            default -> aad(s, (int) in.immediate);
        }
    }

    private static void unpacked(CpuState s, int sign) {
        long ax = s.gpr[CpuState.RAX] & 0xffff;
        boolean adjust = (ax & 15) > 9 || (Flags.get(s) & Eflags.AF) != 0;
        if (adjust) {
            ax += sign * 0x106L;
        }
        ax &= 0xff0f;
        Registers.set(s, CpuState.RAX, 2, ax);
        int flags = adjust ? Eflags.AF | Eflags.CF : 0;
        Flags.set(s, flags | Flags.ofResult((byte) ax));
    }

    private static void packed(CpuState s, int sign) {
        int al = (int) s.gpr[CpuState.RAX] & 0xff;
        int before = Flags.get(s);
        boolean carry = (before & Eflags.CF) != 0;
        int r = al;
        int flags = 0;
        if ((al & 15) > 9 || (before & Eflags.AF) != 0) {
            int adjusted = r + sign * 6;
            flags |= Eflags.AF | (carry || adjusted < 0 || adjusted > 0xff ? Eflags.CF : 0);
            r = adjusted & 0xff;
        }
        if (al > 0x99 || carry) {
            r = r + sign * 0x60 & 0xff;
            flags |= Eflags.CF;
        } else if (sign > 0) {
            flags &= ~Eflags.CF;
        }
        Registers.set(s, CpuState.RAX, 1, r);
        Flags.set(s, flags | Flags.ofResult((byte) r));
    }

    private static void aam(CpuState s, int divisor) {
        if (divisor == 0) {
            throw s.fault(GuestFault.DE);
        }
        int al = (int) s.gpr[CpuState.RAX] & 0xff;
        Registers.set(s, CpuState.RAX, 2, al / divisor << 8 | al % divisor);
        Flags.set(s, Flags.ofResult((byte) (al % divisor)));
    }

    private static void aad(CpuState s, int factor) {
        int ax = (int) s.gpr[CpuState.RAX];
        int al = ax + (ax >>> 8 & 0xff) * factor & 0xff;
        Registers.set(s, CpuState.RAX, 2, al);
        Flags.set(s, Flags.ofResult((byte) al));
    }
}
