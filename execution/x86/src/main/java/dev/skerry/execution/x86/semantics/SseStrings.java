package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.VectorOp;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;

/** PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM. Intel SDM 2B, section 4.1. */
final class SseStrings {
    // Aggregations: bits 3 and 2 of the immediate.
    private static final int EQUAL_ANY = 0;
    private static final int RANGES = 1;
    private static final int EQUAL_EACH = 2;

    private SseStrings() {}

    static void execute(Core c, Insn in) {
        CpuState s = c.state;
        if (in.form == Form.M) {
            SseSemantics.load16(c, in, false);
        } else {
            SseSemantics.source(c, in, false);
        }
        int control = (int) in.immediate;
        boolean words = (control & 1) != 0;
        int count = words ? 8 : 16;
        boolean explicit = in.vector == VectorOp.PCMPESTRI || in.vector == VectorOp.PCMPESTRM;
        long a0 = s.xmm[2 * in.a];
        long a1 = s.xmm[2 * in.a + 1];
        long b0 = s.sourceLow;
        long b1 = s.sourceHigh;
        int lengthA =
                explicit
                        ? length(s.gpr[CpuState.RAX], in.size, count)
                        : implied(a0, a1, words, count);
        int lengthB =
                explicit
                        ? length(s.gpr[CpuState.RDX], in.size, count)
                        : implied(b0, b1, words, count);
        int result = aggregate(control, a0, a1, b0, b1, lengthA, lengthB, count);
        int all = (1 << count) - 1;
        if ((control & 0x10) != 0) {
            result ^= (control & 0x20) != 0 ? (1 << lengthB) - 1 : all;
        }
        boolean index = in.vector == VectorOp.PCMPESTRI || in.vector == VectorOp.PCMPISTRI;
        if (index) {
            s.gpr[CpuState.RCX] = position(result, (control & 0x40) != 0, count);
        } else {
            mask(s, result, (control & 0x40) != 0, words, count);
        }
        int flags = result != 0 ? Eflags.CF : 0;
        flags |= lengthB < count ? Eflags.ZF : 0;
        flags |= lengthA < count ? Eflags.SF : 0;
        flags |= (result & 1) != 0 ? Eflags.OF : 0;
        Flags.set(s, flags);
    }

    private static int length(long register, int size, int count) {
        long value = Registers.extend(register, size);
        // The absolute value, which for the most negative number is itself.
        return value < -count || value > count ? count : (int) Math.abs(value);
    }

    private static int implied(long low, long high, boolean words, int count) {
        for (int i = 0; i < count; i++) {
            if (element(low, high, i, words, false) == 0) {
                return i;
            }
        }
        return count;
    }

    private static int element(long low, long high, int n, boolean words, boolean signed) {
        if (words) {
            int value = (int) ((n < 4 ? low : high) >>> 16 * (n & 3));
            return signed ? (short) value : value & 0xffff;
        }
        int value = (int) ((n < 8 ? low : high) >>> 8 * (n & 7));
        return signed ? (byte) value : value & 0xff;
    }

    private static int aggregate(
            int control, long a0, long a1, long b0, long b1, int lengthA, int lengthB, int count) {
        boolean words = (control & 1) != 0;
        boolean signed = (control & 2) != 0;
        int kind = control >>> 2 & 3;
        int result = 0;
        for (int j = 0; j < count; j++) {
            boolean hit =
                    switch (kind) {
                        case EQUAL_ANY -> any(a0, a1, b0, b1, lengthA, lengthB, j, words);
                        case RANGES -> inRange(a0, a1, b0, b1, lengthA, lengthB, j, words, signed);
                        case EQUAL_EACH -> each(a0, a1, b0, b1, lengthA, lengthB, j, words);
                        default -> ordered(a0, a1, b0, b1, lengthA, lengthB, j, words, count);
                    };
            result |= hit ? 1 << j : 0;
        }
        return result;
    }

    private static boolean any(
            long a0, long a1, long b0, long b1, int lengthA, int lengthB, int j, boolean words) {
        if (j >= lengthB) {
            return false;
        }
        int b = element(b0, b1, j, words, false);
        for (int i = 0; i < lengthA; i++) {
            if (element(a0, a1, i, words, false) == b) {
                return true;
            }
        }
        return false;
    }

    private static boolean inRange(
            long a0,
            long a1,
            long b0,
            long b1,
            int lengthA,
            int lengthB,
            int j,
            boolean words,
            boolean signed) {
        if (j >= lengthB) {
            return false;
        }
        int b = element(b0, b1, j, words, signed);
        for (int i = 0; i + 1 < lengthA; i += 2) {
            if (element(a0, a1, i, words, signed) <= b
                    && b <= element(a0, a1, i + 1, words, signed)) {
                return true;
            }
        }
        return false;
    }

    /** Beyond both ends elements count as equal, beyond one as different. */
    private static boolean each(
            long a0, long a1, long b0, long b1, int lengthA, int lengthB, int j, boolean words) {
        if (j >= lengthA || j >= lengthB) {
            return j >= lengthA && j >= lengthB;
        }
        return element(a0, a1, j, words, false) == element(b0, b1, j, words, false);
    }

    /** Whether the first string begins in the second at a place, as far as that reaches. */
    private static boolean ordered(
            long a0,
            long a1,
            long b0,
            long b1,
            int lengthA,
            int lengthB,
            int j,
            boolean words,
            int count) {
        for (int i = 0; i < lengthA && i + j < count; i++) {
            if (i + j >= lengthB
                    || element(a0, a1, i, words, false) != element(b0, b1, i + j, words, false)) {
                return false;
            }
        }
        return true;
    }

    private static int position(int result, boolean last, int count) {
        if (result == 0) {
            return count;
        }
        return last
                ? 31 - Integer.numberOfLeadingZeros(result)
                : Integer.numberOfTrailingZeros(result);
    }

    private static void mask(CpuState s, int result, boolean whole, boolean words, int count) {
        if (!whole) {
            SseSemantics.setXmm(s, 0, result, 0);
            return;
        }
        int bits = words ? 16 : 8;
        long element = (1L << bits) - 1;
        long low = 0;
        long high = 0;
        for (int i = 0; i < count / 2; i++) {
            low |= (result >>> i & 1) != 0 ? element << bits * i : 0;
            high |= (result >>> i + count / 2 & 1) != 0 ? element << bits * i : 0;
        }
        SseSemantics.setXmm(s, 0, low, high);
    }
}
