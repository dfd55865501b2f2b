package dev.skerry.platform.zstd;

/**
 * A zstd table for finite state entropy (RFC 8878, 4.1.1): for each state its symbol, how many bits
 * to read and what to add to them for the next state.
 */
final class ZstdTable {
    final int accuracyBits;
    final byte[] symbols;
    final byte[] bits;
    final short[] bases;

    private ZstdTable(int accuracyBits) {
        this.accuracyBits = accuracyBits;
        symbols = new byte[1 << accuracyBits];
        bits = new byte[1 << accuracyBits];
        bases = new short[1 << accuracyBits];
    }

    /** A table with one state that always gives one symbol. */
    static ZstdTable constant(int symbol) {
        ZstdTable table = new ZstdTable(0);
        table.symbols[0] = (byte) symbol;
        return table;
    }

    /** The table of a distribution; -1 stands for less than one. */
    static ZstdTable of(int accuracyBits, short[] counts, int symbolCount) {
        ZstdTable table = new ZstdTable(accuracyBits);
        int size = 1 << accuracyBits;
        int high = size;
        int[] next = new int[symbolCount];
        for (int s = 0; s < symbolCount; s++) {
            if (counts[s] == -1) {
                table.symbols[--high] = (byte) s;
                next[s] = 1;
            }
        }
        int step = (size >> 1) + (size >> 3) + 3;
        int at = 0;
        for (int s = 0; s < symbolCount; s++) {
            for (int i = 0; i < counts[s]; i++) {
                table.symbols[at] = (byte) s;
                do {
                    at = at + step & size - 1;
                } while (at >= high);
            }
            next[s] = counts[s] > 0 ? counts[s] : next[s];
        }
        for (int state = 0; state < size; state++) {
            int value = next[table.symbols[state] & 0xff]++;
            int bits = accuracyBits - (31 - Integer.numberOfLeadingZeros(value));
            table.bits[state] = (byte) bits;
            table.bases[state] = (short) ((value << bits) - size);
        }
        return table;
    }

    /** Reads a table's description; {@link #end} tells where it ends. */
    static final class Reader {
        private final byte[] input;
        private final int limit;
        private long bit;

        Reader(byte[] input, int begin, int limit) {
            this.input = input;
            this.limit = limit;
            bit = 8L * begin;
        }

        int end() {
            return (int) (bit + 7 >> 3);
        }

        private int read(int bits) {
            int value = 0;
            for (int i = 0; i < bits; i++, bit++) {
                int at = (int) (bit >> 3);
                if (at >= limit) {
                    throw new IndexOutOfBoundsException("a table is cut off");
                }
                value |= (input[at] >> (bit & 7) & 1) << i;
            }
            return value;
        }

        ZstdTable table(int mostAccuracyBits, int mostSymbols) {
            int accuracy = read(4) + 5;
            if (accuracy > mostAccuracyBits) {
                throw new IndexOutOfBoundsException("a table is too accurate");
            }
            short[] counts = new short[mostSymbols];
            int left = 1 << accuracy;
            int symbol = 0;
            while (left > 0) {
                int count = count(left);
                counts[symbol++] = (short) count;
                left -= Math.abs(count);
                if (count == 0) {
                    int repeat;
                    do {
                        repeat = read(2);
                        symbol += repeat;
                    } while (repeat == 3);
                }
            }
            if (left != 0 || symbol > mostSymbols) {
                throw new IndexOutOfBoundsException("a table does not add up");
            }
            return of(accuracy, counts, symbol);
        }

        /** A value from -1 to what is left, the small ones one bit shorter. */
        private int count(int left) {
            int bits = 32 - Integer.numberOfLeadingZeros(left + 1);
            int value = read(bits - 1);
            int shorter = (1 << bits) - 1 - (left + 1);
            if (value >= shorter) {
                value |= read(1) << bits - 1;
                if (value >= 1 << bits - 1) {
                    value -= shorter;
                }
            }
            return value - 1;
        }
    }
}
