package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.fp.Extended;
import dev.skerry.execution.x86.fp.FpEnv;
import dev.skerry.execution.x86.state.CpuState;

/**
 * The x87 register stack, and what every instruction leaves in the status word. Intel SDM 1, sections
 * 8.1.2, 8.1.3 and 8.5.1.1. ST(i) is named by i; physical registers by TOP + i.
 */
final class X87Stack {
    static final int C0 = 1 << 8;
    static final int C1 = 1 << 9;
    static final int C2 = 1 << 10;
    static final int C3 = 1 << 14;
    static final int TOP_SHIFT = 11;
    static final int TOP = 7 << TOP_SHIFT;

    /** SF: the invalid operation was the stack's. */
    static final int STACK_FAULT = 1 << 6;

    /** ES: an unmasked exception is pending. */
    static final int ERROR_SUMMARY = 1 << 7;

    /** B follows ES (Intel SDM 1, section 8.1.3). */
    static final int BUSY = 1 << 15;

    private X87Stack() {}

    static int physical(CpuState s, int i) {
        return (s.fpStatus >>> TOP_SHIFT) + i & 7;
    }

    static boolean isEmpty(CpuState s, int i) {
        return (s.fpInUse >>> physical(s, i) & 1) == 0;
    }

    static long significand(CpuState s, int i) {
        return s.fpSignificand[physical(s, i)];
    }

    static int signExponent(CpuState s, int i) {
        return s.fpSignExponent[physical(s, i)] & 0xffff;
    }

    static void set(CpuState s, int i, int signExponent, long significand) {
        int n = physical(s, i);
        s.fpSignificand[n] = significand;
        s.fpSignExponent[n] = signExponent;
        s.fpInUse |= 1 << n;
    }

    static void setIndefinite(CpuState s, int i) {
        set(s, i, Extended.DEFAULT_NAN_EXPONENT, Extended.DEFAULT_NAN);
    }

    static void turn(CpuState s, int by) {
        s.fpStatus = s.fpStatus & ~TOP | s.fpStatus + (by << TOP_SHIFT) & TOP;
    }

    static void push(CpuState s, int signExponent, long significand) {
        turn(s, -1);
        set(s, 0, signExponent, significand);
    }

    static void free(CpuState s, int i) {
        s.fpInUse &= ~(1 << physical(s, i));
    }

    static void pop(CpuState s) {
        free(s, 0);
        turn(s, 1);
    }

    static void pop(CpuState s, int count) {
        for (int i = 0; i < count; i++) {
            pop(s);
        }
    }

    /**
     * An operand is in an empty register.
     *
     * @return whether that is masked: the result is the indefinite one then, otherwise there is none
     */
    static boolean underflows(CpuState s) {
        return fault(s, 0);
    }

    /** As {@link #underflows}: a register to push into is in use. */
    static boolean overflows(CpuState s) {
        return fault(s, C1);
    }

    private static boolean fault(CpuState s, int c1) {
        // Nothing else that the operands could raise is looked at.
        s.x87.raised = FpEnv.INVALID;
        finish(s);
        s.fpStatus = s.fpStatus & ~C1 | c1 | STACK_FAULT;
        return (s.fpControl & FpEnv.INVALID) != 0;
    }

    /** Ends an instruction that was computed: exceptions become sticky or pending, C1 says roundedUp. */
    static void finish(CpuState s) {
        FpEnv env = s.x87;
        if (env.raised != 0) {
            int pending = env.settle() ? ERROR_SUMMARY | BUSY : 0;
            s.fpStatus |= env.flags() | pending;
        }
        s.fpStatus = s.fpStatus & ~C1 | (env.roundedUp ? C1 : 0);
    }

    static void setConditions(CpuState s, int conditions, int mask) {
        s.fpStatus = s.fpStatus & ~mask | conditions;
    }
}
