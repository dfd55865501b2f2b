package dev.skerry.platform.zstd;

/**
 * A zstd bit stream, which is read from its end: the last byte's highest set bit marks where it
 * begins (RFC 8878, 4.1). Bits before its first byte read as zero; the caller looks at {@link
 * #left}.
 */
final class ZstdBits {
    private final byte[] input;
    private final int begin;
    private long position;

    ZstdBits(byte[] input, int begin, int end) {
        if (end <= begin || input[end - 1] == 0) {
            throw new IndexOutOfBoundsException("a bit stream without its end mark");
        }
        this.input = input;
        this.begin = begin;
        int mark = 31 - Integer.numberOfLeadingZeros(input[end - 1] & 0xff);
        position = 8L * (end - 1 - begin) + mark;
    }

    /** Bits not yet read; negative once more were read than there are. */
    long left() {
        return position;
    }

    /** The next bits, at most 25 of them. */
    int read(int bits) {
        position -= bits;
        return peekAt(position, bits);
    }

    /** Bits that {@link #read} would give. */
    int peek(int bits) {
        return peekAt(position - bits, bits);
    }

    void skip(int bits) {
        position -= bits;
    }

    private int peekAt(long at, int bits) {
        if (bits == 0) {
            return 0;
        }
        int value = 0;
        int first = (int) (at >> 3);
        for (int i = 0; i < 5; i++) {
            int index = first + i;
            if (index >= 0 && begin + index < input.length) {
                int shift = 8 * i - (int) (at & 7);
                int unit = input[begin + index] & 0xff;
                if (shift < 32) {
                    value |= shift >= 0 ? unit << shift : unit >>> -shift;
                }
            }
        }
        return value & (int) ((1L << bits) - 1);
    }
}
