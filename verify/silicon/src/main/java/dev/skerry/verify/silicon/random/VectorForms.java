package dev.skerry.verify.silicon.random;

import java.util.List;

/**
 * MMX and SSE to SSE4.2 (Intel SDM 2). {@code f32}, {@code f64}: what the elements are; integers
 * otherwise. {@code unaligned}: memory of 128 bits need not be aligned.
 */
final class VectorForms {
    /** 0F xx: the same on MMX registers and, with 66, on SSE registers. */
    private static final int[] BOTH = {
        0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x74, 0x75, 0x76,
        0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xe1,
        0xe2, 0xe3, 0xe4, 0xe5, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef, 0xf1, 0xf2, 0xf3,
        0xf4, 0xf5, 0xf6, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe
    };

    /** 0F 38 xx: the same on both (SSSE3). */
    private static final int[] BOTH_38 = {
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x1c, 0x1d, 0x1e
    };

    /** 66 0F 38 xx on SSE registers alone (SSE4.1, SSE4.2). */
    private static final int[] SSE_38 = {
        0x10, 0x28, 0x29, 0x2b, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41
    };

    static final List<Template> MMX = Template.table(mmx());
    static final List<Template> SSE_INTEGER = Template.table(sseInteger());
    static final List<Template> SSE_FLOAT = Template.table(sseFloat());

    private VectorForms() {}

    private static String mmx() {
        StringBuilder rows = new StringBuilder();
        for (int opcode : BOTH) {
            rows.append("MMX q,q/m64 ; 0F %02X /r\n".formatted(opcode));
        }
        for (int opcode : BOTH_38) {
            rows.append("SSSE3 q,q/m64 ; 0F 38 %02X /r\n".formatted(opcode));
        }
        shifts(rows, "q", "");
        rows.append(
                """
                PALIGNR q,q/m64,ib ; 0F 3A 0F /r ib ; small
                MOVD q,rm32 ; 0F 6E /r
                MOVD rm32,q ; 0F 7E /mr
                MOVQ q,rm64 ; REX.W 0F 6E /r
                MOVQ rm64,q ; REX.W 0F 7E /mr
                MOVQ q,q/m64 ; 0F 6F /r
                MOVQ m64,q ; 0F 7F /mr
                MOVNTQ m64,q ; 0F E7 /mr
                MASKMOVQ q,q ; 0F F7 /r ; ptrD
                PSHUFW q,q/m64,ib ; 0F 70 /r ib
                PINSRW q,r32/m16,ib ; 0F C4 /r ib
                PEXTRW r32,q,ib ; 0F C5 /r ib
                PMOVMSKB r32,q ; 0F D7 /r
                CVTPI2PS x,q/m64 ; 0F 2A /r
                CVTPI2PD x,q/m64 ; 66 0F 2A /r
                CVTTPS2PI q,x/m64 ; 0F 2C /r ; f32
                CVTTPD2PI q,x/m128 ; 66 0F 2C /r ; f64
                CVTPS2PI q,x/m64 ; 0F 2D /r ; f32
                CVTPD2PI q,x/m128 ; 66 0F 2D /r ; f64
                MOVQ2DQ x,q ; F3 0F D6 /r
                MOVDQ2Q q,x ; F2 0F D6 /r
                EMMS ; 0F 77
                """);
        return rows.toString();
    }

    private static void shifts(StringBuilder rows, String register, String prefix) {
        int[][] operations = {{0x71, 2, 4, 6}, {0x72, 2, 4, 6}, {0x73, 2, 6}};
        for (int[] operation : operations) {
            for (int i = 1; i < operation.length; i++) {
                rows.append(
                        "PSHIFT %s,ib ; %s0F %02X /%d ib ; small\n"
                                .formatted(register, prefix, operation[0], operation[i]));
            }
        }
    }

    private static String sseInteger() {
        StringBuilder rows = new StringBuilder();
        for (int opcode : BOTH) {
            rows.append("SSE2 x,x/m128 ; 66 0F %02X /r\n".formatted(opcode));
        }
        for (int opcode : BOTH_38) {
            rows.append("SSSE3 x,x/m128 ; 66 0F 38 %02X /r\n".formatted(opcode));
        }
        for (int opcode : SSE_38) {
            rows.append("SSE4 x,x/m128 ; 66 0F 38 %02X /r\n".formatted(opcode));
        }
        shifts(rows, "x", "66 ");
        int[] narrow = {64, 32, 16, 64, 32, 64};
        for (int i = 0; i < 6; i++) {
            rows.append("PMOVSX x,x/m%d ; 66 0F 38 %02X /r\n".formatted(narrow[i], 0x20 + i));
            rows.append("PMOVZX x,x/m%d ; 66 0F 38 %02X /r\n".formatted(narrow[i], 0x30 + i));
        }
        String flags = " ; w=OSZAPC";
        for (int i = 0x60; i < 0x64; i++) {
            String wide = "PCMPSTR x,x/m128,ib ; %s66 0F 3A %02X /r ib%s unaligned %s\n";
            String traits = (i & 1) == 1 ? "clobbers=c" : "clobbersXmm0";
            rows.append(wide.formatted("", i, flags, traits));
            if (i < 0x62) {
                rows.append(wide.formatted("REX.W ", i, flags, traits + " lengths"));
                rows.append(wide.formatted("", i, flags, traits + " lengths"));
            }
        }
        rows.append(
                """
                PUNPCKLQDQ x,x/m128 ; 66 0F 6C /r
                PUNPCKHQDQ x,x/m128 ; 66 0F 6D /r
                PSRLDQ x,ib ; 66 0F 73 /3 ib ; small
                PSLLDQ x,ib ; 66 0F 73 /7 ib ; small
                PALIGNR x,x/m128,ib ; 66 0F 3A 0F /r ib ; small
                PBLENDW x,x/m128,ib ; 66 0F 3A 0E /r ib
                MPSADBW x,x/m128,ib ; 66 0F 3A 42 /r ib
                PTEST x,x/m128 ; 66 0F 38 17 /r ; w=OSZAPC
                PSHUFD x,x/m128,ib ; 66 0F 70 /r ib
                PSHUFHW x,x/m128,ib ; F3 0F 70 /r ib
                PSHUFLW x,x/m128,ib ; F2 0F 70 /r ib
                PINSRB x,r32/m8,ib ; 66 0F 3A 20 /r ib
                PINSRW x,r32/m16,ib ; 66 0F C4 /r ib
                PINSRD x,rm32,ib ; 66 0F 3A 22 /r ib
                PINSRQ x,rm64,ib ; 66 REX.W 0F 3A 22 /r ib
                PEXTRB r32/m8,x,ib ; 66 0F 3A 14 /mr ib
                PEXTRW r32/m16,x,ib ; 66 0F 3A 15 /mr ib
                PEXTRW r32,x,ib ; 66 0F C5 /r ib
                PEXTRD rm32,x,ib ; 66 0F 3A 16 /mr ib
                PEXTRQ rm64,x,ib ; 66 REX.W 0F 3A 16 /mr ib
                PMOVMSKB r32,x ; 66 0F D7 /r
                MOVD x,rm32 ; 66 0F 6E /r
                MOVD rm32,x ; 66 0F 7E /mr
                MOVQ x,rm64 ; 66 REX.W 0F 6E /r
                MOVQ rm64,x ; 66 REX.W 0F 7E /mr
                MOVQ x,x/m64 ; F3 0F 7E /r
                MOVQ x/m64,x ; 66 0F D6 /mr
                MOVDQA x,x/m128 ; 66 0F 6F /r
                MOVDQA x/m128,x ; 66 0F 7F /mr
                MOVDQU x,x/m128 ; F3 0F 6F /r ; unaligned
                MOVDQU x/m128,x ; F3 0F 7F /mr ; unaligned
                MOVNTDQ m128,x ; 66 0F E7 /mr
                MOVNTDQA x,m128 ; 66 0F 38 2A /r
                LDDQU x,m128 ; F2 0F F0 /r ; unaligned
                MASKMOVDQU x,x ; 66 0F F7 /r ; ptrD
                """);
        return rows.toString();
    }

    private static String sseFloat() {
        StringBuilder rows = new StringBuilder();
        for (int opcode : new int[] {0x51, 0x58, 0x59, 0x5c, 0x5d, 0x5e, 0x5f}) {
            four(rows, "SSE %s ; %s0F " + "%02X /r ; ".formatted(opcode) + "%s\n");
        }
        four(rows, "CMP %s,ib ; %s0F C2 /r ib ; %s predicate\n");
        for (int opcode : new int[] {0x14, 0x15, 0x54, 0x55, 0x56, 0x57}) {
            rows.append("SSE x,x/m128 ; 0F %02X /r ; f32\n".formatted(opcode));
            rows.append("SSE x,x/m128 ; 66 0F %02X /r ; f64\n".formatted(opcode));
        }
        for (int opcode : new int[] {0x7c, 0x7d, 0xd0}) {
            rows.append("SSE3 x,x/m128 ; F2 0F %02X /r ; f32\n".formatted(opcode));
            rows.append("SSE3 x,x/m128 ; 66 0F %02X /r ; f64\n".formatted(opcode));
        }
        rows.append(conversions());
        rows.append(moves());
        return rows.toString();
    }

    private static void four(StringBuilder rows, String row) {
        rows.append(row.formatted("x,x/m128", "", "f32"));
        rows.append(row.formatted("x,x/m128", "66 ", "f64"));
        rows.append(row.formatted("x,x/m32", "F3 ", "f32"));
        rows.append(row.formatted("x,x/m64", "F2 ", "f64"));
    }

    private static String conversions() {
        return """
            CVTPS2PD x,x/m64 ; 0F 5A /r ; f32
            CVTPD2PS x,x/m128 ; 66 0F 5A /r ; f64
            CVTSS2SD x,x/m32 ; F3 0F 5A /r ; f32
            CVTSD2SS x,x/m64 ; F2 0F 5A /r ; f64
            CVTDQ2PS x,x/m128 ; 0F 5B /r
            CVTPS2DQ x,x/m128 ; 66 0F 5B /r ; f32
            CVTTPS2DQ x,x/m128 ; F3 0F 5B /r ; f32
            CVTTPD2DQ x,x/m128 ; 66 0F E6 /r ; f64
            CVTDQ2PD x,x/m64 ; F3 0F E6 /r
            CVTPD2DQ x,x/m128 ; F2 0F E6 /r ; f64
            CVTSI2SS x,rm32 ; F3 0F 2A /r
            CVTSI2SD x,rm32 ; F2 0F 2A /r
            CVTSI2SS x,rm64 ; F3 REX.W 0F 2A /r
            CVTSI2SD x,rm64 ; F2 REX.W 0F 2A /r
            CVTTSS2SI r32,x/m32 ; F3 0F 2C /r ; f32
            CVTTSD2SI r32,x/m64 ; F2 0F 2C /r ; f64
            CVTSS2SI r32,x/m32 ; F3 0F 2D /r ; f32
            CVTSD2SI r32,x/m64 ; F2 0F 2D /r ; f64
            CVTTSS2SI r64,x/m32 ; F3 REX.W 0F 2C /r ; f32
            CVTTSD2SI r64,x/m64 ; F2 REX.W 0F 2C /r ; f64
            CVTSS2SI r64,x/m32 ; F3 REX.W 0F 2D /r ; f32
            CVTSD2SI r64,x/m64 ; F2 REX.W 0F 2D /r ; f64
            UCOMISS x,x/m32 ; 0F 2E /r ; f32 w=OSZAPC
            UCOMISD x,x/m64 ; 66 0F 2E /r ; f64 w=OSZAPC
            COMISS x,x/m32 ; 0F 2F /r ; f32 w=OSZAPC
            COMISD x,x/m64 ; 66 0F 2F /r ; f64 w=OSZAPC
            ROUNDPS x,x/m128,ib ; 66 0F 3A 08 /r ib ; f32 rounding
            ROUNDPD x,x/m128,ib ; 66 0F 3A 09 /r ib ; f64 rounding
            ROUNDSS x,x/m32,ib ; 66 0F 3A 0A /r ib ; f32 rounding
            ROUNDSD x,x/m64,ib ; 66 0F 3A 0B /r ib ; f64 rounding
            DPPS x,x/m128,ib ; 66 0F 3A 40 /r ib ; f32
            DPPD x,x/m128,ib ; 66 0F 3A 41 /r ib ; f64
            """;
    }

    private static String moves() {
        return """
            SHUFPS x,x/m128,ib ; 0F C6 /r ib ; f32
            SHUFPD x,x/m128,ib ; 66 0F C6 /r ib ; f64
            BLENDPS x,x/m128,ib ; 66 0F 3A 0C /r ib ; f32
            BLENDPD x,x/m128,ib ; 66 0F 3A 0D /r ib ; f64
            BLENDVPS x,x/m128 ; 66 0F 38 14 /r ; f32
            BLENDVPD x,x/m128 ; 66 0F 38 15 /r ; f64
            INSERTPS x,x/m32,ib ; 66 0F 3A 21 /r ib ; f32
            EXTRACTPS rm32,x,ib ; 66 0F 3A 17 /mr ib ; f32
            MOVUPS x,x/m128 ; 0F 10 /r ; f32 unaligned
            MOVUPD x,x/m128 ; 66 0F 10 /r ; f64 unaligned
            MOVSS x,x/m32 ; F3 0F 10 /r ; f32
            MOVSD x,x/m64 ; F2 0F 10 /r ; f64
            MOVUPS x/m128,x ; 0F 11 /mr ; f32 unaligned
            MOVSS x/m32,x ; F3 0F 11 /mr ; f32
            MOVSD x/m64,x ; F2 0F 11 /mr ; f64
            MOVLPS x,x/m64 ; 0F 12 /r ; f32
            MOVLPD x,m64 ; 66 0F 12 /r ; f64
            MOVSLDUP x,x/m128 ; F3 0F 12 /r ; f32
            MOVDDUP x,x/m64 ; F2 0F 12 /r ; f64
            MOVLPS m64,x ; 0F 13 /mr ; f32
            MOVHPS x,x/m64 ; 0F 16 /r ; f32
            MOVHPD x,m64 ; 66 0F 16 /r ; f64
            MOVSHDUP x,x/m128 ; F3 0F 16 /r ; f32
            MOVHPS m64,x ; 0F 17 /mr ; f32
            MOVAPS x,x/m128 ; 0F 28 /r ; f32
            MOVAPD x,x/m128 ; 66 0F 28 /r ; f64
            MOVAPS x/m128,x ; 0F 29 /mr ; f32
            MOVNTPS m128,x ; 0F 2B /mr ; f32
            MOVMSKPS r32,x ; 0F 50 /r ; f32
            MOVMSKPD r32,x ; 66 0F 50 /r ; f64
            STMXCSR m32 ; 0F AE /3
            LDMXCSR m32 ; 0F AE /2 ; mxcsr
            """;
    }
}
