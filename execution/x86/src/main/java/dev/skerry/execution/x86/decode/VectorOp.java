package dev.skerry.execution.x86.decode;

/**
 * MMX and SSE operations, by the manual's mnemonics; stores of registers to memory end in _STORE,
 * and moves that do the same have one name. What they are about decides which class runs them.
 */
public enum VectorOp {
    // Moves.
    LOAD_UNALIGNED,
    LOAD_ALIGNED,
    STORE_UNALIGNED,
    STORE_ALIGNED,
    STORE_STREAMING,
    MOVSS,
    MOVSS_STORE,
    MOVSD,
    MOVSD_STORE,
    MOVLP,
    MOVLP_STORE,
    MOVHP,
    MOVHP_STORE,
    MOVSLDUP,
    MOVSHDUP,
    MOVDDUP,
    MOVD,
    MOVD_STORE,
    MOVQ,
    MOVQ_STORE,
    MOVQ_MMX,
    MOVQ_MMX_STORE,
    MOVNTQ,
    MOVQ2DQ,
    MOVDQ2Q,
    MOVNTI,
    MOVMSKPS,
    MOVMSKPD,
    PMOVMSKB,
    MASKMOV,

    // State.
    EMMS,
    FXSAVE,
    FXRSTOR,
    LDMXCSR,
    STMXCSR,
    XSAVE,
    XRSTOR,

    // Integers, the same in every 64 bits of the operands.
    PADDB,
    PADDW,
    PADDD,
    PADDQ,
    PSUBB,
    PSUBW,
    PSUBD,
    PSUBQ,
    PADDSB,
    PADDSW,
    PADDUSB,
    PADDUSW,
    PSUBSB,
    PSUBSW,
    PSUBUSB,
    PSUBUSW,
    PAND,
    PANDN,
    POR,
    PXOR,
    PCMPEQB,
    PCMPEQW,
    PCMPEQD,
    PCMPEQQ,
    PCMPGTB,
    PCMPGTW,
    PCMPGTD,
    PCMPGTQ,
    PMULLW,
    PMULHW,
    PMULHUW,
    PMULLD,
    PMULUDQ,
    PMULDQ,
    PMADDWD,
    PMADDUBSW,
    PMULHRSW,
    PAVGB,
    PAVGW,
    PMINUB,
    PMINSW,
    PMINSB,
    PMINSD,
    PMINUW,
    PMINUD,
    PMAXUB,
    PMAXSW,
    PMAXSB,
    PMAXSD,
    PMAXUW,
    PMAXUD,
    PSADBW,
    PSIGNB,
    PSIGNW,
    PSIGND,
    PABSB,
    PABSW,
    PABSD,

    // Shifts by a count in a register, memory or immediate.
    PSLLW,
    PSLLD,
    PSLLQ,
    PSRLW,
    PSRLD,
    PSRLQ,
    PSRAW,
    PSRAD,
    PSLLDQ,
    PSRLDQ,

    // Integers across the operand.
    PACKSSWB,
    PACKSSDW,
    PACKUSWB,
    PACKUSDW,
    PUNPCKLBW,
    PUNPCKLWD,
    PUNPCKLDQ,
    PUNPCKLQDQ,
    PUNPCKHBW,
    PUNPCKHWD,
    PUNPCKHDQ,
    PUNPCKHQDQ,
    PSHUFB,
    PHADDW,
    PHADDD,
    PHADDSW,
    PHSUBW,
    PHSUBD,
    PHSUBSW,
    PHMINPOSUW,
    PBLENDVB,
    BLENDVPS,
    BLENDVPD,
    PTEST,
    PALIGNR,
    MPSADBW,
    PBLENDW,
    BLENDPS,
    BLENDPD,
    PSHUFW,
    PSHUFD,
    PSHUFHW,
    PSHUFLW,
    SHUFPS,
    SHUFPD,

    // Sign and zero extensions: the memory operand is a part of 16 bytes.
    PMOVSXBW,
    PMOVSXBD,
    PMOVSXBQ,
    PMOVSXWD,
    PMOVSXWQ,
    PMOVSXDQ,
    PMOVZXBW,
    PMOVZXBD,
    PMOVZXBQ,
    PMOVZXWD,
    PMOVZXWQ,
    PMOVZXDQ,

    // Single elements.
    PINSRB,
    PINSRW,
    PINSRD,
    PEXTRB,
    PEXTRW,
    PEXTRW_STORE,
    PEXTRD,
    EXTRACTPS,
    INSERTPS,

    // Floating point; PS and PD are packed, SS and SD scalar.
    ADDPS,
    ADDPD,
    ADDSS,
    ADDSD,
    SUBPS,
    SUBPD,
    SUBSS,
    SUBSD,
    MULPS,
    MULPD,
    MULSS,
    MULSD,
    DIVPS,
    DIVPD,
    DIVSS,
    DIVSD,
    MINPS,
    MINPD,
    MINSS,
    MINSD,
    MAXPS,
    MAXPD,
    MAXSS,
    MAXSD,
    SQRTPS,
    SQRTPD,
    SQRTSS,
    SQRTSD,
    RSQRTPS,
    RSQRTSS,
    RCPPS,
    RCPSS,
    CMPPS,
    CMPPD,
    CMPSS,
    CMPSD,
    UCOMISS,
    UCOMISD,
    COMISS,
    COMISD,
    HADDPS,
    HADDPD,
    HSUBPS,
    HSUBPD,
    ADDSUBPS,
    ADDSUBPD,
    ROUNDPS,
    ROUNDPD,
    ROUNDSS,
    ROUNDSD,
    DPPS,
    DPPD,

    // Conversions.
    CVTPI2PS,
    CVTPI2PD,
    CVTSI2SS,
    CVTSI2SD,
    CVTTPS2PI,
    CVTTPD2PI,
    CVTTSS2SI,
    CVTTSD2SI,
    CVTPS2PI,
    CVTPD2PI,
    CVTSS2SI,
    CVTSD2SI,
    CVTPS2PD,
    CVTPD2PS,
    CVTSS2SD,
    CVTSD2SS,
    CVTDQ2PS,
    CVTPS2DQ,
    CVTTPS2DQ,
    CVTTPD2DQ,
    CVTDQ2PD,
    CVTPD2DQ,

    // Strings.
    PCMPESTRM,
    PCMPESTRI,
    PCMPISTRM,
    PCMPISTRI;

    private static boolean within(VectorOp op, VectorOp first, VectorOp last) {
        return op.ordinal() >= first.ordinal() && op.ordinal() <= last.ordinal();
    }

    public boolean isMove() {
        return within(this, LOAD_UNALIGNED, MASKMOV);
    }

    public boolean isState() {
        return within(this, EMMS, XRSTOR);
    }

    /** Whether 64 bits of the result depend on the same 64 bits of the operands alone. */
    public boolean isLanewise() {
        return within(this, PADDB, PABSD);
    }

    public boolean isShift() {
        return within(this, PSLLW, PSRLDQ);
    }

    public boolean isShuffle() {
        return within(this, PACKSSWB, SHUFPD);
    }

    public boolean isExtension() {
        return within(this, PMOVSXBW, PMOVZXDQ);
    }

    public boolean isElement() {
        return within(this, PINSRB, INSERTPS);
    }

    public boolean isFloat() {
        return within(this, ADDPS, DPPD);
    }

    public boolean isConversion() {
        return within(this, CVTPI2PS, CVTPD2DQ);
    }
}
