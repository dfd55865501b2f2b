package dev.skerry.execution.x86.decode;

import dev.skerry.execution.x86.state.CpuState;

/**
 * One decoded instruction. Nothing in it depends on where it is in memory, or on registers, so that
 * it serves at every address the page is mapped to. Not changed after decoding.
 *
 * <p>General registers have numbers 0 to 15; AH, CH, DH, BH of 8-bit operands have {@link #HIGH} + 0
 * to 3; {@link CpuState#ZERO} stands for none in an address. Segment registers have the numbers of
 * {@link dev.skerry.execution.x86.state.Segment}.
 */
public final class Insn {
    public static final int HIGH = 20;

    public static final int LOCK = 1;

    /** F3. */
    public static final int REP = 1 << 1;

    /** F2. */
    public static final int REPNE = 1 << 2;

    public static final int OPERAND_SIZE = 1 << 3;
    public static final int ADDRESS_SIZE = 1 << 4;
    public static final int REX = 1 << 5;
    public static final int REX_W = 1 << 6;

    // Opcode maps, as in {@link #opcode}.
    public static final int MAP_0F = 0x100;
    public static final int MAP_0F38 = 0x200;
    public static final int MAP_0F3A = 0x300;

    public Op op;
    public Form form = Form.NONE;

    /** What the interpreter switches on; see {@link Code}. */
    public int code;

    /** The last opcode byte, with its map above it. */
    public int opcode;

    /** The ModRM byte, or 0. */
    public int modrm;

    /** Operand size in bytes: 1, 2, 4 or 8; of the destination where there are two. */
    public int size;

    /** Of MOVZX, MOVSX and CRC32: the source's size. */
    public int sourceSize;

    /** 2, 4 or 8 bytes. */
    public int addressSize;

    public int prefixes;

    /** Bytes, 1 to 15. */
    public int length;

    public int a;
    public int b;

    // The memory operand: base + (index << scale) + displacement, cut to addressSize, in segment.
    public int base = CpuState.ZERO;
    public int index = CpuState.ZERO;
    public int scale;
    public long displacement;
    public int segment;

    /** Whether the displacement counts from the next instruction. */
    public boolean ripRelative;

    /** Whether the memory operand's linear address is its offset: 64-bit, not through FS or GS. */
    public boolean flat;

    /** Whether no instruction is to be run after it without a look at what has changed. */
    public boolean endsBlock;

    /** Sign-extended. */
    public long immediate;

    /** A second one: the selector of a direct far pointer, ENTER's level. */
    public int immediate2;

    /** Of MMX and SSE instructions: which one. */
    public VectorOp vector;

    /** Of Jcc, SETcc and CMOVcc: which of the sixteen conditions. */
    public int condition;

    public boolean isLocked() {
        return (prefixes & LOCK) != 0;
    }

    /** The reg field of ModRM without REX. */
    public int regField() {
        return modrm >>> 3 & 7;
    }

    /** Whether ModRM names a register and not memory. */
    public boolean isRegisterForm() {
        return modrm >= 0xc0;
    }
}
