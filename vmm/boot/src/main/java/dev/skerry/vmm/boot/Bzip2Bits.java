package dev.skerry.vmm.boot;

import java.io.IOException;

/** The bits of a bzip2 stream, most significant first, and its checksum. */
final class Bzip2Bits {
    private static final int POLYNOMIAL = 0x04c1_1db7;
    private static final int[] SUMS = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int sum = i << 24;
            for (int bit = 0; bit < 8; bit++) {
                sum = sum < 0 ? sum << 1 ^ POLYNOMIAL : sum << 1;
            }
            SUMS[i] = sum;
        }
    }

    private final byte[] input;
    private final int end;
    private int at;
    private long held;
    private int heldBits;

    Bzip2Bits(byte[] input, int end) {
        this.input = input;
        this.end = end;
    }

    /**
     * @param count 1 to 24
     */
    int read(int count) throws IOException {
        while (heldBits < count) {
            if (at == end) {
                throw new IOException("it is cut short");
            }
            held = held << 8 | input[at++] & 0xff;
            heldBits += 8;
        }
        heldBits -= count;
        return (int) (held >>> heldBits) & (1 << count) - 1;
    }

    long read48() throws IOException {
        return (long) read(24) << 24 | read(24);
    }

    /** The sum of part of an array: CRC-32 with the most significant bit first. */
    static int sum(byte[] bytes, int from, int to) {
        int sum = -1;
        for (int i = from; i < to; i++) {
            sum = sum << 8 ^ SUMS[sum >>> 24 ^ bytes[i] & 0xff];
        }
        return ~sum;
    }
}
