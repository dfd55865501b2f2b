package dev.skerry.verify.silicon.random;

/** What a program's instructions are about. */
public enum Family {
    /** Arithmetic, logic, shifts, bits, moves, atomics, flags. */
    INTEGER,
    /** String instructions and the stack among integer ones. */
    MEMORY,
    /** SSE to SSE4.2 on floating-point elements. */
    SSE_FLOAT,
    /** SSE2 to SSE4.2 on integers. */
    SSE_INTEGER,
    /** MMX and its extensions. */
    MMX,
    /** x87 without what is approximate. */
    X87,
    /** What Intel defines by a relative error: such an instruction ends its program. */
    APPROXIMATE
}
