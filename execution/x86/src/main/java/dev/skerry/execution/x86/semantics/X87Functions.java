package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.fp.Extended;
import dev.skerry.execution.x86.fp.ExtendedConstants;
import dev.skerry.execution.x86.fp.ExtendedFormats;
import dev.skerry.execution.x86.fp.ExtendedLogarithm;
import dev.skerry.execution.x86.fp.ExtendedScaling;
import dev.skerry.execution.x86.fp.ExtendedTrigonometry;
import dev.skerry.execution.x86.fp.FpEnv;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;

/** D9 E0 to D9 FF: signs, constants, and functions of one or two numbers. Intel SDM 2. */
final class X87Functions {
    private static final int SIGN = 0x8000;

    private X87Functions() {}

    static void execute(CpuState s, int modrm) {
        switch (modrm) {
            case 0xe0, 0xe1 -> sign(s, modrm == 0xe0);
            case 0xe4 -> X87Arithmetic.test(s);
            case 0xe5 -> examine(s);
            case 0xe8 -> constant(s, ExtendedConstants.ONE);
            case 0xe9 -> constant(s, ExtendedConstants.LOG2_TEN);
            case 0xea -> constant(s, ExtendedConstants.LOG2_E);
            case 0xeb -> constant(s, ExtendedConstants.PI);
            case 0xec -> constant(s, ExtendedConstants.LOG10_TWO);
            case 0xed -> constant(s, ExtendedConstants.LN_TWO);
            case 0xee -> constant(s, ExtendedConstants.ZERO);
            case 0xf1, 0xf3, 0xf9 -> ofTwo(s, modrm);
            case 0xf2, 0xf4, 0xfb -> givingTwo(s, modrm);
            case 0xf5, 0xf8, 0xfd -> bySecond(s, modrm);
            case 0xf6 -> turn(s, -1);
            case 0xf7 -> turn(s, 1);
            case 0xf0, 0xfa, 0xfc, 0xfe, 0xff -> ofOne(s, modrm);
            default -> throw s.fault(GuestFault.UD);
        }
    }

    /** C2 of an instruction that could have left its operand to be reduced further. */
    private static void reduced(CpuState s, boolean says) {
        if (says) {
            X87Stack.setConditions(s, 0, X87Stack.C2);
        }
    }

    private static void turn(CpuState s, int by) {
        X87Stack.turn(s, by);
        X87Stack.setConditions(s, 0, X87Stack.C1);
    }

    private static void sign(CpuState s, boolean changes) {
        if (X87Stack.isEmpty(s, 0)) {
            if (X87Stack.underflows(s)) {
                X87Stack.setIndefinite(s, 0);
            }
            return;
        }
        int se = X87Stack.signExponent(s, 0);
        int result = changes ? se ^ SIGN : se & ~SIGN;
        X87Stack.set(s, 0, result, X87Stack.significand(s, 0));
        X87Stack.setConditions(s, 0, X87Stack.C1);
    }

    private static void examine(CpuState s) {
        int se = X87Stack.signExponent(s, 0);
        int conditions =
                X87Stack.isEmpty(s, 0)
                        ? Extended.examineEmpty(se)
                        : Extended.examine(se, X87Stack.significand(s, 0));
        X87Stack.setConditions(
                s, conditions, X87Stack.C0 | X87Stack.C1 | X87Stack.C2 | X87Stack.C3);
    }

    private static void constant(CpuState s, ExtendedConstants which) {
        if (X87Transfers.isRoom(s)) {
            X87Transfers.push(s, which.load(s.x87));
        }
    }

    private static void ofOne(CpuState s, int modrm) {
        if (X87Stack.isEmpty(s, 0)) {
            if (X87Stack.underflows(s)) {
                X87Stack.setIndefinite(s, 0);
            }
            reduced(s, modrm == 0xfe || modrm == 0xff);
            return;
        }
        FpEnv env = s.x87;
        int se = X87Stack.signExponent(s, 0);
        long x = X87Stack.significand(s, 0);
        env.conditionsMask = 0;
        env.conditions = 0;
        long result =
                switch (modrm) {
                    case 0xf0 -> ExtendedLogarithm.exponential(env, se, x);
                    case 0xfa -> Extended.squareRoot(env, se, x);
                    case 0xfc -> ExtendedFormats.toIntegral(env, se, x);
                    case 0xfe -> ExtendedTrigonometry.sine(env, se, x);
                    default -> ExtendedTrigonometry.cosine(env, se, x);
                };
        write(s, result);
    }

    private static void write(CpuState s, long result) {
        FpEnv env = s.x87;
        if (!env.blocked()) {
            X87Stack.set(s, 0, env.signExponent, result);
        }
        X87Stack.finish(s);
        // After C1 has said that nothing was rounded: FPREM has its own use for it.
        if (env.conditionsMask != 0) {
            int mask = env.conditionsMask & ~(env.roundedUp ? X87Stack.C1 : 0);
            X87Stack.setConditions(s, env.conditions, mask);
        }
    }

    /** FPREM, FPREM1, FSCALE: ST(0) by ST(1). */
    private static void bySecond(CpuState s, int modrm) {
        if (X87Stack.isEmpty(s, 0) || X87Stack.isEmpty(s, 1)) {
            if (X87Stack.underflows(s)) {
                X87Stack.setIndefinite(s, 0);
            }
            reduced(s, modrm != 0xfd);
            return;
        }
        FpEnv env = s.x87;
        int xSe = X87Stack.signExponent(s, 0);
        long x = X87Stack.significand(s, 0);
        int ySe = X87Stack.signExponent(s, 1);
        long y = X87Stack.significand(s, 1);
        env.conditionsMask = 0;
        env.conditions = 0;
        long result =
                switch (modrm) {
                    case 0xf5 -> ExtendedScaling.nearestRemainder(env, xSe, x, ySe, y);
                    case 0xf8 -> ExtendedScaling.remainder(env, xSe, x, ySe, y);
                    default -> ExtendedScaling.scale(env, xSe, x, ySe, y);
                };
        write(s, result);
    }

    /** FYL2X, FPATAN, FYL2XP1: the result replaces both operands. */
    private static void ofTwo(CpuState s, int modrm) {
        if (X87Stack.isEmpty(s, 0) || X87Stack.isEmpty(s, 1)) {
            if (X87Stack.underflows(s)) {
                X87Stack.setIndefinite(s, 1);
                X87Stack.pop(s);
            }
            return;
        }
        FpEnv env = s.x87;
        int xSe = X87Stack.signExponent(s, 0);
        long x = X87Stack.significand(s, 0);
        int ySe = X87Stack.signExponent(s, 1);
        long y = X87Stack.significand(s, 1);
        long result =
                switch (modrm) {
                    case 0xf1 -> ExtendedLogarithm.logarithm(env, xSe, x, ySe, y);
                    case 0xf3 -> ExtendedTrigonometry.arctangent(env, xSe, x, ySe, y);
                    default -> ExtendedLogarithm.logarithmOfOnePlus(env, xSe, x, ySe, y);
                };
        boolean written = !env.blocked();
        if (written) {
            X87Stack.set(s, 1, env.signExponent, result);
        }
        X87Stack.finish(s);
        if (written) {
            X87Stack.pop(s);
        }
    }

    /** FPTAN, FXTRACT, FSINCOS: one result replaces the operand, another is pushed. */
    private static void givingTwo(CpuState s, int modrm) {
        boolean empty = X87Stack.isEmpty(s, 0);
        if (empty || !X87Stack.isEmpty(s, 7)) {
            if (empty ? X87Stack.underflows(s) : X87Stack.overflows(s)) {
                X87Stack.setIndefinite(s, 0);
                X87Stack.turn(s, -1);
                X87Stack.setIndefinite(s, 0);
            }
            reduced(s, modrm != 0xf4);
            return;
        }
        FpEnv env = s.x87;
        int se = X87Stack.signExponent(s, 0);
        long x = X87Stack.significand(s, 0);
        env.conditionsMask = 0;
        env.conditions = 0;
        long pushed =
                switch (modrm) {
                    case 0xf2 -> ExtendedTrigonometry.tangent(env, se, x);
                    case 0xf4 -> ExtendedScaling.extract(env, se, x);
                    default -> ExtendedTrigonometry.sineAndCosine(env, se, x);
                };
        // C2: the operand was too large, and stays.
        if (!env.blocked() && env.conditions == 0) {
            X87Stack.set(s, 0, env.secondSignExponent, env.second);
            X87Stack.push(s, env.signExponent, pushed);
        }
        X87Stack.finish(s);
        X87Stack.setConditions(s, env.conditions, env.conditionsMask & ~X87Stack.C1);
    }
}
