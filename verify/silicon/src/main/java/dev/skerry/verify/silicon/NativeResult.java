package dev.skerry.verify.silicon;

/**
 * What a case left behind. When {@link Ending#DIED}, nothing of it is known.
 *
 * @param ending how it ended
 * @param fault the exception, or null if none ended it
 * @param gpr RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15
 * @param rip the address of the faulting instruction, or behind a trapping one; of a case that is
 *     done, the end of its code
 * @param rflags bits of {@link Flags#VISIBLE}
 * @param fxsave the FXSAVE64 image, with zeros where the format defines nothing
 * @param data the data window, {@link Layout#DATA_BYTES}
 */
public record NativeResult(
        Ending ending, Fault fault, long[] gpr, long rip, long rflags, byte[] fxsave, byte[] data) {
    /** How a case ended. */
    public enum Ending {
        /** It reached the end of its code. */
        DONE,
        /** An exception. */
        FAULT,
        /** It ran for longer than any case should. */
        RUNAWAY,
        /** The process did not survive it. */
        DIED
    }

    /** Masks what is not architectural. */
    public NativeResult {
        fxsave = FxState.architectural(fxsave);
        rflags &= Flags.VISIBLE;
    }

    static NativeResult died() {
        return new NativeResult(
                Ending.DIED,
                null,
                new long[16],
                0,
                0,
                new byte[FxState.BYTES],
                new byte[Layout.DATA_BYTES]);
    }

    /** XMMn's low (0) or high (1) half. */
    public long xmm(int n, int half) {
        return FxState.get(fxsave, FxState.XMM + 16 * n + 8 * half, 8);
    }

    /** A number of 1 to 8 bytes in the data window. */
    public long data(int offset, int bytes) {
        return FxState.get(data, offset, bytes);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(ending.toString());
        if (fault != null) {
            text.append(' ').append(fault);
        }
        text.append(" rip=").append(Long.toHexString(rip));
        for (int i = 0; i < 16; i++) {
            text.append(" r").append(i).append('=').append(Long.toHexString(gpr[i]));
        }
        return text.append(" flags ").append(Flags.text(rflags)).toString();
    }
}
