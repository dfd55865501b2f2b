package dev.skerry.execution.x86.decode;

import static dev.skerry.execution.x86.decode.Entry.D64;
import static dev.skerry.execution.x86.decode.Entry.F64;
import static dev.skerry.execution.x86.decode.Entry.LOCK;
import static dev.skerry.execution.x86.decode.Entry.MEMORY;
import static dev.skerry.execution.x86.decode.Entry.NO64;
import static dev.skerry.execution.x86.decode.Entry.of;
import static dev.skerry.execution.x86.decode.Entry.ofSegment;
import static dev.skerry.execution.x86.decode.Operands.*;

import dev.skerry.execution.x86.state.Segment;

import java.util.Arrays;

/** The one-byte opcodes. Intel SDM 2D, table A-2, and table A-6 for those that ModRM extends. */
final class OneByteMap {
    private static final Entry[] MAP = new Entry[256];

    /** Extensions by ModRM's reg field; null where there are none. */
    private static final Entry[][] GROUPS = new Entry[256][];

    static {
        Arrays.fill(MAP, Entry.UNDEFINED);
        arithmetic();
        registers();
        immediates();
        stringsAndAccumulator();
        transfers();
        groups();
    }

    private OneByteMap() {}

    static Entry find(int opcode, int regField) {
        Entry[] group = GROUPS[opcode];
        return group == null ? MAP[opcode] : group[regField];
    }

    private static void arithmetic() {
        Op[] ops = {Op.ADD, Op.OR, Op.ADC, Op.SBB, Op.AND, Op.SUB, Op.XOR, Op.CMP};
        for (int i = 0; i < 8; i++) {
            int lock = ops[i] == Op.CMP ? 0 : LOCK;
            MAP[8 * i] = of(ops[i], EB_GB, lock);
            MAP[8 * i + 1] = of(ops[i], EV_GV, lock);
            MAP[8 * i + 2] = of(ops[i], GB_EB);
            MAP[8 * i + 3] = of(ops[i], GV_EV);
            MAP[8 * i + 4] = of(ops[i], AL_IB);
            MAP[8 * i + 5] = of(ops[i], AX_IZ);
        }
        int[] segments = {Segment.ES, Segment.CS, Segment.SS, Segment.DS};
        for (int i = 0; i < 4; i++) {
            MAP[8 * i + 6] = ofSegment(Op.PUSH_SEGMENT, IMPLIED_V, segments[i], NO64);
            MAP[8 * i + 7] = ofSegment(Op.POP_SEGMENT, IMPLIED_V, segments[i], NO64);
        }
        MAP[0x0f] = Entry.UNDEFINED;
        MAP[0x27] = of(Op.DAA, NONE, NO64);
        MAP[0x2f] = of(Op.DAS, NONE, NO64);
        MAP[0x37] = of(Op.AAA, NONE, NO64);
        MAP[0x3f] = of(Op.AAS, NONE, NO64);
    }

    private static void registers() {
        for (int i = 0; i < 8; i++) {
            MAP[0x40 + i] = of(Op.INC, ZV, NO64);
            MAP[0x48 + i] = of(Op.DEC, ZV, NO64);
            MAP[0x50 + i] = of(Op.PUSH, ZV, D64);
            MAP[0x58 + i] = of(Op.POP, ZV, D64);
            MAP[0x90 + i] = of(Op.XCHG, AX_ZV);
            MAP[0xb0 + i] = of(Op.MOV, ZB_IB);
            MAP[0xb8 + i] = of(Op.MOV, ZV_IV);
        }
        MAP[0x60] = of(Op.PUSHA, IMPLIED_V, NO64);
        MAP[0x61] = of(Op.POPA, IMPLIED_V, NO64);
        MAP[0x62] = of(Op.BOUND, GV_M, NO64);
        MAP[0x63] = of(Op.ARPL, EW, NO64);
        MAP[0x84] = of(Op.TEST, EB_GB);
        MAP[0x85] = of(Op.TEST, EV_GV);
        MAP[0x86] = of(Op.XCHG, EB_GB, LOCK);
        MAP[0x87] = of(Op.XCHG, EV_GV, LOCK);
        MAP[0x88] = of(Op.MOV, EB_GB);
        MAP[0x89] = of(Op.MOV, EV_GV);
        MAP[0x8a] = of(Op.MOV, GB_EB);
        MAP[0x8b] = of(Op.MOV, GV_EV);
        MAP[0x8c] = of(Op.MOV_FROM_SEGMENT, EV_SW);
        MAP[0x8d] = of(Op.LEA, GV_M, MEMORY);
        MAP[0x8e] = of(Op.MOV_TO_SEGMENT, SW_EW);
        MAP[0xc4] = ofSegment(Op.LOAD_FAR_POINTER, GV_M, Segment.ES, NO64, MEMORY);
        MAP[0xc5] = ofSegment(Op.LOAD_FAR_POINTER, GV_M, Segment.DS, NO64, MEMORY);
        for (int i = 0; i < 8; i++) {
            MAP[0xd8 + i] = of(Op.X87, X87);
        }
    }

    private static void immediates() {
        MAP[0x68] = of(Op.PUSH, IZ, D64);
        MAP[0x69] = of(Op.IMUL, GV_EV_IZ);
        MAP[0x6a] = of(Op.PUSH, IB, D64);
        MAP[0x6b] = of(Op.IMUL, GV_EV_IB);
        MAP[0xa8] = of(Op.TEST, AL_IB);
        MAP[0xa9] = of(Op.TEST, AX_IZ);
        MAP[0xc8] = of(Op.ENTER, IW_IB, D64);
        MAP[0xc9] = of(Op.LEAVE, IMPLIED_V, D64);
        MAP[0xd4] = of(Op.AAM, UB, NO64);
        MAP[0xd5] = of(Op.AAD, UB, NO64);
        MAP[0xe4] = of(Op.IN, UB);
        MAP[0xe5] = of(Op.IN, UB);
        MAP[0xe6] = of(Op.OUT, UB);
        MAP[0xe7] = of(Op.OUT, UB);
        MAP[0xec] = of(Op.IN, IMPLIED_B);
        MAP[0xed] = of(Op.IN, IMPLIED_V);
        MAP[0xee] = of(Op.OUT, IMPLIED_B);
        MAP[0xef] = of(Op.OUT, IMPLIED_V);
    }

    private static void stringsAndAccumulator() {
        both(0x6c, Op.INS);
        both(0x6e, Op.OUTS);
        both(0xa4, Op.MOVS);
        both(0xa6, Op.CMPS);
        both(0xaa, Op.STOS);
        both(0xac, Op.LODS);
        both(0xae, Op.SCAS);
        MAP[0x98] = of(Op.CBW, IMPLIED_V);
        MAP[0x99] = of(Op.CWD, IMPLIED_V);
        MAP[0x9b] = of(Op.X87, NONE);
        MAP[0x9c] = of(Op.PUSHF, IMPLIED_V, D64);
        MAP[0x9d] = of(Op.POPF, IMPLIED_V, D64);
        MAP[0x9e] = of(Op.SAHF, NONE);
        MAP[0x9f] = of(Op.LAHF, NONE);
        MAP[0xa0] = of(Op.MOV, AL_O);
        MAP[0xa1] = of(Op.MOV, AX_O);
        MAP[0xa2] = of(Op.MOV, O_AL);
        MAP[0xa3] = of(Op.MOV, O_AX);
        MAP[0xd7] = of(Op.XLAT, IMPLIED_B);
        MAP[0xf4] = of(Op.HLT, NONE);
        MAP[0xf5] = of(Op.CMC, NONE);
        MAP[0xf8] = of(Op.CLC, NONE);
        MAP[0xf9] = of(Op.STC, NONE);
        MAP[0xfa] = of(Op.CLI, NONE);
        MAP[0xfb] = of(Op.STI, NONE);
        MAP[0xfc] = of(Op.CLD, NONE);
        MAP[0xfd] = of(Op.STD, NONE);
    }

    private static void both(int opcode, Op op) {
        MAP[opcode] = of(op, IMPLIED_B);
        MAP[opcode + 1] = of(op, IMPLIED_V);
    }

    private static void transfers() {
        for (int i = 0; i < 16; i++) {
            MAP[0x70 + i] = of(Op.JCC, JB, F64);
        }
        MAP[0x9a] = of(Op.CALL_FAR, AP, NO64);
        MAP[0xc2] = of(Op.RET, IW, F64);
        MAP[0xc3] = of(Op.RET, IMPLIED_V, F64);
        MAP[0xca] = of(Op.RET_FAR, IW);
        MAP[0xcb] = of(Op.RET_FAR, IMPLIED_V);
        MAP[0xcc] = of(Op.INT3, NONE);
        MAP[0xcd] = of(Op.INT, UB);
        MAP[0xce] = of(Op.INTO, NONE, NO64);
        MAP[0xcf] = of(Op.IRET, IMPLIED_V);
        MAP[0xe0] = of(Op.LOOPNE, JB, F64);
        MAP[0xe1] = of(Op.LOOPE, JB, F64);
        MAP[0xe2] = of(Op.LOOP, JB, F64);
        MAP[0xe3] = of(Op.JCXZ, JB, F64);
        MAP[0xe8] = of(Op.CALL, JZ, F64);
        MAP[0xe9] = of(Op.JMP, JZ, F64);
        MAP[0xea] = of(Op.JMP_FAR, AP, NO64);
        MAP[0xeb] = of(Op.JMP, JB, F64);
        MAP[0xf1] = of(Op.INT1, NONE);
    }

    private static void groups() {
        Op[] arithmetic = {Op.ADD, Op.OR, Op.ADC, Op.SBB, Op.AND, Op.SUB, Op.XOR, Op.CMP};
        GROUPS[0x80] = lockable(EB_IB, arithmetic);
        GROUPS[0x81] = lockable(EV_IZ, arithmetic);
        GROUPS[0x82] = lockable(EB_IB, arithmetic);
        for (int i = 0; i < 8; i++) {
            Entry entry = GROUPS[0x82][i];
            GROUPS[0x82][i] = of(entry.op(), EB_IB, entry.flags(), NO64);
        }
        GROUPS[0x83] = lockable(EV_IB, arithmetic);
        GROUPS[0x8f] = group();
        GROUPS[0x8f][0] = of(Op.POP, EV, D64);
        // The sixth is an alias of SHL on every processor.
        Op[] shifts = {Op.ROL, Op.ROR, Op.RCL, Op.RCR, Op.SHL, Op.SHR, Op.SHL, Op.SAR};
        GROUPS[0xc0] = plain(EB_IB, shifts);
        GROUPS[0xc1] = plain(EV_IB, shifts);
        GROUPS[0xd0] = plain(EB_1, shifts);
        GROUPS[0xd1] = plain(EV_1, shifts);
        GROUPS[0xd2] = plain(EB, shifts);
        GROUPS[0xd3] = plain(EV, shifts);
        GROUPS[0xc6] = group();
        GROUPS[0xc6][0] = of(Op.MOV, EB_IB);
        GROUPS[0xc7] = group();
        GROUPS[0xc7][0] = of(Op.MOV, EV_IZ);
        GROUPS[0xf6] = unary(EB, EB_IB);
        GROUPS[0xf7] = unary(EV, EV_IZ);
        GROUPS[0xfe] = group();
        GROUPS[0xfe][0] = of(Op.INC, EB, LOCK);
        GROUPS[0xfe][1] = of(Op.DEC, EB, LOCK);
        GROUPS[0xff] =
                new Entry[] {
                    of(Op.INC, EV, LOCK),
                    of(Op.DEC, EV, LOCK),
                    of(Op.CALL, EV, F64),
                    of(Op.CALL_FAR, MP, MEMORY),
                    of(Op.JMP, EV, F64),
                    of(Op.JMP_FAR, MP, MEMORY),
                    of(Op.PUSH, EV, D64),
                    Entry.UNDEFINED
                };
    }

    private static Entry[] unary(Operands alone, Operands withImmediate) {
        return new Entry[] {
            of(Op.TEST, withImmediate),
            of(Op.TEST, withImmediate),
            of(Op.NOT, alone, LOCK),
            of(Op.NEG, alone, LOCK),
            of(Op.MUL, alone),
            of(Op.IMUL_ACC, alone),
            of(Op.DIV, alone),
            of(Op.IDIV, alone)
        };
    }

    static Entry[] group() {
        Entry[] group = new Entry[8];
        Arrays.fill(group, Entry.UNDEFINED);
        return group;
    }

    private static Entry[] plain(Operands operands, Op... ops) {
        Entry[] group = group();
        for (int i = 0; i < ops.length; i++) {
            group[i] = of(ops[i], operands);
        }
        return group;
    }

    private static Entry[] lockable(Operands operands, Op... ops) {
        Entry[] group = group();
        for (int i = 0; i < ops.length; i++) {
            group[i] = of(ops[i], operands, ops[i] == Op.CMP ? 0 : LOCK);
        }
        return group;
    }
}
