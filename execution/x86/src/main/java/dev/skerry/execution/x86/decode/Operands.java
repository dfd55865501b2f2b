package dev.skerry.execution.x86.decode;

/**
 * How an opcode's operands are encoded, in the letters of the manual's opcode maps (Intel SDM 2D,
 * appendix A.2): E is ModRM's register or memory, G its reg field, Z a register in the opcode, I an
 * immediate, J a relative target, O a bare offset, M memory alone; b, w, d, v, z are sizes.
 */
enum Operands {
    NONE,
    /** Implied operands of one byte, or of operand size. */
    IMPLIED_B,
    IMPLIED_V,
    EB_GB,
    EV_GV,
    GB_EB,
    GV_EV,
    AL_IB,
    AX_IZ,
    EB,
    EV,
    EW,
    ED,
    EB_IB,
    EV_IZ,
    EV_IB,
    EB_1,
    EV_1,
    ZV,
    ZB_IB,
    ZV_IV,
    AX_ZV,
    IB,
    IZ,
    IW,
    /** An unsigned byte: ports, vectors. */
    UB,
    IW_IB,
    JB,
    JZ,
    GV_M,
    M,
    GV_EV_IZ,
    GV_EV_IB,
    EV_GV_IB,
    AL_O,
    AX_O,
    O_AL,
    O_AX,
    GV_EB,
    GV_EW,
    GV_ED,
    AP,
    MP,
    EV_SW,
    SW_EW,
    /** ModRM names a general register whatever its mod field says, and a control register. */
    CONTROL,
    /** x87: ModRM alone. */
    X87,
    /** MMX and SSE: ModRM alone, or with an immediate byte. */
    SSE,
    SSE_IB
}
