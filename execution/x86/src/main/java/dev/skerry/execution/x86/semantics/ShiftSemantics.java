package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;

/**
 * Shifts and rotates. Intel SDM 2, by instruction. The count is cut to 5 bits, 6 for 64-bit
 * operands; a count of 0 changes no flag. OF is defined for counts of 1 alone; for others it gets
 * what the same formula gives, as processors do.
 */
public final class ShiftSemantics {
    private static final int OF_SHIFT = 11;

    private ShiftSemantics() {}

    /** @param count 1 to 63 */
    public static long shl(CpuState s, long a, int count, int size) {
        long r = Registers.extend(a << count, size);
        Flags.result(s, r, shlStatus(a, r, count, size));
        return r;
    }

    public static long shr(CpuState s, long a, int count, int size) {
        long r = Registers.extend(Registers.zeroExtend(a, size) >>> count, size);
        Flags.result(s, r, shrStatus(a, count, size));
        return r;
    }

    public static long sar(CpuState s, long a, int count, int size) {
        long r = a >> count;
        Flags.result(s, r, sarStatus(a, count));
        return r;
    }

    // Without branches: translated code then computes them only where somebody looks.

    /** CF and OF of {@code r = a << count}. */
    public static int shlStatus(long a, long r, int count, int size) {
        int bits = 8 * size;
        // A byte or word may be shifted out altogether, and more.
        long kept = count <= bits ? a : 0;
        int carry = (int) (kept >>> bits - count) & 1;
        return carry | ((int) (r >>> 63) ^ carry) << OF_SHIFT;
    }

    /** CF and OF of {@code a >>> count}. */
    public static int shrStatus(long a, int count, int size) {
        int carry = (int) (Registers.zeroExtend(a, size) >>> count - 1) & 1;
        int overflow = count == 1 ? (int) (a >>> 63) : 0;
        return carry | overflow << OF_SHIFT;
    }

    /** CF and OF of {@code a >> count}. */
    public static int sarStatus(long a, int count) {
        return (int) (a >> count - 1) & 1;
    }

    private static int carryOverflow(boolean carry, boolean overflow) {
        return (carry ? Eflags.CF : 0) | (overflow ? Eflags.OF : 0);
    }

    public static void execute(Core c, Insn in) {
        CpuState s = c.state;
        boolean immediate =
                switch (in.form) {
                    case RI, MI, RRI, MRI -> true;
                    default -> false;
                };
        long counted = immediate ? in.immediate : s.gpr[CpuState.RCX];
        int count = (int) counted & (in.size == 8 ? 63 : 31);
        if (in.op == Op.SHLD || in.op == Op.SHRD) {
            shiftDouble(c, in, count);
            return;
        }
        long gva = Operand.isInMemory(in) ? Operand.writable(c, in) : 0;
        if (count == 0) {
            if (in.size == 4 && !Operand.isInMemory(in)) {
                // A 32-bit destination is written, and its upper half cleared, all the same.
                Registers.set(s, in.a, 4, s.gpr[in.a]);
            }
            return;
        }
        long a =
                Operand.isInMemory(in)
                        ? Registers.extend(c.mmu.read(gva, in.size), in.size)
                        : Registers.get(s, in.a, in.size);
        long r = compute(s, in.op, a, count, in.size);
        if (Operand.isInMemory(in)) {
            c.mmu.write(gva, in.size, r);
        } else {
            Registers.set(s, in.a, in.size, r);
        }
    }

    private static long compute(CpuState s, Op op, long a, int count, int size) {
        return switch (op) {
            case SHL -> shl(s, a, count, size);
            case SHR -> shr(s, a, count, size);
            case SAR -> sar(s, a, count, size);
            case ROL -> rol(s, a, count, size);
            case ROR -> ror(s, a, count, size);
            case RCL -> rcl(s, a, count, size);
            default -> rcr(s, a, count, size);
        };
    }

    private static long rol(CpuState s, long a, int count, int size) {
        long r = rolResult(a, count, size);
        Flags.set(s, rolStatus(r, size), Eflags.CF | Eflags.OF);
        return r;
    }

    private static long ror(CpuState s, long a, int count, int size) {
        long r = rorResult(a, count, size);
        Flags.set(s, rorStatus(r, size), Eflags.CF | Eflags.OF);
        return r;
    }

    public static long rolResult(long a, int count, int size) {
        int bits = 8 * size;
        int by = count & bits - 1;
        long u = Registers.zeroExtend(a, size);
        return Registers.extend(by == 0 ? u : u << by | u >>> bits - by, size);
    }

    public static long rorResult(long a, int count, int size) {
        int bits = 8 * size;
        int by = count & bits - 1;
        long u = Registers.zeroExtend(a, size);
        return Registers.extend(by == 0 ? u : u >>> by | u << bits - by, size);
    }

    /** CF and OF of a rotation to the left. */
    public static int rolStatus(long r, int size) {
        int carry = (int) r & 1;
        return carry | ((int) (r >>> 8 * size - 1) & 1 ^ carry) << OF_SHIFT;
    }

    /** CF and OF of a rotation to the right. */
    public static int rorStatus(long r, int size) {
        int top = (int) (r >>> 8 * size - 1) & 1;
        return top | ((int) (r >>> 8 * size - 2) & 1 ^ top) << OF_SHIFT;
    }

    private static long rcl(CpuState s, long a, int count, int size) {
        int bits = 8 * size;
        long u = Registers.zeroExtend(a, size);
        boolean carry = Flags.carry(s);
        for (int i = count % (bits + 1); i > 0; i--) {
            boolean out = (u >>> bits - 1 & 1) != 0;
            u = Registers.zeroExtend(u << 1 | (carry ? 1 : 0), size);
            carry = out;
        }
        rotated(s, carry, (u >>> bits - 1 & 1) != 0 != carry);
        return Registers.extend(u, size);
    }

    private static long rcr(CpuState s, long a, int count, int size) {
        int bits = 8 * size;
        long u = Registers.zeroExtend(a, size);
        boolean carry = Flags.carry(s);
        for (int i = count % (bits + 1); i > 0; i--) {
            boolean out = (u & 1) != 0;
            u = u >>> 1 | (carry ? 1L : 0) << bits - 1;
            carry = out;
        }
        boolean top = (u >>> bits - 1 & 1) != 0;
        rotated(s, carry, top != ((u >>> bits - 2 & 1) != 0));
        return Registers.extend(u, size);
    }

    private static void rotated(CpuState s, boolean carry, boolean overflow) {
        Flags.set(s, carryOverflow(carry, overflow), Eflags.CF | Eflags.OF);
    }

    private static void shiftDouble(Core c, Insn in, int counted) {
        CpuState s = c.state;
        int size = in.size;
        int bits = 8 * size;
        boolean memory = in.form == Form.MR || in.form == Form.MRI;
        long gva = memory ? Operand.writable(c, in) : 0;
        if (counted == 0) {
            if (size == 4 && !memory) {
                Registers.set(s, in.a, 4, s.gpr[in.a]);
            }
            return;
        }
        // 16-bit operands with counts above 16 are undefined; processors rotate the pair on.
        int count = counted;
        long a = memory ? c.mmu.read(gva, size) : s.gpr[in.a];
        a = Registers.zeroExtend(a, size);
        long b = Registers.zeroExtend(s.gpr[in.b], size);
        boolean left = in.op == Op.SHLD;
        long r;
        boolean carry;
        if (size == 2) {
            long triple = left ? a << 32 | b << 16 | a : a << 32 | b << 16 | a;
            r = left ? triple << count >>> 32 : triple >>> count;
            carry = (left ? triple >>> 48 - count : triple >>> count - 1) % 2 != 0;
        } else if (left) {
            r = a << count | b >>> bits - count;
            carry = (a >>> bits - count & 1) != 0;
        } else {
            r = a >>> count | b << bits - count;
            carry = (a >>> count - 1 & 1) != 0;
        }
        r = Registers.extend(r, size);
        if (memory) {
            c.mmu.write(gva, size, r);
        } else {
            Registers.set(s, in.a, size, r);
        }
        boolean turned = r < 0 != (Registers.extend(a, size) < 0);
        Flags.result(s, r, carryOverflow(carry, turned));
    }
}
