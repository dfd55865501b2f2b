package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.decode.VectorOp;

/**
 * Packed integer operations on 64 bits: pure functions, the same for an MMX register and for either
 * half of an XMM register. Intel SDM 2, by instruction. {@code a} is the destination, {@code b} the
 * source.
 */
public final class PackedIntegers {
    private static final long BYTE_SIGNS = 0x8080_8080_8080_8080L;
    private static final long WORD_SIGNS = 0x8000_8000_8000_8000L;
    private static final long LOW = 0xffff_ffffL;

    private PackedIntegers() {}

    public static long compute(VectorOp op, long a, long b) {
        return switch (op) {
            case PADDB -> (a & ~BYTE_SIGNS) + (b & ~BYTE_SIGNS) ^ (a ^ b) & BYTE_SIGNS;
            case PADDW -> (a & ~WORD_SIGNS) + (b & ~WORD_SIGNS) ^ (a ^ b) & WORD_SIGNS;
            case PADDD -> a + b & LOW | (a >>> 32) + (b >>> 32) << 32;
            case PADDQ -> a + b;
            case PSUBB -> (a | BYTE_SIGNS) - (b & ~BYTE_SIGNS) ^ (a ^ ~b) & BYTE_SIGNS;
            case PSUBW -> (a | WORD_SIGNS) - (b & ~WORD_SIGNS) ^ (a ^ ~b) & WORD_SIGNS;
            case PSUBD -> a - b & LOW | (a >>> 32) - (b >>> 32) << 32;
            case PSUBQ -> a - b;
            case PAND -> a & b;
            case PANDN -> ~a & b;
            case POR -> a | b;
            case PXOR -> a ^ b;
            case PCMPEQB -> equalBytes(a, b);
            case PCMPEQQ -> a == b ? -1 : 0;
            case PCMPGTQ -> a > b ? -1 : 0;
            case PMULUDQ -> (a & LOW) * (b & LOW);
            case PMULDQ -> (long) (int) a * (int) b;
            case PSADBW -> sumOfDifferences(a, b);
            case PADDSB,
                    PADDUSB,
                    PSUBSB,
                    PSUBUSB,
                    PCMPGTB,
                    PAVGB,
                    PMINUB,
                    PMINSB,
                    PMAXUB,
                    PMAXSB,
                    PSIGNB,
                    PABSB ->
                    bytes(op, a, b);
            case PCMPEQD, PCMPGTD, PMULLD, PMINSD, PMINUD, PMAXSD, PMAXUD, PSIGND, PABSD ->
                    dword(op, (int) a, (int) b) & LOW
                            | (long) dword(op, (int) (a >>> 32), (int) (b >>> 32)) << 32;
            default -> words(op, a, b);
        };
    }

    /** All ones in bytes that are equal, zeroes in others. */
    public static long equalBytes(long a, long b) {
        long difference = a ^ b;
        long ones = ~((difference & ~BYTE_SIGNS) + ~BYTE_SIGNS | difference | ~BYTE_SIGNS) >>> 7;
        return (ones << 8) - ones;
    }

    /** The signs of eight bytes, as one byte. */
    public static long signs(long a) {
        // The multiplication gathers bits 7, 15, ... 63 in the top byte.
        return (a & BYTE_SIGNS) * 0x0002_0408_1020_4081L >>> 56;
    }

    private static long sumOfDifferences(long a, long b) {
        int sum = 0;
        for (int shift = 0; shift < 64; shift += 8) {
            sum += Math.abs((int) (a >>> shift & 0xff) - (int) (b >>> shift & 0xff));
        }
        return sum;
    }

    private static long bytes(VectorOp op, long a, long b) {
        long result = 0;
        for (int shift = 0; shift < 64; shift += 8) {
            result |= (one(op, (byte) (a >>> shift), (byte) (b >>> shift)) & 0xffL) << shift;
        }
        return result;
    }

    private static int one(VectorOp op, byte a, byte b) {
        int ua = a & 0xff;
        int ub = b & 0xff;
        return switch (op) {
            case PADDSB -> Math.clamp(a + b, -128, 127);
            case PADDUSB -> Math.min(ua + ub, 255);
            case PSUBSB -> Math.clamp(a - b, -128, 127);
            case PSUBUSB -> Math.max(ua - ub, 0);
            case PCMPGTB -> a > b ? -1 : 0;
            case PAVGB -> ua + ub + 1 >> 1;
            case PMINUB -> Math.min(ua, ub);
            case PMINSB -> Math.min(a, b);
            case PMAXUB -> Math.max(ua, ub);
            case PMAXSB -> Math.max(a, b);
            case PSIGNB -> a * Integer.signum(b);
            default -> Math.abs(b);
        };
    }

    private static int dword(VectorOp op, int a, int b) {
        return switch (op) {
            case PCMPEQD -> a == b ? -1 : 0;
            case PCMPGTD -> a > b ? -1 : 0;
            case PMULLD -> a * b;
            case PMINSD -> Math.min(a, b);
            case PMINUD -> Integer.compareUnsigned(a, b) < 0 ? a : b;
            case PMAXSD -> Math.max(a, b);
            case PMAXUD -> Integer.compareUnsigned(a, b) > 0 ? a : b;
            case PSIGND -> a * Integer.signum(b);
            default -> Math.abs(b);
        };
    }

    private static long words(VectorOp op, long a, long b) {
        if (op == VectorOp.PMADDWD) {
            return (long) multiplyAdd(a >>> 32, b >>> 32) << 32 | multiplyAdd(a, b) & LOW;
        }
        long result = 0;
        for (int shift = 0; shift < 64; shift += 16) {
            result |= (word(op, (short) (a >>> shift), (short) (b >>> shift)) & 0xffffL) << shift;
        }
        return result;
    }

    private static int multiplyAdd(long a, long b) {
        return (short) a * (short) b + (short) (a >>> 16) * (short) (b >>> 16);
    }

    private static int word(VectorOp op, short a, short b) {
        int ua = a & 0xffff;
        int ub = b & 0xffff;
        return switch (op) {
            case PADDSW -> Math.clamp(a + b, -32768, 32767);
            case PADDUSW -> Math.min(ua + ub, 65535);
            case PSUBSW -> Math.clamp(a - b, -32768, 32767);
            case PSUBUSW -> Math.max(ua - ub, 0);
            case PCMPEQW -> a == b ? -1 : 0;
            case PCMPGTW -> a > b ? -1 : 0;
            case PMULLW -> a * b;
            case PMULHW -> a * b >> 16;
            case PMULHUW -> ua * ub >>> 16;
            // Unsigned bytes of the destination by signed ones of the source.
            case PMADDUBSW ->
                    Math.clamp(
                            (ua & 0xff) * (byte) b + (ua >>> 8) * (byte) (b >> 8), -32768, 32767);
            case PMULHRSW -> (a * b >> 14) + 1 >> 1;
            case PAVGW -> ua + ub + 1 >> 1;
            case PMINSW -> Math.min(a, b);
            case PMINUW -> Math.min(ua, ub);
            case PMAXSW -> Math.max(a, b);
            case PMAXUW -> Math.max(ua, ub);
            case PSIGNW -> a * Integer.signum(b);
            case PABSW -> Math.abs(b);
            default -> throw new AssertionError(op);
        };
    }
}
