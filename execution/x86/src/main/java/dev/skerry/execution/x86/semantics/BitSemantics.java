package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;

/** Single bits, scans, counts, byte order and CRC-32C. Intel SDM 2, by instruction. */
public final class BitSemantics {
    /** CRC-32C's polynomial, bits reversed. */
    private static final int CASTAGNOLI = 0x82f63b78;

    private static final int[] CRC = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int crc = i;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ ((crc & 1) != 0 ? CASTAGNOLI : 0);
            }
            CRC[i] = crc;
        }
    }

    private BitSemantics() {}

    public static void execute(Core c, Insn in) {
        CpuState s = c.state;
        switch (in.op) {
            case BT, BTS, BTR, BTC -> test(c, in);
            case BSF, BSR -> scan(c, in);
            case POPCNT -> {
                long value = Registers.zeroExtend(Operand.source(c, in), in.size);
                Registers.set(s, in.a, in.size, Long.bitCount(value));
                Flags.set(s, value == 0 ? Eflags.ZF : 0);
            }
            case CRC32 -> crc32(c, in);
            default -> swap(s, in);
        }
    }

    private static void swap(CpuState s, Insn in) {
        long value = s.gpr[in.a];
        // BSWAP of 16 bits is undefined; processors give zero.
        long swapped =
                switch (in.size) {
                    case 8 -> Long.reverseBytes(value);
                    case 4 -> Integer.reverseBytes((int) value);
                    default -> 0;
                };
        Registers.set(s, in.a, in.size, swapped);
    }

    private static void scan(Core c, Insn in) {
        CpuState s = c.state;
        long value = Registers.zeroExtend(Operand.source(c, in), in.size);
        if (value == 0) {
            // The destination is left as it is, upper half too.
            Flags.set(s, Eflags.ZF, Eflags.ZF);
            return;
        }
        int at =
                in.op == Op.BSF
                        ? Long.numberOfTrailingZeros(value)
                        : 63 - Long.numberOfLeadingZeros(value);
        Registers.set(s, in.a, in.size, at);
        Flags.set(s, 0, Eflags.ZF);
    }

    private static void crc32(Core c, Insn in) {
        CpuState s = c.state;
        int size = in.sourceSize != 0 ? in.sourceSize : in.size;
        long value = Operand.source(c, in, size);
        int crc = (int) s.gpr[in.a];
        for (int i = 0; i < size; i++) {
            crc = crc >>> 8 ^ CRC[(crc ^ (int) (value >>> 8 * i)) & 0xff];
        }
        // The upper half is cleared whatever the operand size.
        s.gpr[in.a] = crc & 0xffff_ffffL;
    }

    private static void test(Core c, Insn in) {
        CpuState s = c.state;
        int bits = 8 * in.size;
        boolean byRegister = in.form == Form.RR || in.form == Form.MR;
        long position = byRegister ? Registers.get(s, in.b, in.size) : in.immediate;
        long mask = 1L << (position & bits - 1);
        if (!Operand.isInMemory(in)) {
            long value = s.gpr[in.a];
            if (in.op != Op.BT) {
                Registers.set(s, in.a, in.size, changed(in.op, value, mask));
            }
            Flags.set(s, (value & mask) != 0 ? Eflags.CF : 0, Eflags.CF);
            return;
        }
        long gva = address(c, in, byRegister ? position : 0);
        if (in.op == Op.BT) {
            boolean set = (c.mmu.read(gva, in.size) & mask) != 0;
            Flags.set(s, set ? Eflags.CF : 0, Eflags.CF);
            return;
        }
        c.mmu.probeWrite(gva, in.size);
        long value;
        do {
            value = c.mmu.read(gva, in.size);
        } while (!IntegerSemantics.exchange(c.mmu, in, gva, value, changed(in.op, value, mask)));
        Flags.set(s, (value & mask) != 0 ? Eflags.CF : 0, Eflags.CF);
    }

    private static long changed(Op op, long value, long mask) {
        return switch (op) {
            case BTS -> value | mask;
            case BTR -> value & ~mask;
            default -> value ^ mask;
        };
    }

    /** A bit position in a register reaches beyond the operand: a string of bits in memory. */
    private static long address(Core c, Insn in, long position) {
        CpuState s = c.state;
        long units = position >> (in.size == 8 ? 6 : in.size == 4 ? 5 : 4);
        long offset = Address.effective(s, in) + units * in.size;
        offset = in.addressSize == 8 ? offset : Registers.zeroExtend(offset, in.addressSize);
        int access = in.op == Op.BT ? Mmu.READ : Mmu.WRITE;
        return Address.linear(s, in.segment, offset, in.size, access);
    }
}
