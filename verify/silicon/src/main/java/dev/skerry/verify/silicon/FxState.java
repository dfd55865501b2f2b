package dev.skerry.verify.silicon;

import java.util.Arrays;

/**
 * The image FXSAVE64 writes (Intel SDM 1, table 10-2), in parts. It is the 64-bit format: FIP and
 * FDP in eight bytes each.
 */
public final class FxState {
    /** Bytes of an image. */
    public static final int BYTES = 512;

    public static final int FCW = 0;
    public static final int FSW = 2;
    public static final int FTW = 4;
    public static final int FOP = 6;
    public static final int FIP = 8;
    public static final int FDP = 16;
    public static final int MXCSR = 24;
    public static final int MXCSR_MASK = 28;
    public static final int ST = 32;
    public static final int XMM = 160;

    /** Where what the CPU defines ends; the rest is software's. */
    public static final int END = 416;

    private FxState() {}

    /** The image after FNINIT and reset of SSE: nothing pending, everything masked, all zero. */
    public static byte[] initial() {
        byte[] image = new byte[BYTES];
        put(image, FCW, 2, 0x37f);
        put(image, MXCSR, 4, 0x1f80);
        return image;
    }

    /** A number of 1 to 8 bytes. */
    public static long get(byte[] image, int offset, int bytes) {
        long value = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            value = value << 8 | image[offset + i] & 0xff;
        }
        return value;
    }

    /** Sets a number of 1 to 8 bytes. */
    public static void put(byte[] image, int offset, int bytes, long value) {
        for (int i = 0; i < bytes; i++) {
            image[offset + i] = (byte) (value >> 8 * i);
        }
    }

    /** Sets XMMn. */
    public static void xmm(byte[] image, int n, long low, long high) {
        put(image, XMM + 16 * n, 8, low);
        put(image, XMM + 16 * n + 8, 8, high);
    }

    /** Sets ST(n), counted from the top, and nothing of the tags. */
    public static void st(byte[] image, int n, int signExponent, long significand) {
        put(image, ST + 16 * n, 8, significand);
        put(image, ST + 16 * n + 8, 2, signExponent);
    }

    static byte[] architectural(byte[] image) {
        byte[] copy = image.clone();
        Arrays.fill(copy, END, BYTES, (byte) 0);
        put(copy, MXCSR_MASK, 4, 0);
        for (int n = 0; n < 8; n++) {
            Arrays.fill(copy, ST + 16 * n + 10, ST + 16 * n + 16, (byte) 0);
        }
        return copy;
    }
}
