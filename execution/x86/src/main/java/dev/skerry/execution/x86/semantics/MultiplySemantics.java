package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;
import dev.skerry.execution.x86.state.GuestFault;

import java.math.BigInteger;

/** Multiplication and division. Intel SDM 2, MUL, IMUL, DIV, IDIV. */
public final class MultiplySemantics {
    private MultiplySemantics() {}

    static void execute(Core c, Insn in) {
        CpuState s = c.state;
        switch (in.op) {
            case MUL -> multiplyUnsigned(s, Operand.source(c, in), in.size);
            case IMUL_ACC -> multiplySigned(s, Operand.source(c, in), in.size);
            case DIV -> divideUnsigned(s, Operand.source(c, in), in.size);
            case IDIV -> divideSigned(s, Operand.source(c, in), in.size);
            default -> {
                boolean three = in.form == Form.RRI || in.form == Form.RMI;
                long a = three ? in.immediate : Registers.get(s, in.a, in.size);
                long b = Operand.source(c, in);
                Registers.set(s, in.a, in.size, imul(s, a, b, in.size));
            }
        }
    }

    /** The product cut to the operand size; CF and OF say whether anything was cut off. */
    public static long imul(CpuState s, long a, long b, int size) {
        long r = Registers.extend(a * b, size);
        Flags.result(s, r, imulStatus(a, b, r, size));
        return r;
    }

    /** CF and OF of a product, {@code r} when cut. */
    public static int imulStatus(long a, long b, long r, int size) {
        long lost = size == 8 ? Math.multiplyHigh(a, b) ^ r >> 63 : r ^ a * b;
        int cut = (int) ((lost | -lost) >>> 63);
        return -cut & (Eflags.CF | Eflags.OF);
    }

    private static void multiplyUnsigned(CpuState s, long b, int size) {
        long x = Registers.zeroExtend(s.gpr[CpuState.RAX], size);
        long y = Registers.zeroExtend(b, size);
        long low = x * y;
        long high = size == 8 ? Math.unsignedMultiplyHigh(x, y) : low >>> 8 * size;
        setProduct(s, low, high, size, high != 0);
    }

    private static void multiplySigned(CpuState s, long b, int size) {
        long x = Registers.extend(s.gpr[CpuState.RAX], size);
        long low = x * b;
        long high = size == 8 ? Math.multiplyHigh(x, b) : low >> 8 * size;
        long extended = Registers.extend(low, size);
        setProduct(s, low, high, size, size == 8 ? high != low >> 63 : extended != low);
    }

    private static void setProduct(CpuState s, long low, long high, int size, boolean cut) {
        if (size == 1) {
            Registers.set(s, CpuState.RAX, 2, low);
        } else {
            Registers.set(s, CpuState.RAX, size, low);
            Registers.set(s, CpuState.RDX, size, high);
        }
        Flags.result(s, Registers.extend(low, size), cut ? Eflags.CF | Eflags.OF : 0);
    }

    private static void divideUnsigned(CpuState s, long b, int size) {
        long divisor = Registers.zeroExtend(b, size);
        if (size == 8) {
            divideUnsigned128(s, divisor);
            return;
        }
        long dividend = dividend(s, size);
        if (divisor == 0) {
            throw s.fault(GuestFault.DE);
        }
        long quotient = Long.divideUnsigned(dividend, divisor);
        if (quotient != Registers.zeroExtend(quotient, size)) {
            throw s.fault(GuestFault.DE);
        }
        setQuotient(s, quotient, Long.remainderUnsigned(dividend, divisor), size);
    }

    /** rDX:rAX, or AX for bytes, as one number; zero-extended. */
    private static long dividend(CpuState s, int size) {
        if (size == 1) {
            return s.gpr[CpuState.RAX] & 0xffff;
        }
        return Registers.zeroExtend(s.gpr[CpuState.RAX], size)
                | Registers.zeroExtend(s.gpr[CpuState.RDX], size) << 8 * size;
    }

    private static void setQuotient(CpuState s, long quotient, long remainder, int size) {
        if (size == 1) {
            Registers.set(s, CpuState.RAX, 2, quotient & 0xff | (remainder & 0xff) << 8);
        } else {
            Registers.set(s, CpuState.RAX, size, quotient);
            Registers.set(s, CpuState.RDX, size, remainder);
        }
    }

    private static void divideUnsigned128(CpuState s, long divisor) {
        long high = s.gpr[CpuState.RDX];
        long low = s.gpr[CpuState.RAX];
        if (Long.compareUnsigned(high, divisor) >= 0) {
            throw s.fault(GuestFault.DE);
        }
        if (high == 0) {
            s.gpr[CpuState.RAX] = Long.divideUnsigned(low, divisor);
            s.gpr[CpuState.RDX] = Long.remainderUnsigned(low, divisor);
            return;
        }
        BigInteger[] both =
                unsigned(high)
                        .shiftLeft(64)
                        .or(unsigned(low))
                        .divideAndRemainder(unsigned(divisor));
        s.gpr[CpuState.RAX] = both[0].longValue();
        s.gpr[CpuState.RDX] = both[1].longValue();
    }

    private static BigInteger unsigned(long value) {
        BigInteger low = BigInteger.valueOf(value & Long.MAX_VALUE);
        return value < 0 ? low.setBit(63) : low;
    }

    private static void divideSigned(CpuState s, long divisor, int size) {
        if (divisor == 0) {
            throw s.fault(GuestFault.DE);
        }
        if (size == 8) {
            divideSigned128(s, divisor);
            return;
        }
        long dividend = Registers.extend(dividend(s, size), 2 * size);
        long quotient = dividend / divisor;
        // The one division that overflows 64 bits: it also overflows 32.
        boolean overflow = dividend == Long.MIN_VALUE && divisor == -1;
        if (overflow || quotient != Registers.extend(quotient, size)) {
            throw s.fault(GuestFault.DE);
        }
        setQuotient(s, quotient, dividend % divisor, size);
    }

    private static void divideSigned128(CpuState s, long divisor) {
        long high = s.gpr[CpuState.RDX];
        long low = s.gpr[CpuState.RAX];
        if (high == low >> 63 && !(low == Long.MIN_VALUE && divisor == -1)) {
            s.gpr[CpuState.RAX] = low / divisor;
            s.gpr[CpuState.RDX] = low % divisor;
            return;
        }
        BigInteger dividend = BigInteger.valueOf(high).shiftLeft(64).or(unsigned(low));
        BigInteger[] both = dividend.divideAndRemainder(BigInteger.valueOf(divisor));
        if (both[0].bitLength() > 63) {
            throw s.fault(GuestFault.DE);
        }
        s.gpr[CpuState.RAX] = both[0].longValue();
        s.gpr[CpuState.RDX] = both[1].longValue();
    }
}
