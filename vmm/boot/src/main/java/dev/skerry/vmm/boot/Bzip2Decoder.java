package dev.skerry.vmm.boot;

import java.io.IOException;

/**
 * Unpacks a bzip2 stream. The format has no document of its author's; source: "BZIP2 Format
 * Specification" by J. Tsai. Sums of blocks are checked; randomised blocks, which nobody has written
 * since 1998, are refused. Every array access is within bounds or the input is damaged.
 */
final class Bzip2Decoder {
    private static final long BLOCK = 0x3141_5926_5359L;
    private static final long END = 0x1772_4538_5090L;
    private static final int GROUP = 50;
    private static final int RUN_A = 0;
    private static final int RUN_B = 1;

    private final Bzip2Bits bits;
    private final byte[] output;
    private int done;

    private int[] next;
    private final int[] byteCounts = new int[256];

    Bzip2Decoder(byte[] input, int end, int size) {
        bits = new Bzip2Bits(input, end);
        output = new byte[size];
    }

    byte[] decode() throws IOException {
        bits.read(24);
        int level = bits.read(8) - '0';
        if (level < 1 || level > 9) {
            throw new IOException("no block size");
        }
        next = new int[level * 100_000];
        long magic = bits.read48();
        while (magic == BLOCK) {
            block();
            magic = bits.read48();
        }
        if (magic != END || done != output.length) {
            throw new IOException("it is not as long as it says");
        }
        return output;
    }

    private void block() throws IOException {
        int sum = bits.read(16) << 16 | bits.read(16);
        if (bits.read(1) != 0) {
            throw new IOException("a randomised block");
        }
        int origin = bits.read(24);
        byte[] symbols = symbolsInUse();
        int count = readTransformed(symbols);
        if (origin >= count) {
            throw new IOException("a block begins outside itself");
        }
        int begin = done;
        undoTransform(origin, count);
        if (Bzip2Bits.sum(output, begin, done) != sum) {
            throw new IOException("a checksum is wrong");
        }
    }

    private byte[] symbolsInUse() throws IOException {
        int ranges = bits.read(16);
        byte[] symbols = new byte[256];
        int count = 0;
        for (int i = 0; i < 16; i++) {
            int used = (ranges >> 15 - i & 1) != 0 ? bits.read(16) : 0;
            for (int j = 0; j < 16; j++) {
                if ((used >> 15 - j & 1) != 0) {
                    symbols[count++] = (byte) (16 * i + j);
                }
            }
        }
        if (count == 0) {
            throw new IOException("a block without symbols");
        }
        return java.util.Arrays.copyOf(symbols, count);
    }

    private byte[] selectors(int tables) throws IOException {
        int count = bits.read(15);
        byte[] order = {0, 1, 2, 3, 4, 5};
        byte[] selectors = new byte[count];
        for (int i = 0; i < count; i++) {
            int j = 0;
            while (bits.read(1) != 0) {
                if (++j == tables) {
                    throw new IOException("a table that is not there");
                }
            }
            selectors[i] = toFront(order, j);
        }
        return selectors;
    }

    private static byte toFront(byte[] order, int index) {
        byte moved = order[index];
        System.arraycopy(order, 0, order, 1, index);
        order[0] = moved;
        return moved;
    }

    /**
     * Reads the block up to its end symbol, undoes Huffman's, the run-length and the move-to-front
     * coding, and leaves the bytes in the low bits of {@link #next}.
     */
    private int readTransformed(byte[] symbols) throws IOException {
        int alphabet = symbols.length + 2;
        int tableCount = bits.read(3);
        if (tableCount < 2 || tableCount > 6) {
            throw new IOException(tableCount + " code tables");
        }
        byte[] selectors = selectors(tableCount);
        Bzip2Huffman[] tables = new Bzip2Huffman[tableCount];
        for (int i = 0; i < tableCount; i++) {
            tables[i] = Bzip2Huffman.read(bits, alphabet);
        }
        java.util.Arrays.fill(byteCounts, 0);
        int count = 0;
        int runLength = 0;
        int runWeight = 1;
        for (int group = 0; group < selectors.length; group++) {
            Bzip2Huffman table = tables[selectors[group]];
            for (int i = 0; i < GROUP; i++) {
                int symbol = table.symbol(bits);
                if (symbol <= RUN_B) {
                    runLength += symbol == RUN_A ? runWeight : 2 * runWeight;
                    runWeight <<= 1;
                    if (runLength > next.length) {
                        throw new IOException("a run is longer than a block");
                    }
                    continue;
                }
                count = run(symbols[0], count, runLength);
                runLength = 0;
                runWeight = 1;
                if (symbol == alphabet - 1) {
                    return count;
                }
                count = run(toFront(symbols, symbol - 1), count, 1);
            }
        }
        throw new IOException("a block without end");
    }

    private int run(byte value, int count, int length) throws IOException {
        if (length > next.length - count) {
            throw new IOException("a block is larger than they are said to be");
        }
        int unsigned = value & 0xff;
        byteCounts[unsigned] += length;
        java.util.Arrays.fill(next, count, count + length, unsigned);
        return count + length;
    }

    /** Undoes the Burrows-Wheeler transform and the run-length coding before it. */
    private void undoTransform(int origin, int count) throws IOException {
        int[] starts = new int[256];
        for (int i = 0, sum = 0; i < 256; i++) {
            starts[i] = sum;
            sum += byteCounts[i];
        }
        for (int i = 0; i < count; i++) {
            next[starts[next[i] & 0xff]++] |= i << 8;
        }
        int at = next[origin] >>> 8;
        int same = 0;
        int last = -1;
        for (int i = 0; i < count; i++) {
            int entry = next[at];
            at = entry >>> 8;
            int value = entry & 0xff;
            if (same == 4) {
                if (value > output.length - done) {
                    throw new IOException("it is longer than it says");
                }
                java.util.Arrays.fill(output, done, done + value, (byte) last);
                done += value;
                same = 0;
                last = -1;
            } else {
                same = value == last ? same + 1 : 1;
                last = value;
                output[done++] = (byte) value;
            }
        }
    }
}
