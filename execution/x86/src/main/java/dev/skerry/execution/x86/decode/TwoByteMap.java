package dev.skerry.execution.x86.decode;

import static dev.skerry.execution.x86.decode.Entry.D64;
import static dev.skerry.execution.x86.decode.Entry.F64;
import static dev.skerry.execution.x86.decode.Entry.LOCK;
import static dev.skerry.execution.x86.decode.Entry.MEMORY;
import static dev.skerry.execution.x86.decode.Entry.ONLY64;
import static dev.skerry.execution.x86.decode.Entry.REGISTER;
import static dev.skerry.execution.x86.decode.Entry.of;
import static dev.skerry.execution.x86.decode.Entry.ofSegment;
import static dev.skerry.execution.x86.decode.Operands.*;

import dev.skerry.execution.x86.state.Segment;

import java.util.Arrays;

/**
 * The opcodes behind 0F, 0F 38 and 0F 3A. Intel SDM 2D, tables. Where a prefix chooses
 * among integer or system instructions, {@link #find} does so; the SSE ones choose for themselves.
 */
final class TwoByteMap {
    private static final Entry[] MAP = new Entry[256];
    private static final Entry[][] GROUPS = new Entry[256][];
    private static final Entry POPCNT = of(Op.POPCNT, GV_EV);
    private static final Entry MOVBE_LOAD = of(Op.MOVBE, GV_M, MEMORY);
    private static final Entry MOVBE_STORE = of(Op.MOVBE, EV_GV, MEMORY);
    private static final Entry CRC32_BYTE = of(Op.CRC32, GV_EB);
    private static final Entry CRC32_WORD = of(Op.CRC32, GV_EV);
    private static final Entry INVPCID = of(Op.INVPCID, GV_M, MEMORY, F64);
    private static final Entry SSE = of(Op.SSE, Operands.SSE);
    private static final Entry SSE_IMMEDIATE = of(Op.SSE, SSE_IB);
    private static final Entry FENCE = of(Op.FENCE, ED);
    private static final Entry CLFLUSH = of(Op.CLFLUSH, EB);
    private static final Entry[] BASES = {
        of(Op.RDFSBASE, EV, ONLY64),
        of(Op.RDGSBASE, EV, ONLY64),
        of(Op.WRFSBASE, EV, ONLY64),
        of(Op.WRGSBASE, EV, ONLY64)
    };
    private static final Entry[] GROUP_7_REGISTERS = new Entry[64];

    static {
        Arrays.fill(MAP, Entry.UNDEFINED);
        system();
        sse();
        integers();
        groups();
    }

    private TwoByteMap() {}

    /** @param prefixes as in {@link Insn#prefixes} */
    static Entry find(int opcode, int modrm, int prefixes) {
        int low = opcode & 0xff;
        switch (opcode & 0x300) {
            case Insn.MAP_0F38:
                return find38(low, prefixes);
            case Insn.MAP_0F3A:
                return SSE_IMMEDIATE;
            default:
        }
        if (low == 0x01 && modrm >= 0xc0 && modrm >>> 3 != 0x1c && modrm >>> 3 != 0x1e) {
            return GROUP_7_REGISTERS[modrm & 0x3f];
        }
        if (low == 0xae) {
            return group15(modrm, prefixes);
        }
        if (low == 0xb8) {
            return (prefixes & Insn.REP) != 0 ? POPCNT : Entry.UNDEFINED;
        }
        Entry[] group = GROUPS[low];
        return group == null ? MAP[low] : group[modrm >>> 3 & 7];
    }

    private static Entry find38(int low, int prefixes) {
        boolean repne = (prefixes & Insn.REPNE) != 0;
        return switch (low) {
            case 0xf0 -> repne ? CRC32_BYTE : MOVBE_LOAD;
            case 0xf1 -> repne ? CRC32_WORD : MOVBE_STORE;
            case 0x82 -> (prefixes & Insn.OPERAND_SIZE) != 0 ? INVPCID : Entry.UNDEFINED;
            default -> low < 0x80 ? SSE : Entry.UNDEFINED;
        };
    }

    private static Entry group15(int modrm, int prefixes) {
        int reg = modrm >>> 3 & 7;
        if (modrm < 0xc0) {
            return reg == 7 ? CLFLUSH : SSE;
        }
        if ((prefixes & Insn.REP) != 0) {
            return reg < 4 ? BASES[reg] : Entry.UNDEFINED;
        }
        return reg >= 5 ? FENCE : Entry.UNDEFINED;
    }

    private static void system() {
        MAP[0x02] = of(Op.LAR, GV_EW);
        MAP[0x03] = of(Op.LSL, GV_EW);
        MAP[0x05] = of(Op.SYSCALL, NONE);
        MAP[0x06] = of(Op.CLTS, NONE);
        MAP[0x07] = of(Op.SYSRET, IMPLIED_V);
        MAP[0x08] = of(Op.INVD, NONE);
        MAP[0x09] = of(Op.WBINVD, NONE);
        MAP[0x20] = of(Op.MOV_FROM_CR, CONTROL, F64);
        MAP[0x21] = of(Op.MOV_FROM_DR, CONTROL, F64);
        MAP[0x22] = of(Op.MOV_TO_CR, CONTROL, F64);
        MAP[0x23] = of(Op.MOV_TO_DR, CONTROL, F64);
        MAP[0x30] = of(Op.WRMSR, NONE);
        MAP[0x31] = of(Op.RDTSC, NONE);
        MAP[0x32] = of(Op.RDMSR, NONE);
        MAP[0x33] = of(Op.RDPMC, NONE);
        MAP[0x34] = of(Op.SYSENTER, NONE);
        MAP[0x35] = of(Op.SYSEXIT, IMPLIED_V);
        MAP[0xa2] = of(Op.CPUID, NONE);
        MAP[0xaa] = of(Op.RSM, NONE);
        // Hints that name memory and touch none: PREFETCH, and those kept free for more.
        MAP[0x0d] = of(Op.NOP, EV);
        for (int i = 0x18; i < 0x20; i++) {
            MAP[i] = of(Op.NOP, EV);
        }
    }

    private static void sse() {
        int[][] ranges = {
            {0x10, 0x17}, {0x28, 0x2f}, {0x50, 0x6f}, {0x74, 0x76}, {0x7c, 0x7f}, {0xd0, 0xfe}
        };
        for (int[] range : ranges) {
            Arrays.fill(MAP, range[0], range[1] + 1, SSE);
        }
        MAP[0x77] = of(Op.SSE, NONE);
        MAP[0xc3] = of(Op.SSE, Operands.SSE, MEMORY);
        for (int opcode : new int[] {0x70, 0x71, 0x72, 0x73, 0xc2, 0xc4, 0xc5, 0xc6}) {
            MAP[opcode] = SSE_IMMEDIATE;
        }
    }

    private static void integers() {
        for (int i = 0; i < 16; i++) {
            MAP[0x40 + i] = of(Op.CMOV, GV_EV);
            MAP[0x80 + i] = of(Op.JCC, JZ, F64);
            MAP[0x90 + i] = of(Op.SETCC, EB);
        }
        MAP[0xa0] = ofSegment(Op.PUSH_SEGMENT, IMPLIED_V, Segment.FS, D64);
        MAP[0xa1] = ofSegment(Op.POP_SEGMENT, IMPLIED_V, Segment.FS, D64);
        MAP[0xa3] = of(Op.BT, EV_GV);
        MAP[0xa4] = of(Op.SHLD, EV_GV_IB);
        MAP[0xa5] = of(Op.SHLD, EV_GV);
        MAP[0xa8] = ofSegment(Op.PUSH_SEGMENT, IMPLIED_V, Segment.GS, D64);
        MAP[0xa9] = ofSegment(Op.POP_SEGMENT, IMPLIED_V, Segment.GS, D64);
        MAP[0xab] = of(Op.BTS, EV_GV, LOCK);
        MAP[0xac] = of(Op.SHRD, EV_GV_IB);
        MAP[0xad] = of(Op.SHRD, EV_GV);
        MAP[0xaf] = of(Op.IMUL, GV_EV);
        MAP[0xb0] = of(Op.CMPXCHG, EB_GB, LOCK);
        MAP[0xb1] = of(Op.CMPXCHG, EV_GV, LOCK);
        MAP[0xb2] = ofSegment(Op.LOAD_FAR_POINTER, GV_M, Segment.SS, MEMORY);
        MAP[0xb3] = of(Op.BTR, EV_GV, LOCK);
        MAP[0xb4] = ofSegment(Op.LOAD_FAR_POINTER, GV_M, Segment.FS, MEMORY);
        MAP[0xb5] = ofSegment(Op.LOAD_FAR_POINTER, GV_M, Segment.GS, MEMORY);
        MAP[0xb6] = of(Op.MOVZX, GV_EB);
        MAP[0xb7] = of(Op.MOVZX, GV_EW);
        MAP[0xbb] = of(Op.BTC, EV_GV, LOCK);
        MAP[0xbc] = of(Op.BSF, GV_EV);
        MAP[0xbd] = of(Op.BSR, GV_EV);
        MAP[0xbe] = of(Op.MOVSX, GV_EB);
        MAP[0xbf] = of(Op.MOVSX, GV_EW);
        MAP[0xc0] = of(Op.XADD, EB_GB, LOCK);
        MAP[0xc1] = of(Op.XADD, EV_GV, LOCK);
        for (int i = 0; i < 8; i++) {
            MAP[0xc8 + i] = of(Op.BSWAP, ZV);
        }
    }

    private static void groups() {
        GROUPS[0x00] = OneByteMap.group();
        GROUPS[0x00][0] = of(Op.SLDT, EV);
        GROUPS[0x00][1] = of(Op.STR, EV);
        GROUPS[0x00][2] = of(Op.LLDT, EW);
        GROUPS[0x00][3] = of(Op.LTR, EW);
        GROUPS[0x00][4] = of(Op.VERR, EW);
        GROUPS[0x00][5] = of(Op.VERW, EW);
        GROUPS[0x01] = OneByteMap.group();
        GROUPS[0x01][0] = of(Op.SGDT, M, F64);
        GROUPS[0x01][1] = of(Op.SIDT, M, F64);
        GROUPS[0x01][2] = of(Op.LGDT, M, F64);
        GROUPS[0x01][3] = of(Op.LIDT, M, F64);
        GROUPS[0x01][4] = of(Op.SMSW, EV);
        GROUPS[0x01][6] = of(Op.LMSW, EW);
        GROUPS[0x01][7] = of(Op.INVLPG, M);
        Arrays.fill(GROUP_7_REGISTERS, Entry.UNDEFINED);
        GROUP_7_REGISTERS[0xca & 0x3f] = of(Op.CLAC, ED);
        GROUP_7_REGISTERS[0xcb & 0x3f] = of(Op.STAC, ED);
        GROUP_7_REGISTERS[0xd0 & 0x3f] = of(Op.XGETBV, ED);
        GROUP_7_REGISTERS[0xd1 & 0x3f] = of(Op.XSETBV, ED);
        GROUP_7_REGISTERS[0xf8 & 0x3f] = of(Op.SWAPGS, ED, ONLY64);
        GROUP_7_REGISTERS[0xf9 & 0x3f] = of(Op.RDTSCP, ED);
        GROUPS[0xba] = OneByteMap.group();
        GROUPS[0xba][4] = of(Op.BT, EV_IB);
        GROUPS[0xba][5] = of(Op.BTS, EV_IB, LOCK);
        GROUPS[0xba][6] = of(Op.BTR, EV_IB, LOCK);
        GROUPS[0xba][7] = of(Op.BTC, EV_IB, LOCK);
        GROUPS[0xc7] = OneByteMap.group();
        // CMPXCHG8B, or CMPXCHG16B with REX.W: the decoder tells them apart.
        GROUPS[0xc7][1] = of(Op.CMPXCHG8B, M, LOCK, MEMORY);
        GROUPS[0xc7][6] = of(Op.RDRAND, EV, REGISTER);
    }
}
