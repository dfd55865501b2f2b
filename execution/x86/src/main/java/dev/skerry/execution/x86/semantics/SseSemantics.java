package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.VectorOp;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;

/**
 * MMX and SSE instructions: what they have in common. Intel SDM 1, chapters 9 to 12; exceptions: 2,
 * section 2.5, and 3A, chapters 12 and 13.
 *
 * <p>An operand of 16 bytes in memory must be aligned unless the instruction is made for unaligned
 * ones. MMX registers are the significands of the x87 registers.
 */
public final class SseSemantics {
    /** What an MMX write leaves in the sign and exponent of its x87 register. */
    private static final int ONES = 0xffff;

    private SseSemantics() {}

    public static void execute(Core c, Insn in) {
        VectorOp op = in.vector;
        if (op.isState()) {
            FpuState.execute(c, in);
            return;
        }
        boolean mmx = usesMmx(in);
        check(c.state, mmx, op == VectorOp.MOVNTI);
        if (op.isMove()) {
            SseMoves.execute(c, in, mmx);
        } else if (op.isLanewise()) {
            lanewise(c, in, mmx);
        } else if (op.isShift()) {
            PackedShifts.execute(c, in, mmx);
        } else if (op.isShuffle()) {
            PackedShuffles.execute(c, in, mmx);
        } else if (op.isExtension()) {
            PackedElements.extend(c, in);
        } else if (op.isElement()) {
            PackedElements.execute(c, in, mmx);
        } else if (op.isFloat()) {
            SseFloats.execute(c, in);
        } else if (op.isConversion()) {
            SseConversions.execute(c, in);
        } else {
            SseStrings.execute(c, in);
        }
    }

    /** Whether an instruction's operands are MMX registers, at least one of them. */
    public static boolean usesMmx(Insn in) {
        boolean plain = (in.prefixes & (Insn.OPERAND_SIZE | Insn.REP | Insn.REPNE)) == 0;
        return switch (in.vector) {
            case MOVQ2DQ,
                    MOVDQ2Q,
                    MOVQ_MMX,
                    MOVQ_MMX_STORE,
                    MOVNTQ,
                    PSHUFW,
                    CVTPS2PI,
                    CVTTPS2PI,
                    CVTPD2PI,
                    CVTTPD2PI ->
                    true;
            // From memory these two touch no MMX register.
            case CVTPI2PS, CVTPI2PD -> in.form != Form.M;
            case MOVD, MOVD_STORE, PMOVMSKB, MASKMOV, PINSRW, PEXTRW -> plain;
            default -> plain && isInteger(in);
        };
    }

    /** Of the opcodes that integers and floating point share an operation, the integer ones. */
    private static boolean isInteger(Insn in) {
        int opcode = in.opcode;
        if (opcode >= Insn.MAP_0F38) {
            return true;
        }
        int low = opcode & 0xff;
        boolean arranged = in.vector.isLanewise() || in.vector.isShift() || in.vector.isShuffle();
        return arranged && low >= 0x60 && low != 0xc6;
    }

    /** Raises what an instruction of XMM registers raises when SSE is off. */
    public static void require(CpuState s) {
        check(s, false, false);
    }

    /** An address of 16 bytes, which must be aligned. */
    public static long aligned(CpuState s, long gva) {
        requireAligned(s, gva, true);
        return gva;
    }

    private static void check(CpuState s, boolean mmx, boolean general) {
        if (general) {
            return;
        }
        boolean unknown = !mmx && (s.cr4 & Control.CR4_OSFXSR) == 0;
        if ((s.cr0 & Control.CR0_EM) != 0 || unknown) {
            throw s.fault(GuestFault.UD);
        }
        if ((s.cr0 & Control.CR0_TS) != 0) {
            throw s.fault(GuestFault.NM);
        }
        if (mmx) {
            X87Semantics.checkPending(s);
        }
    }

    /** Changes the x87 unit as every MMX instruction but EMMS does. */
    static void enterMmx(CpuState s) {
        s.fpStatus &= ~(7 << 11);
        s.fpInUse = 0xff;
    }

    static long mmx(CpuState s, int n) {
        return s.fpSignificand[n & 7];
    }

    static void setMmx(CpuState s, int n, long value) {
        s.fpSignificand[n & 7] = value;
        s.fpSignExponent[n & 7] = ONES;
    }

    static void setXmm(CpuState s, int n, long low, long high) {
        s.xmm[2 * n] = low;
        s.xmm[2 * n + 1] = high;
    }

    /** The source of 16 bytes, or 8 for MMX, into {@code sourceLow} and {@code sourceHigh}. */
    static void source(Core c, Insn in, boolean mmx) {
        CpuState s = c.state;
        if (mmx) {
            s.sourceLow = in.form == Form.M ? load(c, in, mmxBytes(in.vector)) : mmx(s, in.b);
            s.sourceHigh = 0;
        } else if (in.form == Form.M) {
            load16(c, in, true);
        } else {
            s.sourceLow = s.xmm[2 * in.b];
            s.sourceHigh = s.xmm[2 * in.b + 1];
        }
    }

    /** The three that use the lower half of their source alone do not read the upper one. */
    private static int mmxBytes(VectorOp op) {
        return switch (op) {
            case PUNPCKLBW, PUNPCKLWD, PUNPCKLDQ -> 4;
            default -> 8;
        };
    }

    /** A scalar source of 4 or 8 bytes: memory, or the low part of a register. */
    static long scalar(Core c, Insn in, int size) {
        if (in.form == Form.M) {
            return load(c, in, size);
        }
        long low = c.state.xmm[2 * in.b];
        return size == 4 ? low & 0xffff_ffffL : low;
    }

    static long load(Core c, Insn in, int size) {
        return c.mmu.read(Address.linear(c.state, in, size, Mmu.READ), size);
    }

    static void store(Core c, Insn in, int size, long value) {
        c.mmu.write(Address.linear(c.state, in, size, Mmu.WRITE), size, value);
    }

    /** Loads 16 bytes into {@code sourceLow} and {@code sourceHigh}. */
    static void load16(Core c, Insn in, boolean aligned) {
        CpuState s = c.state;
        long gva = Address.linear(s, in, 16, Mmu.READ);
        requireAligned(s, gva, aligned);
        long low = c.mmu.read64(gva);
        s.sourceHigh = c.mmu.read64(gva + 8);
        s.sourceLow = low;
    }

    static void store16(Core c, Insn in, boolean aligned, long low, long high) {
        CpuState s = c.state;
        long gva = Address.linear(s, in, 16, Mmu.WRITE);
        requireAligned(s, gva, aligned);
        if (!aligned) {
            c.mmu.probeWrite(gva, 16);
        }
        c.mmu.write64(gva, low);
        c.mmu.write64(gva + 8, high);
    }

    private static void requireAligned(CpuState s, long gva, boolean aligned) {
        if (aligned && (gva & 15) != 0) {
            throw s.fault(GuestFault.GP, 0);
        }
    }

    private static void lanewise(Core c, Insn in, boolean mmx) {
        CpuState s = c.state;
        source(c, in, mmx);
        VectorOp op = in.vector;
        if (mmx) {
            enterMmx(s);
            setMmx(s, in.a, PackedIntegers.compute(op, mmx(s, in.a), s.sourceLow));
        } else {
            int i = 2 * in.a;
            s.xmm[i] = PackedIntegers.compute(op, s.xmm[i], s.sourceLow);
            s.xmm[i + 1] = PackedIntegers.compute(op, s.xmm[i + 1], s.sourceHigh);
        }
    }

    /**
     * Ends a floating-point instruction: what it raised becomes sticky.
     *
     * @throws GuestFault #XM, or #UD, if it raised something unmasked; nothing is to be written then
     */
    public static void settle(CpuState s) {
        if (s.sse.raised != 0 && s.sse.settle()) {
            boolean told = (s.cr4 & Control.CR4_OSXMMEXCPT) != 0;
            throw s.fault(told ? GuestFault.XM : GuestFault.UD);
        }
    }
}
