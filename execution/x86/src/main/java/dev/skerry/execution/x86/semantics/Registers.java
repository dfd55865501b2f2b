package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.CpuState;

/**
 * General registers by number and size. Values are sign-extended from their size. Intel SDM 1,
 * section 3.4.1: a write of 32 bits clears the upper half, narrower ones leave the rest.
 */
public final class Registers {
    private Registers() {}

    /** Sign-extends the low bytes of a value. */
    public static long extend(long value, int size) {
        int unused = 64 - 8 * size;
        return value << unused >> unused;
    }

    /** Zero-extends the low bytes of a value. */
    public static long zeroExtend(long value, int size) {
        int unused = 64 - 8 * size;
        return value << unused >>> unused;
    }

    public static long get(CpuState s, int n, int size) {
        return n >= Insn.HIGH ? (byte) (s.gpr[n - Insn.HIGH] >>> 8) : extend(s.gpr[n], size);
    }

    public static void set(CpuState s, int n, int size, long value) {
        switch (size) {
            case 8 -> s.gpr[n] = value;
            case 4 -> s.gpr[n] = value & 0xffff_ffffL;
            case 2 -> s.gpr[n] = s.gpr[n] & ~0xffffL | value & 0xffff;
            default -> set1(s, n, value);
        }
    }

    private static void set1(CpuState s, int n, long value) {
        if (n >= Insn.HIGH) {
            s.gpr[n - Insn.HIGH] = s.gpr[n - Insn.HIGH] & ~0xff00L | (value & 0xff) << 8;
        } else {
            s.gpr[n] = s.gpr[n] & ~0xffL | value & 0xff;
        }
    }
}
