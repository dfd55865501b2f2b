package dev.skerry.vmm.boot;

import java.io.IOException;

/** One of a bzip2 block's canonical prefix codes. */
final class Bzip2Huffman {
    private static final int MOST_BITS = 20;

    private final int[] symbols;

    /** By length in bits, the first code behind those of that length,. */
    private final int[] limits = new int[MOST_BITS + 1];

    /** By length in bits, what to add to a code to get its place in {@link #symbols}. */
    private final int[] offsets = new int[MOST_BITS + 1];

    private Bzip2Huffman(int[] lengths) {
        symbols = new int[lengths.length];
        int code = 0;
        int place = 0;
        for (int length = 1; length <= MOST_BITS; length++) {
            offsets[length] = place - code;
            for (int symbol = 0; symbol < lengths.length; symbol++) {
                if (lengths[symbol] == length) {
                    symbols[place++] = symbol;
                    code++;
                }
            }
            limits[length] = code;
            code <<= 1;
        }
    }

    /** Reads the lengths of the codes, each as a difference to the one before. */
    static Bzip2Huffman read(Bzip2Bits bits, int alphabet) throws IOException {
        int[] lengths = new int[alphabet];
        int length = bits.read(5);
        for (int i = 0; i < alphabet; i++) {
            while (bits.read(1) != 0) {
                length += bits.read(1) == 0 ? 1 : -1;
            }
            if (length < 1 || length > MOST_BITS) {
                throw new IOException("a code of " + length + " bits");
            }
            lengths[i] = length;
        }
        return new Bzip2Huffman(lengths);
    }

    int symbol(Bzip2Bits bits) throws IOException {
        int code = 0;
        for (int length = 1; length <= MOST_BITS; length++) {
            code = code << 1 | bits.read(1);
            // Shorter codes are those with smaller values of their leading bits.
            if (code < limits[length]) {
                return symbols[code + offsets[length]];
            }
        }
        throw new IOException("a code that stands for nothing");
    }
}
