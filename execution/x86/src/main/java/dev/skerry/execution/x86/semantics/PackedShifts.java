package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.VectorOp;
import dev.skerry.execution.x86.state.CpuState;

/** Packed shifts. Intel SDM 2, PSLLW and its kin. A count beyond the element clears or fills it. */
final class PackedShifts {
    private PackedShifts() {}

    static void execute(Core c, Insn in, boolean mmx) {
        CpuState s = c.state;
        int low = in.opcode & 0xff;
        boolean immediate = low >= 0x71 && low <= 0x73;
        long count;
        if (immediate) {
            count = in.immediate;
        } else {
            SseSemantics.source(c, in, mmx);
            count = s.sourceLow;
        }
        // By immediate, the register is ModRM's rm field.
        int n = immediate ? in.b : in.a;
        if (mmx) {
            SseSemantics.enterMmx(s);
            SseSemantics.setMmx(s, n, lane(in.vector, SseSemantics.mmx(s, n), count));
            return;
        }
        long a = s.xmm[2 * n];
        long b = s.xmm[2 * n + 1];
        switch (in.vector) {
            case PSLLDQ -> shiftLeft(s, n, a, b, count);
            case PSRLDQ -> shiftRight(s, n, a, b, count);
            default ->
                    SseSemantics.setXmm(s, n, lane(in.vector, a, count), lane(in.vector, b, count));
        }
    }

    private static void shiftLeft(CpuState s, int n, long low, long high, long bytes) {
        int bits = (int) Math.min(bytes, 16) * 8;
        if (bits >= 64) {
            SseSemantics.setXmm(s, n, 0, bits == 128 ? 0 : low << bits - 64);
        } else if (bits > 0) {
            SseSemantics.setXmm(s, n, low << bits, high << bits | low >>> 64 - bits);
        }
    }

    private static void shiftRight(CpuState s, int n, long low, long high, long bytes) {
        int bits = (int) Math.min(bytes, 16) * 8;
        if (bits >= 64) {
            SseSemantics.setXmm(s, n, bits == 128 ? 0 : high >>> bits - 64, 0);
        } else if (bits > 0) {
            SseSemantics.setXmm(s, n, low >>> bits | high << 64 - bits, high >>> bits);
        }
    }

    /** Shifts the elements of 64 bits; the count is unsigned. */
    static long lane(VectorOp op, long value, long count) {
        int bits =
                switch (op) {
                    case PSLLW, PSRLW, PSRAW -> 16;
                    case PSLLD, PSRLD, PSRAD -> 32;
                    default -> 64;
                };
        boolean arithmetic = op == VectorOp.PSRAW || op == VectorOp.PSRAD;
        boolean left = op == VectorOp.PSLLW || op == VectorOp.PSLLD || op == VectorOp.PSLLQ;
        boolean beyond = Long.compareUnsigned(count, bits) >= 0;
        if (beyond && !arithmetic) {
            return 0;
        }
        int by = beyond ? bits - 1 : (int) count;
        if (bits == 64) {
            return left ? value << by : value >>> by;
        }
        long mask = (1L << bits) - 1;
        long result = 0;
        for (int at = 0; at < 64; at += bits) {
            long element = value >>> at & mask;
            long signed = element << 64 - bits >> 64 - bits;
            long shifted = left ? element << by : arithmetic ? signed >> by : element >>> by;
            result |= (shifted & mask) << at;
        }
        return result;
    }
}
