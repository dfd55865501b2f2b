package dev.skerry.platform.zstd;

/** The Huffman codes of zstd's literals (RFC 8878, 4.2). */
final class ZstdHuffman {
    private static final int MOST_BITS = 11;
    private static final int WEIGHT_ACCURACY = 6;
    private static final int MOST_WEIGHTS = 255;

    private final byte[] symbols = new byte[1 << MOST_BITS];
    private final byte[] lengths = new byte[1 << MOST_BITS];
    private int bits;

    /** Before a frame: there is no code to use again. */
    void forget() {
        bits = 0;
    }

    /** Reads a description; returns where it ends. */
    int readTree(byte[] input, int begin, int end) {
        if (begin >= end) {
            throw new IndexOutOfBoundsException("no tree");
        }
        int header = input[begin] & 0xff;
        int[] weights = new int[MOST_WEIGHTS + 1];
        int count;
        int next;
        if (header >= 128) {
            count = header - 127;
            next = begin + 1 + (count + 1) / 2;
            if (next > end) {
                throw new IndexOutOfBoundsException("a tree is cut off");
            }
            for (int i = 0; i < count; i++) {
                int pair = input[begin + 1 + i / 2];
                weights[i] = (i & 1) == 0 ? pair >> 4 & 0xf : pair & 0xf;
            }
        } else {
            next = begin + 1 + header;
            if (next > end) {
                throw new IndexOutOfBoundsException("a tree is cut off");
            }
            count = readWeights(input, begin + 1, next, weights);
        }
        build(weights, count);
        return next;
    }

    /** Two states take turns on one stream until it has no bits for the next step. */
    private static int readWeights(byte[] input, int begin, int end, int[] weights) {
        ZstdTable.Reader reader = new ZstdTable.Reader(input, begin, end);
        ZstdTable table = reader.table(WEIGHT_ACCURACY, 16);
        ZstdBits stream = new ZstdBits(input, reader.end(), end);
        int[] states = {stream.read(table.accuracyBits), stream.read(table.accuracyBits)};
        int count = 0;
        for (int turn = 0; count < MOST_WEIGHTS; turn ^= 1) {
            int state = states[turn];
            weights[count++] = table.symbols[state];
            if (stream.left() < table.bits[state]) {
                weights[count++] = table.symbols[states[turn ^ 1]];
                return count;
            }
            states[turn] = table.bases[state] + stream.read(table.bits[state]);
        }
        throw new IndexOutOfBoundsException("too many weights");
    }

    /** The last symbol's weight is what makes the sum a power of two. */
    private void build(int[] weights, int given) {
        int sum = 0;
        for (int i = 0; i < given; i++) {
            sum += weights[i] == 0 ? 0 : 1 << weights[i] - 1;
        }
        if (sum == 0) {
            throw new IndexOutOfBoundsException("a tree without symbols");
        }
        int most = 32 - Integer.numberOfLeadingZeros(sum);
        int left = (1 << most) - sum;
        if (most > MOST_BITS || given > MOST_WEIGHTS || Integer.bitCount(left) != 1) {
            throw new IndexOutOfBoundsException("a tree that does not add up");
        }
        weights[given] = 32 - Integer.numberOfLeadingZeros(left);
        int at = 0;
        for (int weight = 1; weight <= most; weight++) {
            for (int symbol = 0; symbol <= given; symbol++) {
                if (weights[symbol] == weight) {
                    for (int i = 0; i < 1 << weight - 1; i++, at++) {
                        symbols[at] = (byte) symbol;
                        lengths[at] = (byte) (most + 1 - weight);
                    }
                }
            }
        }
        bits = most;
    }

    /** Decodes one stream, which must come out even. */
    void decode(byte[] input, int begin, int end, byte[] output, int from, int count) {
        if (bits == 0) {
            throw new IndexOutOfBoundsException("literals without a tree");
        }
        ZstdBits stream = new ZstdBits(input, begin, end);
        for (int i = 0; i < count; i++) {
            int index = stream.peek(bits);
            output[from + i] = symbols[index];
            stream.skip(lengths[index]);
        }
        if (stream.left() != 0) {
            throw new IndexOutOfBoundsException("literals do not end where they should");
        }
    }
}
