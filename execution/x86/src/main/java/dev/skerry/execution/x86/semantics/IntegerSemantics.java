package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;

/**
 * Addition, subtraction, logic, comparison and exchange. Intel SDM 2, by instruction. Operands and
 * results are sign-extended from {@code size} bytes.
 */
public final class IntegerSemantics {
    private static final int OF_SHIFT = 11;

    private IntegerSemantics() {}

    public static long add(CpuState s, long a, long b, int size) {
        long r = Registers.extend(a + b, size);
        Flags.add(s, a, b, r);
        return r;
    }

    public static long sub(CpuState s, long a, long b, int size) {
        long r = Registers.extend(a - b, size);
        Flags.sub(s, a, b, r);
        return r;
    }

    public static long adc(CpuState s, long a, long b, boolean carry, int size) {
        long r = Registers.extend(a + b + (carry ? 1 : 0), size);
        Flags.result(s, r, adcStatus(a, b, r, carry));
        return r;
    }

    public static long sbb(CpuState s, long a, long b, boolean carry, int size) {
        long r = Registers.extend(a - b - (carry ? 1 : 0), size);
        Flags.result(s, r, sbbStatus(a, b, r, carry));
        return r;
    }

    /** CF, OF and AF of {@code r = a + b + carry}. */
    public static int adcStatus(long a, long b, long r, boolean carry) {
        // With a carry, r equal to a is one too: b was all ones.
        int equal = carry ? 1 - Flags.below(r, a) & 1 - Flags.below(a, r) : 0;
        return others(a, b, r, Flags.below(r, a) | equal, (a ^ r) & (b ^ r));
    }

    /** CF, OF and AF of {@code r = a - b - carry}. */
    public static int sbbStatus(long a, long b, long r, boolean carry) {
        int equal = carry ? 1 - Flags.below(a, b) & 1 - Flags.below(b, a) : 0;
        return others(a, b, r, Flags.below(a, b) | equal, (a ^ b) & (a ^ r));
    }

    private static int others(long a, long b, long r, int carry, long overflow) {
        return carry | (int) (overflow >>> 63) << OF_SHIFT | (int) (a ^ b ^ r) & Eflags.AF;
    }

    public static long and(CpuState s, long a, long b) {
        long r = a & b;
        Flags.logic(s, r);
        return r;
    }

    public static long or(CpuState s, long a, long b) {
        long r = a | b;
        Flags.logic(s, r);
        return r;
    }

    public static long xor(CpuState s, long a, long b) {
        long r = a ^ b;
        Flags.logic(s, r);
        return r;
    }

    public static long inc(CpuState s, long a, int size) {
        long r = Registers.extend(a + 1, size);
        Flags.inc(s, a, r);
        return r;
    }

    public static long dec(CpuState s, long a, int size) {
        long r = Registers.extend(a - 1, size);
        Flags.dec(s, a, r);
        return r;
    }

    public static long neg(CpuState s, long a, int size) {
        return sub(s, 0, a, size);
    }

    public static void execute(Core c, Insn in) {
        switch (in.op) {
            case CMP -> sub(c.state, Operand.destination(c, in), Operand.source(c, in), in.size);
            case TEST -> and(c.state, Operand.destination(c, in), Operand.source(c, in));
            case MUL, IMUL_ACC, IMUL, DIV, IDIV -> MultiplySemantics.execute(c, in);
            case XADD -> xadd(c, in);
            case CMPXCHG -> ExchangeSemantics.cmpxchg(c, in);
            case CMPXCHG8B -> ExchangeSemantics.cmpxchg8b(c, in);
            case CMPXCHG16B -> ExchangeSemantics.cmpxchg16b(c, in);
            case INC, DEC, NOT, NEG -> modify(c, in, 0);
            default -> modify(c, in, Operand.source(c, in));
        }
    }

    /** The operations of two operands whose result replaces the first, and those of one. */
    private static long compute(CpuState s, Op op, long a, long b, boolean carry, int size) {
        return switch (op) {
            case ADD -> add(s, a, b, size);
            case OR -> or(s, a, b);
            case ADC -> adc(s, a, b, carry, size);
            case SBB -> sbb(s, a, b, carry, size);
            case AND -> and(s, a, b);
            case SUB -> sub(s, a, b, size);
            case XOR -> xor(s, a, b);
            case INC -> inc(s, a, size);
            case DEC -> dec(s, a, size);
            case NOT -> ~a;
            case NEG -> neg(s, a, size);
            default -> throw new AssertionError(op);
        };
    }

    private static void modify(Core c, Insn in, long b) {
        CpuState s = c.state;
        boolean carry = Flags.carry(s);
        int size = in.size;
        if (!Operand.isInMemory(in)) {
            long a = Registers.get(s, in.a, size);
            Registers.set(s, in.a, size, compute(s, in.op, a, b, carry, size));
            return;
        }
        long gva = Operand.writable(c, in);
        if (!in.isLocked()) {
            long a = Registers.extend(c.mmu.read(gva, size), size);
            c.mmu.write(gva, size, compute(s, in.op, a, b, carry, size));
            return;
        }
        // INC and DEC keep CF, which a second try must find as the first did.
        Flags.set(s, Flags.get(s));
        while (true) {
            int status = s.status;
            long a = c.mmu.read(gva, size);
            long r = compute(s, in.op, Registers.extend(a, size), b, carry, size);
            if (c.mmu.compareAndSet(gva, size, a, Registers.zeroExtend(r, size))) {
                return;
            }
            Flags.set(s, status);
        }
    }

    private static void xadd(Core c, Insn in) {
        CpuState s = c.state;
        int size = in.size;
        long b = Registers.get(s, in.b, size);
        if (!Operand.isInMemory(in)) {
            long a = Registers.get(s, in.a, size);
            Registers.set(s, in.b, size, a);
            Registers.set(s, in.a, size, add(s, a, b, size));
            return;
        }
        long gva = Operand.writable(c, in);
        long a;
        long sum;
        do {
            a = c.mmu.read(gva, size);
            sum = Registers.zeroExtend(a + b, size);
        } while (!exchange(c.mmu, in, gva, a, sum));
        add(s, Registers.extend(a, size), b, size);
        Registers.set(s, in.b, size, a);
    }

    /** Replaces what was read; if locked, only if it is still there. */
    static boolean exchange(Mmu mmu, Insn in, long gva, long expected, long value) {
        if (in.isLocked()) {
            return mmu.compareAndSet(gva, in.size, expected, value);
        }
        mmu.write(gva, in.size, value);
        return true;
    }
}
