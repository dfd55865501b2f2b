package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.VectorOp;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;

/** Packed operations that move elements about. Intel SDM 2, by instruction. */
final class PackedShuffles {
    private PackedShuffles() {}

    static void execute(Core c, Insn in, boolean mmx) {
        CpuState s = c.state;
        SseSemantics.source(c, in, mmx);
        if (mmx) {
            SseSemantics.enterMmx(s);
            SseSemantics.setMmx(s, in.a, mmx(in, SseSemantics.mmx(s, in.a), s.sourceLow));
            return;
        }
        int n = 2 * in.a;
        if (in.vector == VectorOp.PTEST) {
            long and = s.xmm[n] & s.sourceLow | s.xmm[n + 1] & s.sourceHigh;
            long andNot = ~s.xmm[n] & s.sourceLow | ~s.xmm[n + 1] & s.sourceHigh;
            Flags.set(s, (and == 0 ? Eflags.ZF : 0) | (andNot == 0 ? Eflags.CF : 0));
            return;
        }
        s.low = s.xmm[n];
        s.high = s.xmm[n + 1];
        xmm(s, in);
        SseSemantics.setXmm(s, in.a, s.low, s.high);
    }

    private static long mmx(Insn in, long a, long b) {
        return switch (in.vector) {
            case PACKSSWB, PACKUSWB -> pack8(in.vector, a) | pack8(in.vector, b) << 32;
            case PACKSSDW, PACKUSDW -> pack16(in.vector, a) | pack16(in.vector, b) << 32;
            case PUNPCKLBW, PUNPCKLWD, PUNPCKLDQ -> interleave(a, b, width(in.vector));
            case PUNPCKHBW, PUNPCKHWD, PUNPCKHDQ ->
                    interleave(a >>> 32, b >>> 32, width(in.vector));
            case PSHUFB -> shuffleBytes(a, 0, b, 7);
            case PSHUFW -> shuffleWords(b, (int) in.immediate);
            case PALIGNR -> align64(a, b, (int) in.immediate);
            default -> horizontal(in.vector, a) & 0xffff_ffffL | horizontal(in.vector, b) << 32;
        };
    }

    private static long align64(long a, long b, int bytes) {
        if (bytes >= 16) {
            return 0;
        }
        int bits = 8 * bytes;
        return bits == 0 ? b : bits < 64 ? b >>> bits | a << 64 - bits : a >>> bits - 64;
    }

    private static void xmm(CpuState s, Insn in) {
        long a = s.low;
        long b = s.high;
        long c = s.sourceLow;
        long d = s.sourceHigh;
        VectorOp op = in.vector;
        int immediate = (int) in.immediate;
        switch (op) {
            case PACKSSWB, PACKUSWB ->
                    set(s, pack8(op, a) | pack8(op, b) << 32, pack8(op, c) | pack8(op, d) << 32);
            case PACKSSDW, PACKUSDW ->
                    set(
                            s,
                            pack16(op, a) | pack16(op, b) << 32,
                            pack16(op, c) | pack16(op, d) << 32);
            case PUNPCKLBW, PUNPCKLWD, PUNPCKLDQ ->
                    set(s, interleave(a, c, width(op)), interleave(a >>> 32, c >>> 32, width(op)));
            case PUNPCKHBW, PUNPCKHWD, PUNPCKHDQ ->
                    set(s, interleave(b, d, width(op)), interleave(b >>> 32, d >>> 32, width(op)));
            case PUNPCKLQDQ -> set(s, a, c);
            case PUNPCKHQDQ -> set(s, b, d);
            case PSHUFB -> set(s, shuffleBytes(a, b, c, 15), shuffleBytes(a, b, d, 15));
            case PSHUFD -> set(s, pair(c, d, immediate), pair(c, d, immediate >>> 4));
            case PSHUFHW -> set(s, c, shuffleWords(d, immediate));
            case PSHUFLW -> set(s, shuffleWords(c, immediate), d);
            case SHUFPS -> set(s, pair(a, b, immediate), pair(c, d, immediate >>> 4));
            case SHUFPD -> set(s, (immediate & 1) == 0 ? a : b, (immediate & 2) == 0 ? c : d);
            case PALIGNR -> align(s, immediate);
            case PHMINPOSUW -> minimumPosition(s);
            case MPSADBW -> differences(s, immediate);
            case PBLENDW, BLENDPS, BLENDPD -> blend(s, op, immediate);
            case PBLENDVB, BLENDVPS, BLENDVPD -> blendBySign(s, op);
            default ->
                    set(
                            s,
                            horizontal(op, a) & 0xffff_ffffL | horizontal(op, b) << 32,
                            horizontal(op, c) & 0xffff_ffffL | horizontal(op, d) << 32);
        }
    }

    private static void set(CpuState s, long low, long high) {
        s.low = low;
        s.high = high;
    }

    /** Four words to bytes, saturated. */
    private static long pack8(VectorOp op, long value) {
        int least = op == VectorOp.PACKSSWB ? -128 : 0;
        int most = op == VectorOp.PACKSSWB ? 127 : 255;
        long result = 0;
        for (int i = 0; i < 4; i++) {
            result |= (Math.clamp((short) (value >>> 16 * i), least, most) & 0xffL) << 8 * i;
        }
        return result;
    }

    /** Two doublewords to words, saturated. */
    private static long pack16(VectorOp op, long value) {
        int least = op == VectorOp.PACKSSDW ? -32768 : 0;
        int most = op == VectorOp.PACKSSDW ? 32767 : 65535;
        return Math.clamp((int) value, least, most) & 0xffffL
                | (Math.clamp((int) (value >>> 32), least, most) & 0xffffL) << 16;
    }

    private static int width(VectorOp op) {
        return switch (op) {
            case PUNPCKLBW, PUNPCKHBW -> 8;
            case PUNPCKLWD, PUNPCKHWD -> 16;
            default -> 32;
        };
    }

    /** Elements of the low 32 bits of two values, in turns. */
    private static long interleave(long a, long b, int bits) {
        long mask = (1L << bits) - 1;
        long result = 0;
        for (int i = 0; i < 32 / bits; i++) {
            result |= (a >>> bits * i & mask) << 2 * bits * i;
            result |= (b >>> bits * i & mask) << 2 * bits * i + bits;
        }
        return result;
    }

    /** Eight bytes of a table, as eight bytes of control say. */
    private static long shuffleBytes(long low, long high, long control, int mask) {
        long result = 0;
        for (int shift = 0; shift < 64; shift += 8) {
            int select = (int) (control >>> shift);
            if ((select & 0x80) == 0) {
                int from = select & mask;
                long half = from < 8 ? low : high;
                result |= (half >>> 8 * (from & 7) & 0xff) << shift;
            }
        }
        return result;
    }

    private static long shuffleWords(long value, int order) {
        long result = 0;
        for (int i = 0; i < 4; i++) {
            result |= (value >>> 16 * (order >>> 2 * i & 3) & 0xffff) << 16 * i;
        }
        return result;
    }

    /** Two of four doublewords, by two bits each. */
    private static long pair(long low, long high, int order) {
        return doubleword(low, high, order & 3) | doubleword(low, high, order >>> 2 & 3) << 32;
    }

    private static long doubleword(long low, long high, int n) {
        return (n < 2 ? low : high) >>> 32 * (n & 1) & 0xffff_ffffL;
    }

    private static void align(CpuState s, int bytes) {
        // 32 bytes, the source below the destination, shifted right.
        set(s, byteShifted(s, bytes), byteShifted(s, bytes + 8));
    }

    private static long byteShifted(CpuState s, int from) {
        int bits = 8 * (from & 7);
        long low = quadword(s, from >>> 3);
        return bits == 0 ? low : low >>> bits | quadword(s, (from >>> 3) + 1) << 64 - bits;
    }

    private static long quadword(CpuState s, int n) {
        return switch (n) {
            case 0 -> s.sourceLow;
            case 1 -> s.sourceHigh;
            case 2 -> s.low;
            case 3 -> s.high;
            default -> 0;
        };
    }

    private static void minimumPosition(CpuState s) {
        int least = 0x10000;
        int at = 0;
        for (int i = 0; i < 8; i++) {
            int word = (int) ((i < 4 ? s.sourceLow : s.sourceHigh) >>> 16 * (i & 3)) & 0xffff;
            if (word < least) {
                least = word;
                at = i;
            }
        }
        set(s, least | (long) at << 16, 0);
    }

    private static void differences(CpuState s, int immediate) {
        int destination = (immediate & 4) != 0 ? 4 : 0;
        int source = (immediate & 3) * 4;
        long[] sums = new long[2];
        for (int i = 0; i < 8; i++) {
            int sum = 0;
            for (int j = 0; j < 4; j++) {
                sum +=
                        Math.abs(
                                byteAt(s.low, s.high, destination + i + j)
                                        - byteAt(s.sourceLow, s.sourceHigh, source + j));
            }
            sums[i >>> 2] |= (long) sum << 16 * (i & 3);
        }
        set(s, sums[0], sums[1]);
    }

    private static int byteAt(long low, long high, int n) {
        return (int) ((n < 8 ? low : high) >>> 8 * (n & 7)) & 0xff;
    }

    private static void blend(CpuState s, VectorOp op, int immediate) {
        int bits = op == VectorOp.PBLENDW ? 16 : op == VectorOp.BLENDPS ? 32 : 64;
        int elements = 64 / bits;
        long element = bits == 64 ? -1 : (1L << bits) - 1;
        long lowMask = 0;
        long highMask = 0;
        for (int i = 0; i < elements; i++) {
            lowMask |= (immediate >>> i & 1) != 0 ? element << bits * i : 0;
            highMask |= (immediate >>> i + elements & 1) != 0 ? element << bits * i : 0;
        }
        mix(s, lowMask, highMask);
    }

    /** XMM0's signs choose. */
    private static void blendBySign(CpuState s, VectorOp op) {
        int bits = op == VectorOp.PBLENDVB ? 8 : op == VectorOp.BLENDVPS ? 32 : 64;
        mix(s, signMask(s.xmm[0], bits), signMask(s.xmm[1], bits));
    }

    private static long signMask(long value, int bits) {
        long mask = 0;
        long element = bits == 64 ? -1 : (1L << bits) - 1;
        for (int at = 0; at < 64; at += bits) {
            mask |= (value >>> at + bits - 1 & 1) != 0 ? element << at : 0;
        }
        return mask;
    }

    private static void mix(CpuState s, long lowMask, long highMask) {
        set(
                s,
                s.low & ~lowMask | s.sourceLow & lowMask,
                s.high & ~highMask | s.sourceHigh & highMask);
    }

    /** The sums or differences of neighbours: 32 bits from 64. */
    private static long horizontal(VectorOp op, long value) {
        return switch (op) {
            case PHADDD -> (int) value + (int) (value >>> 32);
            case PHSUBD -> (int) value - (int) (value >>> 32);
            default ->
                    neighbours(op, (short) value, (short) (value >>> 16)) & 0xffffL
                            | (neighbours(op, (short) (value >>> 32), (short) (value >>> 48))
                                            & 0xffffL)
                                    << 16;
        };
    }

    private static int neighbours(VectorOp op, short a, short b) {
        return switch (op) {
            case PHADDW -> a + b;
            case PHSUBW -> a - b;
            case PHADDSW -> Math.clamp(a + b, -32768, 32767);
            default -> Math.clamp(a - b, -32768, 32767);
        };
    }
}
