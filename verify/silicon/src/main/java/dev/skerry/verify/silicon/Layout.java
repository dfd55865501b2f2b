package dev.skerry.verify.silicon;

/** Where things lie in the address space a case runs in, on every CPU. */
public final class Layout {
    /** The code's first byte; the page is readable and executable and not writable. */
    public static final long CODE = 0x2000_0000L;

    /** The most bytes of code; behind it the page is full of INT3. */
    public static final int CODE_BYTES = 1024;

    /** The data window's first byte, readable and writable. Nothing is mapped beside it. */
    public static final long DATA = 0x3000_0000L;

    /** Bytes of the data window: a page. */
    public static final int DATA_BYTES = 4096;

    /** FS's base (64-bit code). */
    public static final long FS_BASE = DATA;

    /** GS's base (64-bit code). */
    public static final long GS_BASE = DATA + 0x800;

    /** CS of 64-bit code, as Linux has it. */
    public static final int CS64 = 0x33;

    /** CS of 32-bit code, as Linux has it. */
    public static final int CS32 = 0x23;

    /** DS, ES and SS. */
    public static final int DS = 0x2b;

    private Layout() {}
}
