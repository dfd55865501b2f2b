package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.VectorOp;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Segment;

/** Moves of MMX and SSE. Intel SDM 2, by instruction. */
final class SseMoves {
    private static final long LOW = 0xffff_ffffL;

    private SseMoves() {}

    static void execute(Core c, Insn in, boolean mmx) {
        CpuState s = c.state;
        boolean memory = in.form == Form.M;
        switch (in.vector) {
            case LOAD_UNALIGNED, LOAD_ALIGNED -> {
                if (memory) {
                    SseSemantics.load16(c, in, in.vector == VectorOp.LOAD_ALIGNED);
                    SseSemantics.setXmm(s, in.a, s.sourceLow, s.sourceHigh);
                } else {
                    SseSemantics.setXmm(s, in.a, s.xmm[2 * in.b], s.xmm[2 * in.b + 1]);
                }
            }
            case STORE_UNALIGNED, STORE_ALIGNED, STORE_STREAMING -> {
                long low = s.xmm[2 * in.a];
                long high = s.xmm[2 * in.a + 1];
                if (memory) {
                    boolean aligned = in.vector != VectorOp.STORE_UNALIGNED;
                    SseSemantics.store16(c, in, aligned, low, high);
                } else {
                    SseSemantics.setXmm(s, in.b, low, high);
                }
            }
            case MOVSS, MOVSS_STORE, MOVSD, MOVSD_STORE -> scalar(c, in, memory);
            case MOVLP, MOVLP_STORE, MOVHP, MOVHP_STORE -> half(c, in, memory);
            case MOVSLDUP, MOVSHDUP, MOVDDUP -> duplicate(c, in, memory);
            default -> integer(c, in, mmx, memory);
        }
    }

    /** A load clears the rest of the register; a move between registers leaves it. */
    private static void scalar(Core c, Insn in, boolean memory) {
        CpuState s = c.state;
        long[] x = s.xmm;
        switch (in.vector) {
            case MOVSS -> {
                if (memory) {
                    SseSemantics.setXmm(s, in.a, SseSemantics.load(c, in, 4), 0);
                } else {
                    x[2 * in.a] = x[2 * in.a] & ~LOW | x[2 * in.b] & LOW;
                }
            }
            case MOVSS_STORE -> {
                if (memory) {
                    SseSemantics.store(c, in, 4, x[2 * in.a]);
                } else {
                    x[2 * in.b] = x[2 * in.b] & ~LOW | x[2 * in.a] & LOW;
                }
            }
            case MOVSD -> {
                if (memory) {
                    SseSemantics.setXmm(s, in.a, SseSemantics.load(c, in, 8), 0);
                } else {
                    x[2 * in.a] = x[2 * in.b];
                }
            }
            default -> {
                if (memory) {
                    SseSemantics.store(c, in, 8, x[2 * in.a]);
                } else {
                    x[2 * in.b] = x[2 * in.a];
                }
            }
        }
    }

    private static void half(Core c, Insn in, boolean memory) {
        long[] x = c.state.xmm;
        switch (in.vector) {
            case MOVLP -> x[2 * in.a] = memory ? SseSemantics.load(c, in, 8) : x[2 * in.b + 1];
            case MOVHP -> x[2 * in.a + 1] = memory ? SseSemantics.load(c, in, 8) : x[2 * in.b];
            case MOVLP_STORE -> SseSemantics.store(c, in, 8, x[2 * in.a]);
            default -> SseSemantics.store(c, in, 8, x[2 * in.a + 1]);
        }
    }

    private static void duplicate(Core c, Insn in, boolean memory) {
        CpuState s = c.state;
        if (in.vector == VectorOp.MOVDDUP) {
            long value = memory ? SseSemantics.load(c, in, 8) : s.xmm[2 * in.b];
            SseSemantics.setXmm(s, in.a, value, value);
            return;
        }
        SseSemantics.source(c, in, false);
        boolean odd = in.vector == VectorOp.MOVSHDUP;
        SseSemantics.setXmm(s, in.a, twice(s.sourceLow, odd), twice(s.sourceHigh, odd));
    }

    private static long twice(long value, boolean upper) {
        long one = upper ? value >>> 32 : value & LOW;
        return one | one << 32;
    }

    private static void integer(Core c, Insn in, boolean mmx, boolean memory) {
        CpuState s = c.state;
        if (mmx) {
            moveMmx(c, in, memory);
            return;
        }
        switch (in.vector) {
            case MOVD -> SseSemantics.setXmm(s, in.a, general(c, in, memory), 0);
            case MOVD_STORE -> setGeneral(c, in, memory, s.xmm[2 * in.a]);
            case MOVQ -> {
                long value = memory ? SseSemantics.load(c, in, 8) : s.xmm[2 * in.b];
                SseSemantics.setXmm(s, in.a, value, 0);
            }
            case MOVQ_STORE -> {
                if (memory) {
                    SseSemantics.store(c, in, 8, s.xmm[2 * in.a]);
                } else {
                    SseSemantics.setXmm(s, in.b, s.xmm[2 * in.a], 0);
                }
            }
            case MOVNTI -> SseSemantics.store(c, in, in.size, s.gpr[in.a]);
            case MOVMSKPS -> {
                long signs =
                        s.xmm[2 * in.b] >>> 31 & 1
                                | s.xmm[2 * in.b] >>> 62 & 2
                                | s.xmm[2 * in.b + 1] >>> 29 & 4
                                | s.xmm[2 * in.b + 1] >>> 60 & 8;
                s.gpr[in.a] = signs;
            }
            case MOVMSKPD -> s.gpr[in.a] = s.xmm[2 * in.b] >>> 63 | s.xmm[2 * in.b + 1] >>> 62 & 2;
            case PMOVMSKB ->
                    s.gpr[in.a] =
                            PackedIntegers.signs(s.xmm[2 * in.b])
                                    | PackedIntegers.signs(s.xmm[2 * in.b + 1]) << 8;
            case MASKMOV ->
                    maskedStore(
                            c,
                            in,
                            s.xmm[2 * in.a],
                            s.xmm[2 * in.a + 1],
                            s.xmm[2 * in.b],
                            s.xmm[2 * in.b + 1],
                            16);
            default -> throw new AssertionError(in.vector);
        }
    }

    private static long general(Core c, Insn in, boolean memory) {
        if (memory) {
            return SseSemantics.load(c, in, in.size);
        }
        return Registers.zeroExtend(c.state.gpr[in.b], in.size);
    }

    private static void setGeneral(Core c, Insn in, boolean memory, long value) {
        if (memory) {
            SseSemantics.store(c, in, in.size, value);
        } else {
            Registers.set(c.state, in.b, in.size, value);
        }
    }

    private static void moveMmx(Core c, Insn in, boolean memory) {
        CpuState s = c.state;
        switch (in.vector) {
            case MOVD -> {
                long value = general(c, in, memory);
                SseSemantics.enterMmx(s);
                SseSemantics.setMmx(s, in.a, value);
            }
            case MOVD_STORE -> {
                setGeneral(c, in, memory, SseSemantics.mmx(s, in.a));
                SseSemantics.enterMmx(s);
            }
            case MOVQ_MMX -> {
                SseSemantics.source(c, in, true);
                SseSemantics.enterMmx(s);
                SseSemantics.setMmx(s, in.a, s.sourceLow);
            }
            case MOVQ_MMX_STORE, MOVNTQ -> {
                long value = SseSemantics.mmx(s, in.a);
                if (memory) {
                    SseSemantics.store(c, in, 8, value);
                }
                SseSemantics.enterMmx(s);
                if (!memory) {
                    SseSemantics.setMmx(s, in.b, value);
                }
            }
            case MOVQ2DQ -> {
                SseSemantics.enterMmx(s);
                SseSemantics.setXmm(s, in.a, SseSemantics.mmx(s, in.b), 0);
            }
            case MOVDQ2Q -> {
                SseSemantics.enterMmx(s);
                SseSemantics.setMmx(s, in.a, s.xmm[2 * in.b]);
            }
            case PMOVMSKB -> {
                SseSemantics.enterMmx(s);
                s.gpr[in.a] = PackedIntegers.signs(SseSemantics.mmx(s, in.b));
            }
            default -> {
                long mask = SseSemantics.mmx(s, in.b);
                maskedStore(c, in, SseSemantics.mmx(s, in.a), 0, mask, 0, 8);
                SseSemantics.enterMmx(s);
            }
        }
    }

    /** Stores the bytes whose mask byte has its sign set, at rDI; faults before the first. */
    private static void maskedStore(
            Core c, Insn in, long low, long high, long maskLow, long maskHigh, int bytes) {
        CpuState s = c.state;
        long offset = Registers.zeroExtend(s.gpr[CpuState.RDI], in.addressSize);
        int segment = in.segment == Segment.ES ? Segment.DS : in.segment;
        for (int pass = 0; pass < 2; pass++) {
            for (int i = 0; i < bytes; i++) {
                long mask = i < 8 ? maskLow : maskHigh;
                if ((mask >>> 8 * (i & 7) + 7 & 1) == 0) {
                    continue;
                }
                long gva = Address.linear(s, segment, offset + i, 1, Mmu.WRITE);
                if (pass == 0) {
                    c.mmu.probeWrite(gva, 1);
                } else {
                    c.mmu.write8(gva, (i < 8 ? low : high) >>> 8 * (i & 7));
                }
            }
        }
    }
}
