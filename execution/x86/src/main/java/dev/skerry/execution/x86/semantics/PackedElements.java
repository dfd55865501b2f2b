package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.VectorOp;
import dev.skerry.execution.x86.state.CpuState;

/** Single elements in and out, and extensions of several. Intel SDM 2, by instruction. */
final class PackedElements {
    private PackedElements() {}

    static void execute(Core c, Insn in, boolean mmx) {
        CpuState s = c.state;
        boolean memory = in.form == Form.M;
        int at = (int) in.immediate;
        switch (in.vector) {
            case PINSRB ->
                    insert(s, in.a, 8, at & 15, memory ? SseSemantics.load(c, in, 1) : s.gpr[in.b]);
            case PINSRD -> {
                long value = memory ? SseSemantics.load(c, in, in.size) : s.gpr[in.b];
                insert(s, in.a, 8 * in.size, at & (in.size == 8 ? 1 : 3), value);
            }
            case PINSRW -> {
                long value = memory ? SseSemantics.load(c, in, 2) : s.gpr[in.b];
                if (mmx) {
                    SseSemantics.enterMmx(s);
                    long old = SseSemantics.mmx(s, in.a);
                    SseSemantics.setMmx(s, in.a, replaced(old, 16, at & 3, value));
                } else {
                    insert(s, in.a, 16, at & 7, value);
                }
            }
            case PEXTRW -> {
                if (mmx) {
                    SseSemantics.enterMmx(s);
                }
                s.gpr[in.a] =
                        mmx
                                ? SseSemantics.mmx(s, in.b) >>> 16 * (at & 3) & 0xffff
                                : element(s, in.b, 16, at & 7);
            }
            case PEXTRB -> extract(c, in, element(s, in.a, 8, at & 15), 1, memory);
            case PEXTRW_STORE -> extract(c, in, element(s, in.a, 16, at & 7), 2, memory);
            case PEXTRD -> {
                int n = at & (in.size == 8 ? 1 : 3);
                extract(c, in, element(s, in.a, 8 * in.size, n), in.size, memory);
            }
            case EXTRACTPS -> extract(c, in, element(s, in.a, 32, at & 3), 4, memory);
            default -> insertSingle(c, in, at, memory);
        }
    }

    private static void extract(Core c, Insn in, long value, int size, boolean memory) {
        if (memory) {
            SseSemantics.store(c, in, size, value);
        } else {
            c.state.gpr[in.b] = value;
        }
    }

    private static long element(CpuState s, int register, int bits, int n) {
        int perHalf = 64 / bits;
        long half = s.xmm[2 * register + n / perHalf];
        return bits == 64 ? half : half >>> bits * (n % perHalf) & (1L << bits) - 1;
    }

    private static void insert(CpuState s, int register, int bits, int n, long value) {
        int perHalf = 64 / bits;
        int i = 2 * register + n / perHalf;
        s.xmm[i] = replaced(s.xmm[i], bits, n % perHalf, value);
    }

    private static long replaced(long old, int bits, int n, long value) {
        if (bits == 64) {
            return value;
        }
        long mask = (1L << bits) - 1 << bits * n;
        return old & ~mask | value << bits * n & mask;
    }

    private static void insertSingle(Core c, Insn in, int control, boolean memory) {
        CpuState s = c.state;
        long value = memory ? SseSemantics.load(c, in, 4) : element(s, in.b, 32, control >>> 6 & 3);
        insert(s, in.a, 32, control >>> 4 & 3, value);
        for (int i = 0; i < 4; i++) {
            if ((control >>> i & 1) != 0) {
                insert(s, in.a, 32, i, 0);
            }
        }
    }

    static void extend(Core c, Insn in) {
        CpuState s = c.state;
        VectorOp op = in.vector;
        int from =
                switch (op) {
                    case PMOVSXBW, PMOVSXBD, PMOVSXBQ, PMOVZXBW, PMOVZXBD, PMOVZXBQ -> 8;
                    case PMOVSXWD, PMOVSXWQ, PMOVZXWD, PMOVZXWQ -> 16;
                    default -> 32;
                };
        int to =
                switch (op) {
                    case PMOVSXBW, PMOVZXBW -> 16;
                    case PMOVSXBD, PMOVZXBD, PMOVSXWD, PMOVZXWD -> 32;
                    default -> 64;
                };
        boolean signed = op.ordinal() <= VectorOp.PMOVSXDQ.ordinal();
        long source =
                in.form == Form.M ? SseSemantics.load(c, in, 16 * from / to) : s.xmm[2 * in.b];
        int perHalf = 64 / to;
        SseSemantics.setXmm(
                s,
                in.a,
                widened(source, from, to, signed),
                widened(source >>> from * perHalf, from, to, signed));
    }

    private static long widened(long source, int from, int to, boolean signed) {
        long mask = to == 64 ? -1 : (1L << to) - 1;
        long result = 0;
        for (int i = 0; i < 64 / to; i++) {
            long top = source << 64 - from * (i + 1);
            long value = signed ? top >> 64 - from : top >>> 64 - from;
            result |= (value & mask) << to * i;
        }
        return result;
    }
}
