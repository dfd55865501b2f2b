package dev.skerry.execution.x86.state;

/**
 * What decoding depends on besides the bytes: a small set of bits, part of the key under which
 * decoded code is kept. 64-bit mode is {@link #LONG} alone.
 */
public final class Mode {
    /** CS.D: operands and addresses are 32 bits by default, otherwise 16. */
    public static final int CODE32 = 1;

    /** SS.B: the stack pointer is ESP, otherwise SP. */
    public static final int STACK32 = 1 << 1;

    public static final int PROTECTED = 1 << 2;
    public static final int V86 = 1 << 3;
    public static final int LONG = 1 << 4;

    /** How many values there are. */
    public static final int COUNT = 32;

    private Mode() {}
}
