package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Decoder;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/**
 * Tells whether the access to an address that is not canonical went through the stack segment, which
 * makes it #SS instead of #GP. Intel SDM 1, section 3.3.7.1. Looks at the instruction once more;
 * faults of this kind are rare.
 */
final class StackAccess {
    private StackAccess() {}

    /** With {@code rip} at the instruction that faulted; leaves the fault as it was. */
    static boolean isNonCanonical(Core c) {
        CpuState s = c.state;
        long cr2 = s.cr2;
        boolean answer = false;
        try {
            Insn in = decode(c);
            answer = in != null && isThroughStack(s, in);
        } catch (GuestFault unreadable) {
            // The instruction itself is out of reach: then it was its fetch that faulted.
            answer = false;
        }
        s.cr2 = cr2;
        s.fault.ofNonCanonical();
        return answer;
    }

    private static Insn decode(Core c) {
        CpuState s = c.state;
        byte[] bytes = new byte[2 * Decoder.MOST];
        int available = 0;
        long gva = s.rip + s.codeBase;
        int room = 4096 - (int) (gva & 4095);
        while (available < Math.min(room, Decoder.MOST)) {
            bytes[available] = (byte) c.mmu.readSystem(gva + available, 1);
            available++;
        }
        Insn in = new Decoder().decode(bytes, 0, available, s.mode);
        if (in != null) {
            return in;
        }
        while (available < Decoder.MOST) {
            bytes[available] = (byte) c.mmu.readSystem(gva + available, 1);
            available++;
        }
        return new Decoder().decode(bytes, 0, available, s.mode);
    }

    private static boolean isThroughStack(CpuState s, Insn in) {
        if (in.form.hasMemory()) {
            long next = s.rip;
            s.rip += in.length;
            long offset = Address.effective(s, in);
            s.rip = next;
            if (offset << 16 >> 16 != offset) {
                return in.segment == Segment.SS;
            }
        }
        return switch (in.op) {
            case PUSH, POP, PUSHF, POPF, PUSH_SEGMENT, POP_SEGMENT -> true;
            case CALL, CALL_FAR, RET_FAR, IRET, ENTER, LEAVE -> true;
            // A target outside fails otherwise, but a return's first access is to the stack.
            case RET -> {
                long rsp = s.gpr[CpuState.RSP];
                yield rsp << 16 >> 16 != rsp;
            }
            default -> false;
        };
    }
}
