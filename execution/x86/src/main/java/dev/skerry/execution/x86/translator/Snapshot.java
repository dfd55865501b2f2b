package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Segment;

import java.util.Arrays;

/** All of a CPU's state that translated code can change. */
record Snapshot(
        long rip,
        long rflags,
        long cr2,
        long gsBase,
        long kernelGsBase,
        long[] gpr,
        long[] xmm,
        long[] x87,
        int mxcsr) {
    static Snapshot of(CpuState s) {
        long[] x87 = new long[24];
        for (int i = 0; i < 8; i++) {
            x87[i] = s.fpSignificand[i];
            x87[8 + i] = s.fpSignExponent[i];
        }
        x87[16] = s.fpControl;
        x87[17] = s.fpStatus;
        x87[18] = s.fpInUse;
        x87[19] = s.fpInstruction;
        x87[20] = s.fpInstructionSelector;
        x87[21] = s.fpOperand;
        x87[22] = s.fpOperandSelector;
        x87[23] = s.fpOpcode;
        return new Snapshot(
                s.rip,
                s.rflags(),
                s.cr2,
                s.segments[Segment.GS].base,
                s.kernelGsBase,
                s.gpr.clone(),
                s.xmm.clone(),
                x87,
                s.sse.mxcsr());
    }

    void restore(CpuState s) {
        s.rip = rip;
        s.setRflags(rflags);
        s.cr2 = cr2;
        s.segments[Segment.GS].base = gsBase;
        s.kernelGsBase = kernelGsBase;
        System.arraycopy(gpr, 0, s.gpr, 0, gpr.length);
        System.arraycopy(xmm, 0, s.xmm, 0, xmm.length);
        for (int i = 0; i < 8; i++) {
            s.fpSignificand[i] = x87[i];
            s.fpSignExponent[i] = (int) x87[8 + i];
        }
        s.fpControl = (int) x87[16];
        s.x87.loadControlWord(s.fpControl);
        s.fpStatus = (int) x87[17];
        s.fpInUse = (int) x87[18];
        s.fpInstruction = x87[19];
        s.fpInstructionSelector = (int) x87[20];
        s.fpOperand = x87[21];
        s.fpOperandSelector = (int) x87[22];
        s.fpOpcode = (int) x87[23];
        s.sse.loadMxcsr(mxcsr);
    }

    /** What another one has that this has not, or null. */
    String difference(Snapshot other) {
        if (rip != other.rip) {
            return differs("rip", rip, other.rip);
        }
        if (rflags != other.rflags) {
            return differs("rflags", rflags, other.rflags);
        }
        if (mxcsr != other.mxcsr) {
            return differs("mxcsr", mxcsr, other.mxcsr);
        }
        if (cr2 != other.cr2 || gsBase != other.gsBase || kernelGsBase != other.kernelGsBase) {
            return "has another cr2 or base of GS";
        }
        String found = differs("register", gpr, other.gpr);
        found = found != null ? found : differs("half of xmm", xmm, other.xmm);
        return found != null ? found : differs("x87 state", x87, other.x87);
    }

    private static String differs(String name, long[] mine, long[] others) {
        int at = Arrays.mismatch(mine, others);
        return at < 0 ? null : differs(name + " " + at, mine[at], others[at]);
    }

    private static String differs(String name, long mine, long others) {
        return "has %s 0x%x, not 0x%x".formatted(name, others, mine);
    }
}
