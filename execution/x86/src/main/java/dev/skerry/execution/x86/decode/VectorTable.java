package dev.skerry.execution.x86.decode;

import java.util.HashMap;
import java.util.Map;

/**
 * The opcodes of MMX and SSE. A line is an opcode and what it means without a prefix, with 66, F3
 * and F2; a dash is nothing. Intel SDM 2D, tables.
 */
final class VectorTable {
    private static final String MAP_0F =
            """
            10 LOAD_UNALIGNED LOAD_UNALIGNED MOVSS MOVSD
            11 STORE_UNALIGNED STORE_UNALIGNED MOVSS_STORE MOVSD_STORE
            12 MOVLP MOVLP MOVSLDUP MOVDDUP
            13 MOVLP_STORE MOVLP_STORE - -
            14 PUNPCKLDQ PUNPCKLQDQ - -
            15 PUNPCKHDQ PUNPCKHQDQ - -
            16 MOVHP MOVHP MOVSHDUP -
            17 MOVHP_STORE MOVHP_STORE - -
            28 LOAD_ALIGNED LOAD_ALIGNED - -
            29 STORE_ALIGNED STORE_ALIGNED - -
            2a CVTPI2PS CVTPI2PD CVTSI2SS CVTSI2SD
            2b STORE_STREAMING STORE_STREAMING - -
            2c CVTTPS2PI CVTTPD2PI CVTTSS2SI CVTTSD2SI
            2d CVTPS2PI CVTPD2PI CVTSS2SI CVTSD2SI
            2e UCOMISS UCOMISD - -
            2f COMISS COMISD - -
            50 MOVMSKPS MOVMSKPD - -
            51 SQRTPS SQRTPD SQRTSS SQRTSD
            52 RSQRTPS - RSQRTSS -
            53 RCPPS - RCPSS -
            54 PAND PAND - -
            55 PANDN PANDN - -
            56 POR POR - -
            57 PXOR PXOR - -
            58 ADDPS ADDPD ADDSS ADDSD
            59 MULPS MULPD MULSS MULSD
            5a CVTPS2PD CVTPD2PS CVTSS2SD CVTSD2SS
            5b CVTDQ2PS CVTPS2DQ CVTTPS2DQ -
            5c SUBPS SUBPD SUBSS SUBSD
            5d MINPS MINPD MINSS MINSD
            5e DIVPS DIVPD DIVSS DIVSD
            5f MAXPS MAXPD MAXSS MAXSD
            60 PUNPCKLBW PUNPCKLBW - -
            61 PUNPCKLWD PUNPCKLWD - -
            62 PUNPCKLDQ PUNPCKLDQ - -
            63 PACKSSWB PACKSSWB - -
            64 PCMPGTB PCMPGTB - -
            65 PCMPGTW PCMPGTW - -
            66 PCMPGTD PCMPGTD - -
            67 PACKUSWB PACKUSWB - -
            68 PUNPCKHBW PUNPCKHBW - -
            69 PUNPCKHWD PUNPCKHWD - -
            6a PUNPCKHDQ PUNPCKHDQ - -
            6b PACKSSDW PACKSSDW - -
            6c - PUNPCKLQDQ - -
            6d - PUNPCKHQDQ - -
            6e MOVD MOVD - -
            6f MOVQ_MMX LOAD_ALIGNED LOAD_UNALIGNED -
            70 PSHUFW PSHUFD PSHUFHW PSHUFLW
            74 PCMPEQB PCMPEQB - -
            75 PCMPEQW PCMPEQW - -
            76 PCMPEQD PCMPEQD - -
            77 EMMS - - -
            7c - HADDPD - HADDPS
            7d - HSUBPD - HSUBPS
            7e MOVD_STORE MOVD_STORE MOVQ -
            7f MOVQ_MMX_STORE STORE_ALIGNED STORE_UNALIGNED -
            c2 CMPPS CMPPD CMPSS CMPSD
            c3 MOVNTI - - -
            c4 PINSRW PINSRW - -
            c5 PEXTRW PEXTRW - -
            c6 SHUFPS SHUFPD - -
            d0 - ADDSUBPD - ADDSUBPS
            d1 PSRLW PSRLW - -
            d2 PSRLD PSRLD - -
            d3 PSRLQ PSRLQ - -
            d4 PADDQ PADDQ - -
            d5 PMULLW PMULLW - -
            d6 - MOVQ_STORE MOVQ2DQ MOVDQ2Q
            d7 PMOVMSKB PMOVMSKB - -
            d8 PSUBUSB PSUBUSB - -
            d9 PSUBUSW PSUBUSW - -
            da PMINUB PMINUB - -
            db PAND PAND - -
            dc PADDUSB PADDUSB - -
            dd PADDUSW PADDUSW - -
            de PMAXUB PMAXUB - -
            df PANDN PANDN - -
            e0 PAVGB PAVGB - -
            e1 PSRAW PSRAW - -
            e2 PSRAD PSRAD - -
            e3 PAVGW PAVGW - -
            e4 PMULHUW PMULHUW - -
            e5 PMULHW PMULHW - -
            e6 - CVTTPD2DQ CVTDQ2PD CVTPD2DQ
            e7 MOVNTQ STORE_STREAMING - -
            e8 PSUBSB PSUBSB - -
            e9 PSUBSW PSUBSW - -
            ea PMINSW PMINSW - -
            eb POR POR - -
            ec PADDSB PADDSB - -
            ed PADDSW PADDSW - -
            ee PMAXSW PMAXSW - -
            ef PXOR PXOR - -
            f0 - - - LOAD_UNALIGNED
            f1 PSLLW PSLLW - -
            f2 PSLLD PSLLD - -
            f3 PSLLQ PSLLQ - -
            f4 PMULUDQ PMULUDQ - -
            f5 PMADDWD PMADDWD - -
            f6 PSADBW PSADBW - -
            f7 MASKMOV MASKMOV - -
            f8 PSUBB PSUBB - -
            f9 PSUBW PSUBW - -
            fa PSUBD PSUBD - -
            fb PSUBQ PSUBQ - -
            fc PADDB PADDB - -
            fd PADDW PADDW - -
            fe PADDD PADDD - -
            """;

    private static final String MAP_0F38 =
            """
            00 PSHUFB PSHUFB - -
            01 PHADDW PHADDW - -
            02 PHADDD PHADDD - -
            03 PHADDSW PHADDSW - -
            04 PMADDUBSW PMADDUBSW - -
            05 PHSUBW PHSUBW - -
            06 PHSUBD PHSUBD - -
            07 PHSUBSW PHSUBSW - -
            08 PSIGNB PSIGNB - -
            09 PSIGNW PSIGNW - -
            0a PSIGND PSIGND - -
            0b PMULHRSW PMULHRSW - -
            10 - PBLENDVB - -
            14 - BLENDVPS - -
            15 - BLENDVPD - -
            17 - PTEST - -
            1c PABSB PABSB - -
            1d PABSW PABSW - -
            1e PABSD PABSD - -
            20 - PMOVSXBW - -
            21 - PMOVSXBD - -
            22 - PMOVSXBQ - -
            23 - PMOVSXWD - -
            24 - PMOVSXWQ - -
            25 - PMOVSXDQ - -
            28 - PMULDQ - -
            29 - PCMPEQQ - -
            2a - LOAD_ALIGNED - -
            2b - PACKUSDW - -
            30 - PMOVZXBW - -
            31 - PMOVZXBD - -
            32 - PMOVZXBQ - -
            33 - PMOVZXWD - -
            34 - PMOVZXWQ - -
            35 - PMOVZXDQ - -
            37 - PCMPGTQ - -
            38 - PMINSB - -
            39 - PMINSD - -
            3a - PMINUW - -
            3b - PMINUD - -
            3c - PMAXSB - -
            3d - PMAXSD - -
            3e - PMAXUW - -
            3f - PMAXUD - -
            40 - PMULLD - -
            41 - PHMINPOSUW - -
            """;

    private static final String MAP_0F3A =
            """
            08 - ROUNDPS - -
            09 - ROUNDPD - -
            0a - ROUNDSS - -
            0b - ROUNDSD - -
            0c - BLENDPS - -
            0d - BLENDPD - -
            0e - PBLENDW - -
            0f PALIGNR PALIGNR - -
            14 - PEXTRB - -
            15 - PEXTRW_STORE - -
            16 - PEXTRD - -
            17 - EXTRACTPS - -
            20 - PINSRB - -
            21 - INSERTPS - -
            22 - PINSRD - -
            40 - DPPS - -
            41 - DPPD - -
            42 - MPSADBW - -
            60 - PCMPESTRM - -
            61 - PCMPESTRI - -
            62 - PCMPISTRM - -
            63 - PCMPISTRI - -
            """;

    /** By opcode with map, times four, plus prefix. */
    private static final Map<Integer, VectorOp> OPS = new HashMap<>();

    static {
        read(MAP_0F, Insn.MAP_0F);
        read(MAP_0F38, Insn.MAP_0F38);
        read(MAP_0F3A, Insn.MAP_0F3A);
    }

    private VectorTable() {}

    private static void read(String lines, int map) {
        for (String line : lines.split("\n")) {
            String[] words = line.split(" ");
            int opcode = map | Integer.parseInt(words[0], 16);
            for (int prefix = 0; prefix < 4; prefix++) {
                if (!words[prefix + 1].equals("-")) {
                    OPS.put(4 * opcode + prefix, VectorOp.valueOf(words[prefix + 1]));
                }
            }
        }
    }

    /** What an instruction of the SSE family is; null if there is none such. */
    static VectorOp find(Insn in) {
        int prefix =
                (in.prefixes & Insn.REP) != 0
                        ? 2
                        : (in.prefixes & Insn.REPNE) != 0
                                ? 3
                                : (in.prefixes & Insn.OPERAND_SIZE) != 0 ? 1 : 0;
        VectorOp op =
                switch (in.opcode) {
                    case Insn.MAP_0F | 0x71, Insn.MAP_0F | 0x72, Insn.MAP_0F | 0x73 ->
                            shift(in, prefix);
                    case Insn.MAP_0F | 0xae -> prefix == 0 ? state(in) : null;
                    default -> OPS.get(4 * in.opcode + prefix);
                };
        return op == null || isWrongForm(op, in) ? null : op;
    }

    /** Some have a memory form alone, or a register form alone. */
    private static boolean isWrongForm(VectorOp op, Insn in) {
        boolean memory = in.form == Form.M;
        return switch (op) {
            case STORE_STREAMING, MOVLP_STORE, MOVHP_STORE, MOVNTQ, MOVNTI -> !memory;
            case LOAD_ALIGNED -> !memory && in.opcode >= Insn.MAP_0F38;
            case LOAD_UNALIGNED -> !memory && in.opcode == (Insn.MAP_0F | 0xf0);
            case MOVLP -> !memory && (in.prefixes & Insn.OPERAND_SIZE) != 0;
            case MOVHP -> !memory && (in.prefixes & Insn.OPERAND_SIZE) != 0;
            case MOVMSKPS, MOVMSKPD, PMOVMSKB, MASKMOV, MOVQ2DQ, MOVDQ2Q, PEXTRW -> memory;
            default -> false;
        };
    }

    private static VectorOp shift(Insn in, int prefix) {
        if (in.form == Form.M || prefix > 1) {
            return null;
        }
        int group = (in.opcode & 0xff) - 0x71;
        VectorOp[][] ops = {
            {VectorOp.PSRLW, VectorOp.PSRAW, VectorOp.PSLLW},
            {VectorOp.PSRLD, VectorOp.PSRAD, VectorOp.PSLLD},
            {VectorOp.PSRLQ, null, VectorOp.PSLLQ}
        };
        return switch (in.regField()) {
            case 2 -> ops[group][0];
            case 3 -> group == 2 && prefix == 1 ? VectorOp.PSRLDQ : null;
            case 4 -> ops[group][1];
            case 6 -> ops[group][2];
            case 7 -> group == 2 && prefix == 1 ? VectorOp.PSLLDQ : null;
            default -> null;
        };
    }

    private static VectorOp state(Insn in) {
        return switch (in.regField()) {
            case 0 -> VectorOp.FXSAVE;
            case 1 -> VectorOp.FXRSTOR;
            case 2 -> VectorOp.LDMXCSR;
            case 3 -> VectorOp.STMXCSR;
            case 4 -> VectorOp.XSAVE;
            case 5 -> VectorOp.XRSTOR;
            default -> null;
        };
    }
}
