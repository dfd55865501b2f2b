package dev.skerry.execution.x86;

import dev.skerry.execution.x86.fp.FpEnv;
import dev.skerry.execution.x86.model.Cpuid;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Segment;

import java.util.Arrays;

/**
 * Registers after power-on, INIT and a startup message: Intel SDM 3A, table 10-1 (9-1 in editions
 * before 2023) and section 9.4.
 */
final class ResetState {
    private static final int DATA = Segment.PRESENT | Segment.NOT_SYSTEM | Segment.WRITABLE | 1;
    private static final int CODE = DATA | Segment.CODE;
    private static final int LDT = Segment.PRESENT | 2;
    private static final int BUSY_TSS = Segment.PRESENT | 11;

    private ResetState() {}

    static void afterPowerOn(CpuState s) {
        s.cr0 = Control.CR0_CD | Control.CR0_NW;
        afterInit(s);
        s.waitingForStartup = false;
        s.star = 0;
        s.lstar = 0;
        s.cstar = 0;
        s.sfmask = 0;
        s.kernelGsBase = 0;
        s.sysenterCs = 0;
        s.sysenterEsp = 0;
        s.sysenterEip = 0;
        s.tscAux = 0;
        s.xcr0 = 1;
        Arrays.fill(s.xmm, 0);
        s.sse.loadMxcsr(FpEnv.MXCSR_RESET);
        Arrays.fill(s.fpSignificand, 0);
        Arrays.fill(s.fpSignExponent, 0);
        s.fpControl = 0x40;
        s.fpStatus = 0;
        s.x87.loadControlWord(s.fpControl);
        s.x87.setFlags(0);
        // Tag word 0x5555: each holds a zero.
        s.fpInUse = 0xff;
        s.fpInstruction = 0;
        s.fpInstructionSelector = 0;
        s.fpOperand = 0;
        s.fpOperandSelector = 0;
        s.fpOpcode = 0;
    }

    /** INIT leaves floating point, most MSRs, and CR0's cache bits. */
    static void afterInit(CpuState s) {
        Arrays.fill(s.gpr, 0);
        s.gpr[CpuState.RDX] = Cpuid.SIGNATURE;
        s.rip = 0xfff0;
        s.setRflags(Eflags.FIXED);
        s.segments[Segment.CS].set(0xf000, 0xffff_0000L, 0xffff, CODE);
        for (int i = 0; i < 6; i++) {
            if (i != Segment.CS) {
                s.segments[i].set(0, 0, 0xffff, DATA);
            }
        }
        s.ldtr.set(0, 0, 0xffff, LDT);
        s.tr.set(0, 0, 0xffff, BUSY_TSS);
        s.gdtrBase = 0;
        s.gdtrLimit = 0xffff;
        s.idtrBase = 0;
        s.idtrLimit = 0xffff;
        s.cr0 = s.cr0 & (Control.CR0_CD | Control.CR0_NW) | Control.CR0_ET;
        s.cr2 = 0;
        s.cr3 = 0;
        s.cr4 = 0;
        s.efer = 0;
        Arrays.fill(s.pdpte, 0);
        Arrays.fill(s.dr, 0);
        s.dr[6] = 0xffff_0ff0L;
        s.dr[7] = 0x400;
        s.cpl = 0;
        s.interruptShadow = false;
        s.halted = false;
        s.nmiBlocked = false;
        s.debugArmed = false;
    }

    static void startAt(CpuState s, int page) {
        s.segments[Segment.CS].set(page << 8, (long) page << 12, 0xffff, CODE);
        s.rip = 0;
        s.waitingForStartup = false;
        s.halted = false;
    }
}
