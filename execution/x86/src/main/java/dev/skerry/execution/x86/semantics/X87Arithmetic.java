package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.fp.Comparison;
import dev.skerry.execution.x86.fp.Extended;
import dev.skerry.execution.x86.fp.ExtendedFormats;
import dev.skerry.execution.x86.fp.FpEnv;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Flags;

/**
 * x87 addition, subtraction, multiplication, division and comparison. The reg field of ModRM says
 * which, in all forms: ADD, MUL, COM, COMP, SUB, SUBR, DIV, DIVR. Intel SDM 2, appendix B.17.
 */
final class X87Arithmetic {
    private static final int COM = 2;
    private static final int COMP = 3;
    private static final int COMPARED = X87Stack.C3 | X87Stack.C2 | X87Stack.C0;

    private X87Arithmetic() {}

    /** ST(0) with a memory operand: D8 (binary32), DC (binary64), DA and DE (integers). */
    static void memory(Core c, Insn in) {
        CpuState s = c.state;
        int size =
                switch (in.opcode) {
                    case 0xdc -> 8;
                    case 0xde -> 2;
                    default -> 4;
                };
        long raw = Operand.load(c, in, size);
        FpEnv env = s.x87;
        int operation = in.regField();
        if (X87Stack.isEmpty(s, 0)) {
            underflow(s, operation);
            return;
        }
        long value =
                switch (in.opcode) {
                    case 0xd8 -> ExtendedFormats.operand32(env, (int) raw);
                    case 0xdc -> ExtendedFormats.operand64(env, raw);
                    default -> ExtendedFormats.fromInteger(env, raw);
                };
        if (operation == COM || operation == COMP) {
            compared(s, env.signExponent, value, true, operation - COM);
        } else {
            into(s, 0, operation, env.signExponent, value);
        }
    }

    private static void underflow(CpuState s, int operation) {
        if (operation == COM || operation == COMP) {
            unordered(s, operation - COM);
        } else if (X87Stack.underflows(s)) {
            X87Stack.setIndefinite(s, 0);
        }
    }

    /** ST(target) = ST(0) op ST(i), by D8 (target 0), DC and DE (target i, popping). */
    static void registers(CpuState s, int operation, int i, int target, int pops) {
        if (X87Stack.isEmpty(s, 0) || X87Stack.isEmpty(s, i)) {
            if (X87Stack.underflows(s)) {
                X87Stack.setIndefinite(s, target);
                X87Stack.pop(s, pops);
            }
            return;
        }
        int se = X87Stack.signExponent(s, i);
        if (into(s, target, operation, se, X87Stack.significand(s, i))) {
            X87Stack.pop(s, pops);
        }
    }

    private static boolean into(CpuState s, int target, int operation, int se, long value) {
        FpEnv env = s.x87;
        int topSe = X87Stack.signExponent(s, 0);
        long top = X87Stack.significand(s, 0);
        long result =
                switch (operation) {
                    case 0 -> Extended.add(env, topSe, top, se, value);
                    case 1 -> Extended.multiply(env, topSe, top, se, value);
                    case 4 -> Extended.subtract(env, topSe, top, se, value);
                    case 5 -> Extended.subtract(env, se, value, topSe, top);
                    case 6 -> Extended.divide(env, topSe, top, se, value);
                    default -> Extended.divide(env, se, value, topSe, top);
                };
        boolean written = !env.blocked();
        if (written) {
            X87Stack.set(s, target, env.signExponent, result);
        }
        X87Stack.finish(s);
        return written;
    }

    /** FCOM and FUCOM: ST(0) with ST(i). */
    static void compare(CpuState s, int i, boolean signaling, int pops) {
        if (X87Stack.isEmpty(s, 0) || X87Stack.isEmpty(s, i)) {
            unordered(s, pops);
            return;
        }
        int se = X87Stack.signExponent(s, i);
        compared(s, se, X87Stack.significand(s, i), signaling, pops);
    }

    /** FTST: ST(0) with zero. */
    static void test(CpuState s) {
        if (X87Stack.isEmpty(s, 0)) {
            unordered(s, 0);
        } else {
            compared(s, 0, 0, true, 0);
        }
    }

    private static void compared(CpuState s, int se, long value, boolean signaling, int pops) {
        FpEnv env = s.x87;
        int topSe = X87Stack.signExponent(s, 0);
        long top = X87Stack.significand(s, 0);
        int outcome = Extended.compare(env, topSe, top, se, value, signaling);
        boolean blocked = env.blocked();
        X87Stack.finish(s);
        X87Stack.setConditions(s, Comparison.conditions(outcome), COMPARED);
        if (!blocked) {
            X87Stack.pop(s, pops);
        }
    }

    private static void unordered(CpuState s, int pops) {
        boolean masked = X87Stack.underflows(s);
        X87Stack.setConditions(s, COMPARED, COMPARED);
        if (masked) {
            X87Stack.pop(s, pops);
        }
    }

    /** FCOMI and FUCOMI: the outcome in RFLAGS, all six. C1 tells of the stack alone. */
    static void compareToFlags(CpuState s, int i, boolean signaling, int pops) {
        int outcome = Comparison.UNORDERED;
        boolean blocked;
        if (X87Stack.isEmpty(s, 0) || X87Stack.isEmpty(s, i)) {
            blocked = !X87Stack.underflows(s);
        } else {
            FpEnv env = s.x87;
            int topSe = X87Stack.signExponent(s, 0);
            long top = X87Stack.significand(s, 0);
            int se = X87Stack.signExponent(s, i);
            outcome = Extended.compare(env, topSe, top, se, X87Stack.significand(s, i), signaling);
            blocked = env.blocked();
            int before = s.fpStatus & X87Stack.C1;
            X87Stack.finish(s);
            X87Stack.setConditions(s, before, X87Stack.C1);
        }
        Flags.set(s, Comparison.flags(outcome));
        if (!blocked) {
            X87Stack.pop(s, pops);
        }
    }
}
