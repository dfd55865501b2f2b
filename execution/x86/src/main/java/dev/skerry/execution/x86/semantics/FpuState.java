package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;

import java.util.Arrays;

/**
 * EMMS, FXSAVE, FXRSTOR, LDMXCSR, STMXCSR, XSAVE and XRSTOR. Intel SDM 1, sections 10.5 and 13; 2,
 * FXSAVE for the layout of its 512 bytes.
 */
public final class FpuState {
    /** Bits of MXCSR that exist. */
    public static final int MXCSR_MASK = 0xffff;

    private static final int FXSAVE_BYTES = 512;
    private static final int XSAVE_HEADER = 512;
    private static final int X87 = 1;
    private static final int SSE = 2;

    private FpuState() {}

    static void execute(Core c, Insn in) {
        CpuState s = c.state;
        switch (in.vector) {
            case EMMS -> {
                checkAvailable(s, GuestFault.UD);
                X87Semantics.checkPending(s);
                s.fpInUse = 0;
                s.fpStatus &= ~(7 << 11);
            }
            case FXSAVE -> {
                checkAvailable(s, GuestFault.NM);
                long gva = area(s, in, FXSAVE_BYTES, Mmu.WRITE, 15);
                c.mmu.probeWrite(gva, FXSAVE_BYTES);
                saveX87(c, gva, in.size == 8);
                saveMxcsr(c, gva);
                saveXmm(c, gva);
            }
            case FXRSTOR -> {
                checkAvailable(s, GuestFault.NM);
                long gva = area(s, in, FXSAVE_BYTES, Mmu.READ, 15);
                int mxcsr = readMxcsr(c, gva + 24);
                c.mmu.read64(gva + 504);
                restoreX87(c, gva, in.size == 8);
                s.sse.loadMxcsr(mxcsr);
                restoreXmm(c, gva);
            }
            case LDMXCSR -> {
                checkSse(s);
                s.sse.loadMxcsr(readMxcsr(c, Address.linear(s, in, 4, Mmu.READ)));
            }
            case STMXCSR -> {
                checkSse(s);
                c.mmu.write32(Address.linear(s, in, 4, Mmu.WRITE), s.sse.mxcsr());
            }
            case XSAVE -> xsave(c, in);
            default -> xrstor(c, in);
        }
    }

    /** @param whenEmulated what CR0.EM makes of the instruction */
    private static void checkAvailable(CpuState s, int whenEmulated) {
        if ((s.cr0 & Control.CR0_EM) != 0) {
            throw s.fault(whenEmulated);
        }
        if ((s.cr0 & Control.CR0_TS) != 0) {
            throw s.fault(GuestFault.NM);
        }
    }

    private static void checkSse(CpuState s) {
        if ((s.cr0 & Control.CR0_EM) != 0 || (s.cr4 & Control.CR4_OSFXSR) == 0) {
            throw s.fault(GuestFault.UD);
        }
        if ((s.cr0 & Control.CR0_TS) != 0) {
            throw s.fault(GuestFault.NM);
        }
    }

    private static long area(CpuState s, Insn in, int size, int access, int alignment) {
        long gva = Address.linear(s, in, size, access);
        if ((gva & alignment) != 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        return gva;
    }

    private static int readMxcsr(Core c, long gva) {
        int value = (int) c.mmu.read32(gva);
        if ((value & ~MXCSR_MASK) != 0) {
            throw c.state.fault(GuestFault.GP, 0);
        }
        return value;
    }

    private static void saveX87(Core c, long gva, boolean wide) {
        CpuState s = c.state;
        Mmu m = c.mmu;
        m.write16(gva, s.fpControl);
        m.write16(gva + 2, s.fpStatus);
        m.write16(gva + 4, s.fpInUse);
        m.write16(gva + 6, s.fpOpcode);
        if (wide) {
            m.write64(gva + 8, s.fpInstruction);
            m.write64(gva + 16, s.fpOperand);
        } else {
            m.write32(gva + 8, s.fpInstruction);
            m.write32(gva + 12, s.fpInstructionSelector);
            m.write32(gva + 16, s.fpOperand);
            m.write32(gva + 20, s.fpOperandSelector);
        }
        // In the order of the stack, ST(0) first; the tags are in physical order.
        int top = s.fpStatus >>> 11 & 7;
        for (int i = 0; i < 8; i++) {
            int n = top + i & 7;
            m.write64(gva + 32 + 16 * i, s.fpSignificand[n]);
            m.write64(gva + 40 + 16 * i, s.fpSignExponent[n] & 0xffff);
        }
    }

    private static void saveMxcsr(Core c, long gva) {
        c.mmu.write32(gva + 24, c.state.sse.mxcsr());
        c.mmu.write32(gva + 28, MXCSR_MASK);
    }

    /** Outside 64-bit mode the upper eight are not saved. */
    private static void saveXmm(Core c, long gva) {
        CpuState s = c.state;
        int count = s.is64() ? 32 : 16;
        for (int i = 0; i < count; i++) {
            c.mmu.write64(gva + 160 + 8 * i, s.xmm[i]);
        }
    }

    private static void restoreX87(Core c, long gva, boolean wide) {
        CpuState s = c.state;
        Mmu m = c.mmu;
        X87Semantics.setControl(s, (int) m.read16(gva));
        X87Semantics.setStatus(s, (int) m.read16(gva + 2));
        s.fpInUse = (int) m.read8(gva + 4);
        s.fpOpcode = (int) m.read16(gva + 6) & 0x7ff;
        if (wide) {
            s.fpInstruction = m.read64(gva + 8);
            s.fpOperand = m.read64(gva + 16);
        } else {
            s.fpInstruction = m.read32(gva + 8);
            s.fpInstructionSelector = (int) m.read16(gva + 12);
            s.fpOperand = m.read32(gva + 16);
            s.fpOperandSelector = (int) m.read16(gva + 20);
        }
        int top = s.fpStatus >>> 11 & 7;
        for (int i = 0; i < 8; i++) {
            int n = top + i & 7;
            s.fpSignificand[n] = m.read64(gva + 32 + 16 * i);
            s.fpSignExponent[n] = (int) m.read16(gva + 40 + 16 * i);
        }
    }

    private static void restoreXmm(Core c, long gva) {
        CpuState s = c.state;
        int count = s.is64() ? 32 : 16;
        for (int i = 0; i < count; i++) {
            s.xmm[i] = c.mmu.read64(gva + 160 + 8 * i);
        }
    }

    private static long wanted(CpuState s) {
        long mask = s.gpr[CpuState.RAX] & 0xffff_ffffL | s.gpr[CpuState.RDX] << 32;
        return mask & s.xcr0;
    }

    private static void checkXsave(CpuState s) {
        SystemSemantics.checkXsave(s);
        if ((s.cr0 & Control.CR0_TS) != 0) {
            throw s.fault(GuestFault.NM);
        }
    }

    private static void xsave(Core c, Insn in) {
        CpuState s = c.state;
        checkXsave(s);
        long gva = area(s, in, XSAVE_HEADER + 64, Mmu.WRITE, 63);
        c.mmu.probeWrite(gva, XSAVE_HEADER + 64);
        long parts = wanted(s);
        if ((parts & X87) != 0) {
            saveX87(c, gva, in.size == 8);
        }
        if ((parts & SSE) != 0) {
            saveMxcsr(c, gva);
            saveXmm(c, gva);
        }
        // Which components are in use is not tracked: all that were asked for are said to be.
        long before = c.mmu.read64(gva + XSAVE_HEADER);
        c.mmu.write64(gva + XSAVE_HEADER, before & ~wanted(s) | parts);
    }

    private static void xrstor(Core c, Insn in) {
        CpuState s = c.state;
        checkXsave(s);
        long gva = area(s, in, XSAVE_HEADER + 64, Mmu.READ, 63);
        long there = c.mmu.read64(gva + XSAVE_HEADER);
        long reserved =
                c.mmu.read64(gva + XSAVE_HEADER + 8) | c.mmu.read64(gva + XSAVE_HEADER + 16);
        if ((there & ~s.xcr0) != 0 || reserved != 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        long parts = wanted(s);
        int mxcsr = (parts & SSE) != 0 ? readMxcsr(c, gva + 24) : s.sse.mxcsr();
        c.mmu.read64(gva);
        if ((parts & X87) != 0) {
            if ((there & X87) != 0) {
                restoreX87(c, gva, in.size == 8);
            } else {
                X87Semantics.initialise(s);
            }
        }
        if ((parts & SSE) != 0) {
            s.sse.loadMxcsr(mxcsr);
            if ((there & SSE) != 0) {
                restoreXmm(c, gva);
            } else {
                Arrays.fill(s.xmm, 0);
            }
        }
    }
}
