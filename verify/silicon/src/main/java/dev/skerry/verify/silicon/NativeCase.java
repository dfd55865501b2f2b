package dev.skerry.verify.silicon;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * Instructions and the state they start from. Arrays are not copied.
 *
 * @param bits 64 or 32 (compatibility mode)
 * @param code up to {@link Layout#CODE_BYTES}, put at {@link Layout#CODE}; the case ends where it
 *     ends
 * @param gpr RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15
 * @param rflags bits of {@link Flags#SETTABLE}
 * @param fxsave {@link FxState#BYTES} as FXRSTOR64 takes them
 * @param data up to {@link Layout#DATA_BYTES} for the data window; the rest of it is zero
 */
public record NativeCase(
        int bits, byte[] code, long[] gpr, long rflags, byte[] fxsave, byte[] data) {
    /** Checks sizes, and that loading the state will not fault. */
    public NativeCase {
        if (bits != 32 && bits != 64) {
            throw new IllegalArgumentException(bits + "-bit code; there is 32 and 64");
        }
        if (code.length > Layout.CODE_BYTES) {
            throw new IllegalArgumentException(code.length + " bytes of code");
        }
        if (gpr.length != 16 || fxsave.length != FxState.BYTES) {
            throw new IllegalArgumentException("16 registers and 512 bytes of FXSAVE image");
        }
        if (data.length > Layout.DATA_BYTES) {
            throw new IllegalArgumentException(data.length + " bytes of data");
        }
        if ((rflags & ~Flags.SETTABLE) != 0) {
            throw new IllegalArgumentException("RFLAGS 0x%x".formatted(rflags));
        }
        if (FxState.get(fxsave, FxState.MXCSR, 4) >>> 16 != 0) {
            throw new IllegalArgumentException("reserved bits in MXCSR");
        }
    }

    /** A case of 64-bit code. */
    public NativeCase(byte[] code, long[] gpr, long rflags, byte[] fxsave, byte[] data) {
        this(64, code, gpr, rflags, fxsave, data);
    }

    /** Code alone: registers, flags and data zero, RSP in the middle of the window. */
    public static NativeCase of(byte[] code) {
        long[] gpr = new long[16];
        gpr[4] = Layout.DATA + Layout.DATA_BYTES / 2;
        return new NativeCase(code, gpr, 0, FxState.initial(), new byte[0]);
    }

    /** The same with other code. */
    public NativeCase withCode(byte[] other) {
        return new NativeCase(bits, other, gpr, rflags, fxsave, data);
    }

    /** The code in hex and the registers. */
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        StringBuilder text = new StringBuilder(bits + "-bit code " + hex.formatHex(code));
        for (int i = 0; i < 16; i++) {
            text.append(" r").append(i).append('=').append(Long.toHexString(gpr[i]));
        }
        return text.append(" flags ").append(Flags.text(rflags)).toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NativeCase c
                && c.bits == bits
                && c.rflags == rflags
                && Arrays.equals(c.code, code)
                && Arrays.equals(c.gpr, gpr)
                && Arrays.equals(c.fxsave, fxsave)
                && Arrays.equals(c.data, data);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(code) * 31 + Arrays.hashCode(gpr);
    }
}
