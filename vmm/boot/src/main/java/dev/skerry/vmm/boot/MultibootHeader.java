package dev.skerry.vmm.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The header by which a kernel asks for a Multiboot loader (Multiboot Specification 0.6.96, section
 * 3.1). Addresses are as in the file, unsigned.
 *
 * @param offset where in the file it is
 */
record MultibootHeader(
        int offset,
        int flags,
        long headerGpa,
        long loadGpa,
        long loadEnd,
        long bssEnd,
        long entry) {
    private static final int MAGIC = 0x1bad_b002;
    private static final int SEARCHED = 8192;
    private static final int SHORT_BYTES = 12;
    private static final int ADDRESSES_BYTES = 32;

    /** The addresses say how to load it; otherwise its ELF headers do. */
    private static final int HAS_ADDRESSES = 1 << 16;

    /** Finds it, or returns null. */
    static MultibootHeader find(byte[] file) {
        ByteBuffer b = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int end = Math.min(file.length, SEARCHED) - SHORT_BYTES;
        for (int at = 0; at <= end; at += 4) {
            int flags = b.getInt(at + 4);
            if (b.getInt(at) == MAGIC && MAGIC + flags + b.getInt(at + 8) == 0) {
                return read(b, at, flags);
            }
        }
        return null;
    }

    private static MultibootHeader read(ByteBuffer b, int at, int flags) {
        if ((flags & HAS_ADDRESSES) == 0 || at + ADDRESSES_BYTES > b.capacity()) {
            return new MultibootHeader(at, flags & ~HAS_ADDRESSES, 0, 0, 0, 0, 0);
        }
        return new MultibootHeader(
                at,
                flags,
                unsigned(b, at + 12),
                unsigned(b, at + 16),
                unsigned(b, at + 20),
                unsigned(b, at + 24),
                unsigned(b, at + 28));
    }

    private static long unsigned(ByteBuffer b, int at) {
        return b.getInt(at) & 0xffff_ffffL;
    }

    boolean hasAddresses() {
        return (flags & HAS_ADDRESSES) != 0;
    }
}
