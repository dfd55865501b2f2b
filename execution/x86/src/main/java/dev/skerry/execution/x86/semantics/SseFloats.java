package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.VectorOp;
import dev.skerry.execution.x86.fp.Approximation;
import dev.skerry.execution.x86.fp.Binary32;
import dev.skerry.execution.x86.fp.Binary64;
import dev.skerry.execution.x86.fp.Comparison;
import dev.skerry.execution.x86.fp.FpEnv;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Flags;

/**
 * Floating-point arithmetic and comparison of SSE. Intel SDM 1, chapters 10 and 11; 2, by
 * instruction. Nothing is written if any element raises an unmasked exception.
 */
final class SseFloats {
    private static final long LOW = 0xffff_ffffL;

    private SseFloats() {}

    static void execute(Core c, Insn in) {
        CpuState s = c.state;
        FpEnv e = s.sse;
        long[] x = s.xmm;
        int n = 2 * in.a;
        switch (in.vector) {
            case ADDSD -> setLow(s, n, Binary64.add(e, x[n], SseSemantics.scalar(c, in, 8)));
            case SUBSD -> setLow(s, n, Binary64.subtract(e, x[n], SseSemantics.scalar(c, in, 8)));
            case MULSD -> setLow(s, n, Binary64.multiply(e, x[n], SseSemantics.scalar(c, in, 8)));
            case DIVSD -> setLow(s, n, Binary64.divide(e, x[n], SseSemantics.scalar(c, in, 8)));
            case MINSD, MAXSD, SQRTSD, CMPSD, ROUNDSD -> {
                long b = SseSemantics.scalar(c, in, 8);
                setLow(s, n, doubles(e, in.vector, x[n], b, (int) in.immediate));
            }
            case ADDSS,
                    SUBSS,
                    MULSS,
                    DIVSS,
                    MINSS,
                    MAXSS,
                    SQRTSS,
                    CMPSS,
                    ROUNDSS,
                    RCPSS,
                    RSQRTSS -> {
                int b = (int) SseSemantics.scalar(c, in, 4);
                long r = singles(e, in.vector, (int) x[n], b, (int) in.immediate);
                setLow(s, n, x[n] & ~LOW | r & LOW);
            }
            case UCOMISS, COMISS -> {
                boolean signaling = in.vector == VectorOp.COMISS;
                int b = (int) SseSemantics.scalar(c, in, 4);
                compared(s, Binary32.compare(e, (int) x[n], b, signaling));
            }
            case UCOMISD, COMISD -> {
                boolean signaling = in.vector == VectorOp.COMISD;
                long b = SseSemantics.scalar(c, in, 8);
                compared(s, Binary64.compare(e, x[n], b, signaling));
            }
            default -> packed(c, in);
        }
    }

    private static void setLow(CpuState s, int n, long value) {
        SseSemantics.settle(s);
        s.xmm[n] = value;
    }

    private static void compared(CpuState s, int outcome) {
        SseSemantics.settle(s);
        Flags.set(s, Comparison.flags(outcome));
    }

    private static void packed(Core c, Insn in) {
        CpuState s = c.state;
        FpEnv e = s.sse;
        SseSemantics.source(c, in, false);
        long a = s.xmm[2 * in.a];
        long b = s.xmm[2 * in.a + 1];
        int immediate = (int) in.immediate;
        switch (in.vector) {
            case ADDPD, SUBPD, MULPD, DIVPD, MINPD, MAXPD, SQRTPD, CMPPD, ROUNDPD -> {
                s.low = doubles(e, in.vector, a, s.sourceLow, immediate);
                s.high = doubles(e, in.vector, b, s.sourceHigh, immediate);
            }
            case HADDPD -> {
                s.low = Binary64.add(e, a, b);
                s.high = Binary64.add(e, s.sourceLow, s.sourceHigh);
            }
            case HSUBPD -> {
                s.low = Binary64.subtract(e, a, b);
                s.high = Binary64.subtract(e, s.sourceLow, s.sourceHigh);
            }
            case ADDSUBPD -> {
                s.low = Binary64.subtract(e, a, s.sourceLow);
                s.high = Binary64.add(e, b, s.sourceHigh);
            }
            case HADDPS, HSUBPS -> {
                s.low = neighbours(e, in.vector, a, b);
                s.high = neighbours(e, in.vector, s.sourceLow, s.sourceHigh);
            }
            case ADDSUBPS -> {
                s.low = turns(e, a, s.sourceLow);
                s.high = turns(e, b, s.sourceHigh);
            }
            case DPPS -> dotSingles(s, a, b, immediate);
            case DPPD -> dotDoubles(s, a, b, immediate);
            default -> {
                s.low = twoSingles(e, in.vector, a, s.sourceLow, immediate);
                s.high = twoSingles(e, in.vector, b, s.sourceHigh, immediate);
            }
        }
        SseSemantics.settle(s);
        SseSemantics.setXmm(s, in.a, s.low, s.high);
    }

    private static long both(int low, int high) {
        return low & LOW | (long) high << 32;
    }

    private static long twoSingles(FpEnv e, VectorOp op, long a, long b, int immediate) {
        int low = singles(e, op, (int) a, (int) b, immediate);
        int high = singles(e, op, (int) (a >>> 32), (int) (b >>> 32), immediate);
        return both(low, high);
    }

    private static long neighbours(FpEnv e, VectorOp op, long a, long b) {
        boolean add = op == VectorOp.HADDPS;
        int a1 = (int) (a >>> 32);
        int b1 = (int) (b >>> 32);
        int low = add ? Binary32.add(e, (int) a, a1) : Binary32.subtract(e, (int) a, a1);
        int high = add ? Binary32.add(e, (int) b, b1) : Binary32.subtract(e, (int) b, b1);
        return both(low, high);
    }

    private static long turns(FpEnv e, long a, long b) {
        return both(
                Binary32.subtract(e, (int) a, (int) b),
                Binary32.add(e, (int) (a >>> 32), (int) (b >>> 32)));
    }

    private static int singles(FpEnv e, VectorOp op, int a, int b, int immediate) {
        return switch (op) {
            case ADDPS, ADDSS -> Binary32.add(e, a, b);
            case SUBPS, SUBSS -> Binary32.subtract(e, a, b);
            case MULPS, MULSS -> Binary32.multiply(e, a, b);
            case DIVPS, DIVSS -> Binary32.divide(e, a, b);
            case MINPS, MINSS -> Binary32.minimum(e, a, b);
            case MAXPS, MAXSS -> Binary32.maximum(e, a, b);
            case SQRTPS, SQRTSS -> Binary32.squareRoot(e, b);
            case CMPPS, CMPSS -> Binary32.compareMask(e, a, b, immediate & 7);
            case ROUNDPS, ROUNDSS -> Binary32.toIntegral(e, b, immediate);
            case RCPPS, RCPSS -> Approximation.reciprocal(b);
            default -> Approximation.reciprocalRoot(b);
        };
    }

    private static long doubles(FpEnv e, VectorOp op, long a, long b, int immediate) {
        return switch (op) {
            case ADDPD -> Binary64.add(e, a, b);
            case SUBPD -> Binary64.subtract(e, a, b);
            case MULPD -> Binary64.multiply(e, a, b);
            case DIVPD -> Binary64.divide(e, a, b);
            case MINPD, MINSD -> Binary64.minimum(e, a, b);
            case MAXPD, MAXSD -> Binary64.maximum(e, a, b);
            case SQRTPD, SQRTSD -> Binary64.squareRoot(e, b);
            case CMPPD, CMPSD -> Binary64.compareMask(e, a, b, immediate & 7);
            default -> Binary64.toIntegral(e, b, immediate);
        };
    }

    /**
     * Products that are not asked for are +0. The sums are rounded in pairs. Exceptions of the
     * products are looked at before the sums are made (Intel SDM 2, DPPS).
     */
    private static void dotSingles(CpuState s, long a, long b, int mask) {
        FpEnv e = s.sse;
        int p0 = product(e, (int) a, (int) s.sourceLow, mask >>> 4);
        int p1 = product(e, (int) (a >>> 32), (int) (s.sourceLow >>> 32), mask >>> 5);
        int p2 = product(e, (int) b, (int) s.sourceHigh, mask >>> 6);
        int p3 = product(e, (int) (b >>> 32), (int) (s.sourceHigh >>> 32), mask >>> 7);
        SseSemantics.settle(s);
        // Processors add each element to its neighbour and the sum to the other pair's, in every
        // element of the result; of several NaNs a different one comes out of each.
        int s0 = Binary32.add(e, p1, p0);
        int s1 = Binary32.add(e, p0, p1);
        int s2 = Binary32.add(e, p3, p2);
        int s3 = Binary32.add(e, p2, p3);
        SseSemantics.settle(s);
        s.low =
                both(
                        (mask & 1) != 0 ? Binary32.add(e, s0, s2) : 0,
                        (mask & 2) != 0 ? Binary32.add(e, s1, s3) : 0);
        s.high =
                both(
                        (mask & 4) != 0 ? Binary32.add(e, s2, s0) : 0,
                        (mask & 8) != 0 ? Binary32.add(e, s3, s1) : 0);
        if ((mask & 15) == 0) {
            // What nobody asked for is computed, and its exceptions told, all the same.
            Binary32.add(e, s0, s2);
        }
    }

    private static int product(FpEnv e, int a, int b, int wanted) {
        return (wanted & 1) != 0 ? Binary32.multiply(e, a, b) : 0;
    }

    private static void dotDoubles(CpuState s, long a, long b, int mask) {
        FpEnv e = s.sse;
        long p0 = (mask & 16) != 0 ? Binary64.multiply(e, a, s.sourceLow) : 0;
        long p1 = (mask & 32) != 0 ? Binary64.multiply(e, b, s.sourceHigh) : 0;
        SseSemantics.settle(s);
        long low = Binary64.add(e, p0, p1);
        long high = Binary64.add(e, p1, p0);
        s.low = (mask & 1) != 0 ? low : 0;
        s.high = (mask & 2) != 0 ? high : 0;
    }
}
