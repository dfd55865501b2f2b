package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.fp.Extended;
import dev.skerry.execution.x86.fp.ExtendedFormats;
import dev.skerry.execution.x86.fp.FpEnv;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Flags;
import dev.skerry.execution.x86.state.GuestFault;

/**
 * Loads, stores and moves of x87 registers. Intel SDM 2: FLD, FILD, FBLD, FST, FIST, FISTTP, FBSTP,
 * FXCH, FCMOVcc. A load's memory fault comes before anything the operand raises; a store that an
 * unmasked exception stops does not look at memory.
 */
final class X87Transfers {
    private static final long INDEFINITE32 = 0xffc0_0000L;
    private static final long INDEFINITE64 = 0xfff8_0000_0000_0000L;

    private X87Transfers() {}

    /** Memory forms of D9, DB, DD and DF that are no control instructions. */
    static void memory(Core c, Insn in) {
        switch (in.opcode << 4 | in.regField()) {
            case 0xd90 -> load(c, in, 4);
            case 0xdd0 -> load(c, in, 8);
            case 0xdb5 -> loadExtended(c, in, false);
            case 0xdf4 -> loadExtended(c, in, true);
            case 0xdf0 -> loadInteger(c, in, 2);
            case 0xdb0 -> loadInteger(c, in, 4);
            case 0xdf5 -> loadInteger(c, in, 8);
            case 0xd92, 0xdd2, 0xdb2, 0xdf2 -> store(c, in, 0);
            case 0xd93, 0xdd3, 0xdb3, 0xdf3, 0xdf7, 0xdb1, 0xdd1, 0xdf1 -> store(c, in, 1);
            case 0xdb7 -> storeExtended(c, in, false);
            case 0xdf6 -> storeExtended(c, in, true);
            default -> throw c.state.fault(GuestFault.UD);
        }
    }

    private static void load(Core c, Insn in, int size) {
        CpuState s = c.state;
        long raw = Operand.load(c, in, size);
        if (!isRoom(s)) {
            return;
        }
        FpEnv env = s.x87;
        long value =
                size == 4
                        ? ExtendedFormats.load32(env, (int) raw)
                        : ExtendedFormats.load64(env, raw);
        if (!ExtendedFormats.loadBlocked(env)) {
            X87Stack.push(s, env.signExponent, value);
        }
        X87Stack.finish(s);
    }

    private static void loadInteger(Core c, Insn in, int size) {
        CpuState s = c.state;
        long raw = Operand.load(c, in, size);
        if (isRoom(s)) {
            push(s, ExtendedFormats.fromInteger(s.x87, raw));
        }
    }

    private static void loadExtended(Core c, Insn in, boolean decimal) {
        CpuState s = c.state;
        long gva = Address.linear(s, in, 10, Mmu.READ);
        long low = c.mmu.read64(gva);
        int high = (int) c.mmu.read16(gva + 8);
        if (isRoom(s)) {
            FpEnv env = s.x87;
            if (decimal) {
                push(s, ExtendedFormats.fromBcd(env, low, high));
            } else {
                env.signExponent = high;
                push(s, low);
            }
        }
    }

    /** Of what raises nothing. */
    static void push(CpuState s, long significand) {
        s.x87.roundedUp = false;
        X87Stack.push(s, s.x87.signExponent, significand);
        X87Stack.finish(s);
    }

    /** Whether there is a register to push into; if not, the overflow is dealt with. */
    static boolean isRoom(CpuState s) {
        if (X87Stack.isEmpty(s, 7)) {
            return true;
        }
        if (X87Stack.overflows(s)) {
            X87Stack.turn(s, -1);
            X87Stack.setIndefinite(s, 0);
        }
        return false;
    }

    private static int storeSize(Insn in) {
        return switch (in.opcode << 4 | in.regField()) {
            case 0xdf1, 0xdf2, 0xdf3 -> 2;
            case 0xdd1, 0xdd2, 0xdd3, 0xdf7 -> 8;
            default -> 4;
        };
    }

    private static void store(Core c, Insn in, int pops) {
        CpuState s = c.state;
        int size = storeSize(in);
        long gva = Address.linear(s, in, size, Mmu.WRITE);
        boolean isInteger = (in.opcode & 2) != 0 || in.regField() == 1;
        if (X87Stack.isEmpty(s, 0)) {
            probeMasked(c, gva, size);
            if (X87Stack.underflows(s)) {
                long indefinite = size == 4 ? INDEFINITE32 : INDEFINITE64;
                c.mmu.write(gva, size, isInteger ? -1L << 8 * size - 1 : indefinite);
                X87Stack.pop(s, pops);
            }
            return;
        }
        FpEnv env = s.x87;
        long value = isInteger ? integer(s, in.regField() == 1, 8 * size) : floating(s, size);
        boolean stored = !ExtendedFormats.storeBlocked(env);
        if (stored) {
            c.mmu.write(gva, size, value);
        }
        X87Stack.finish(s);
        if (stored) {
            X87Stack.pop(s, pops);
        }
    }

    /** An unmasked stack fault keeps memory from being looked at. */
    private static void probeMasked(Core c, long gva, int size) {
        if ((c.state.fpControl & FpEnv.INVALID) != 0) {
            c.mmu.probeWrite(gva, size);
        }
    }

    private static long integer(CpuState s, boolean truncates, int bits) {
        int se = X87Stack.signExponent(s, 0);
        long value = X87Stack.significand(s, 0);
        return truncates
                ? ExtendedFormats.truncateToInteger(s.x87, se, value, bits)
                : ExtendedFormats.toInteger(s.x87, se, value, bits);
    }

    private static long floating(CpuState s, int size) {
        int se = X87Stack.signExponent(s, 0);
        long value = X87Stack.significand(s, 0);
        return size == 4
                ? ExtendedFormats.store32(s.x87, se, value)
                : ExtendedFormats.store64(s.x87, se, value);
    }

    private static void storeExtended(Core c, Insn in, boolean decimal) {
        CpuState s = c.state;
        long gva = Address.linear(s, in, 10, Mmu.WRITE);
        FpEnv env = s.x87;
        long low;
        if (X87Stack.isEmpty(s, 0)) {
            probeMasked(c, gva, 10);
            if (!X87Stack.underflows(s)) {
                return;
            }
            // The indefinite decimal has the bits of the indefinite number.
            low = Extended.DEFAULT_NAN;
            env.signExponent = Extended.DEFAULT_NAN_EXPONENT;
        } else {
            int se = X87Stack.signExponent(s, 0);
            low = X87Stack.significand(s, 0);
            env.roundedUp = false;
            env.signExponent = se;
            if (decimal) {
                low = ExtendedFormats.toBcd(env, se, low);
            }
            boolean blocked = ExtendedFormats.storeBlocked(env);
            if (!blocked) {
                c.mmu.probeWrite(gva, 10);
            }
            X87Stack.finish(s);
            if (blocked) {
                return;
            }
        }
        c.mmu.write64(gva, low);
        c.mmu.write16(gva + 8, env.signExponent);
        X87Stack.pop(s);
    }

    /** FLD ST(i). */
    static void loadRegister(CpuState s, int i) {
        if (X87Stack.isEmpty(s, i)) {
            if (X87Stack.underflows(s)) {
                X87Stack.turn(s, -1);
                X87Stack.setIndefinite(s, 0);
            }
        } else if (isRoom(s)) {
            s.x87.signExponent = X87Stack.signExponent(s, i);
            push(s, X87Stack.significand(s, i));
        }
    }

    /** FST and FSTP ST(i). */
    static void storeRegister(CpuState s, int i, int pops) {
        if (X87Stack.isEmpty(s, 0)) {
            if (X87Stack.underflows(s)) {
                X87Stack.setIndefinite(s, i);
                X87Stack.pop(s, pops);
            }
            return;
        }
        X87Stack.set(s, i, X87Stack.signExponent(s, 0), X87Stack.significand(s, 0));
        X87Stack.setConditions(s, 0, X87Stack.C1);
        X87Stack.pop(s, pops);
    }

    /** D9 D8+i, which the manual does not tell: as FSTP, but an empty register is popped all the same. */
    static void storeAndPopUnchecked(CpuState s, int i) {
        if (X87Stack.isEmpty(s, 0)) {
            X87Stack.setConditions(s, 0, X87Stack.C1);
            X87Stack.pop(s);
        } else {
            storeRegister(s, i, 1);
        }
    }

    /** FFREE. */
    static void free(CpuState s, int i) {
        X87Stack.free(s, i);
        X87Stack.setConditions(s, 0, X87Stack.C1);
    }

    /** FXCH. */
    static void exchange(CpuState s, int i) {
        if (X87Stack.isEmpty(s, 0) || X87Stack.isEmpty(s, i)) {
            if (!X87Stack.underflows(s)) {
                return;
            }
            fill(s, 0);
            fill(s, i);
        } else {
            X87Stack.setConditions(s, 0, X87Stack.C1);
        }
        int se = X87Stack.signExponent(s, 0);
        long significand = X87Stack.significand(s, 0);
        X87Stack.set(s, 0, X87Stack.signExponent(s, i), X87Stack.significand(s, i));
        X87Stack.set(s, i, se, significand);
    }

    private static void fill(CpuState s, int i) {
        if (X87Stack.isEmpty(s, i)) {
            X87Stack.setIndefinite(s, i);
        }
    }

    /**
     * FCMOVcc.
     *
     * @param condition as in Jcc
     */
    static void conditional(CpuState s, int i, int condition) {
        if (X87Stack.isEmpty(s, 0) || X87Stack.isEmpty(s, i)) {
            if (X87Stack.underflows(s)) {
                X87Stack.setIndefinite(s, 0);
            }
            return;
        }
        if (Flags.condition(s, condition)) {
            X87Stack.set(s, 0, X87Stack.signExponent(s, i), X87Stack.significand(s, i));
        }
    }
}
