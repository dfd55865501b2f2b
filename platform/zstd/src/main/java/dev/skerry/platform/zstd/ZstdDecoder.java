package dev.skerry.platform.zstd;

import java.util.Arrays;

/**
 * Decompresses zstd frames without a dictionary into an array that must come out exactly full: all a
 * compressed cluster needs. Source: RFC 8878. Checksums are skipped. The output is the window, so no
 * input makes it use more memory than a cluster; each step makes progress in input or output.
 */
public final class ZstdDecoder {
    private static final int MAGIC = 0xfd2fb528;
    private static final int SKIPPABLE = 0x184d2a50;
    private static final int MOST_BLOCK_BYTES = 128 * 1024;

    private static final int LITERAL_LENGTHS = 0;
    private static final int OFFSETS = 1;
    private static final int MATCH_LENGTHS = 2;
    private static final int[] MOST_ACCURACY = {9, 8, 9};
    private static final int[] SYMBOLS = {36, 32, 53};

    private static final ZstdTable[] PREDEFINED = {
        ZstdTable.of(
                6,
                new short[] {
                    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2,
                    1, 1, 1, 1, 1, -1, -1, -1, -1
                },
                36),
        ZstdTable.of(
                5,
                new short[] {
                    1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1,
                    -1, -1, -1
                },
                29),
        ZstdTable.of(
                6,
                new short[] {
                    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1,
                    -1
                },
                53)
    };

    private static final int[] LITERAL_BASES = {
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48,
        64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536
    };
    private static final int[] LITERAL_BITS = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10,
        11, 12, 13, 14, 15, 16
    };
    private static final int[] MATCH_BASES = {
        3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
        28, 29, 30, 31, 32, 33, 34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027,
        2051, 4099, 8195, 16387, 32771, 65539
    };
    private static final int[] MATCH_BITS = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
    };

    private final byte[] input;
    private final int limit;
    private final byte[] output;
    private final byte[] literals = new byte[MOST_BLOCK_BYTES];
    private final ZstdTable[] tables = new ZstdTable[3];
    private final int[] repeats = new int[3];
    private final ZstdHuffman huffman = new ZstdHuffman();
    private int literalCount;
    private int at;
    private int done;

    public ZstdDecoder(byte[] input, int length, byte[] output) {
        this.input = input;
        this.limit = length;
        this.output = output;
    }

    /** Returns whether the output is full, and all that led there made sense. */
    public boolean decode() {
        try {
            while (done < output.length && at + 4 <= limit) {
                frame();
            }
            return done == output.length;
        } catch (IndexOutOfBoundsException e) {
            // Every array access is within bounds or damaged input; there is no third case.
            return false;
        }
    }

    private static IndexOutOfBoundsException damaged(String what) {
        return new IndexOutOfBoundsException(what);
    }

    private int little(int offset, int bytes) {
        if (offset + bytes > limit) {
            throw damaged("the input is cut off");
        }
        int value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (input[offset + i] & 0xff) << 8 * i;
        }
        return value;
    }

    private void frame() {
        int magic = little(at, 4);
        if ((magic & ~0xf) == SKIPPABLE) {
            int length = little(at + 4, 4);
            if (length < 0 || length > limit - at - 8) {
                throw damaged("a skippable frame is too long");
            }
            at += 8 + length;
            return;
        }
        if (magic != MAGIC) {
            throw damaged("not a zstd frame");
        }
        int descriptor = little(at + 4, 1);
        boolean single = (descriptor & 0x20) != 0;
        int dictionaryBytes = (descriptor & 3) == 3 ? 4 : descriptor & 3;
        int sizeFlag = descriptor >> 6;
        int sizeBytes = sizeFlag == 0 ? (single ? 1 : 0) : 1 << sizeFlag;
        if ((descriptor & 8) != 0 || dictionaryBytes != 0) {
            throw damaged("a frame of an unknown kind");
        }
        at += 5 + (single ? 0 : 1) + sizeBytes;
        Arrays.fill(tables, null);
        huffman.forget();
        repeats[0] = 1;
        repeats[1] = 4;
        repeats[2] = 8;
        while (!block()) {
            if (done > output.length) {
                throw damaged("more output than a cluster");
            }
        }
        at += (descriptor & 4) != 0 ? 4 : 0;
    }

    /** Returns whether it was the last one. */
    private boolean block() {
        int header = little(at, 3);
        at += 3;
        int size = header >> 3;
        switch (header >> 1 & 3) {
            case 0 -> {
                little(at, 0);
                if (size > limit - at) {
                    throw damaged("a raw block is cut off");
                }
                System.arraycopy(input, at, output, done, size);
                at += size;
                done += size;
            }
            case 1 -> {
                byte value = (byte) little(at, 1);
                fill(output, done, size, value);
                at++;
                done += size;
            }
            case 2 -> {
                if (size > limit - at || size > MOST_BLOCK_BYTES) {
                    throw damaged("a compressed block is cut off");
                }
                compressed(at + size);
                at += size;
            }
            default -> throw damaged("a reserved block type");
        }
        return (header & 1) != 0;
    }

    private static void fill(byte[] array, int from, int count, byte value) {
        if (count > array.length - from) {
            throw damaged("more output than there is room for");
        }
        Arrays.fill(array, from, from + count, value);
    }

    private void compressed(int end) {
        int position = literalsSection(at, end);
        sequences(position, end);
    }

    /** Decodes the literals; returns where they end in the input. */
    private int literalsSection(int begin, int end) {
        int first = little(begin, 1);
        int format = first >> 2 & 3;
        if ((first & 2) != 0) {
            return huffmanLiterals(begin, end, (first & 1) == 0, format);
        }
        int headerBytes = (format & 1) == 0 ? 1 : format == 1 ? 2 : 3;
        literalCount = little(begin, headerBytes) >>> (headerBytes == 1 ? 3 : 4);
        int data = begin + headerBytes;
        if (literalCount > MOST_BLOCK_BYTES) {
            throw damaged("too many literals");
        }
        if ((first & 1) == 1) {
            fill(literals, 0, literalCount, (byte) little(data, 1));
            return data + 1;
        }
        if (literalCount > end - data) {
            throw damaged("raw literals are cut off");
        }
        System.arraycopy(input, data, literals, 0, literalCount);
        return data + literalCount;
    }

    private int huffmanLiterals(int begin, int end, boolean newTree, int format) {
        int headerBytes = format < 2 ? 3 : format + 2;
        int sizeBits = format < 2 ? 10 : format == 2 ? 14 : 18;
        long header =
                Integer.toUnsignedLong(little(begin, Math.min(4, headerBytes)))
                        | (headerBytes == 5 ? (long) little(begin + 4, 1) << 32 : 0);
        literalCount = (int) (header >>> 4) & (1 << sizeBits) - 1;
        int size = (int) (header >>> 4 + sizeBits) & (1 << sizeBits) - 1;
        int data = begin + headerBytes;
        int dataEnd = data + size;
        if (dataEnd > end || literalCount > MOST_BLOCK_BYTES) {
            throw damaged("literals are cut off");
        }
        if (newTree) {
            data = huffman.readTree(input, data, dataEnd);
        }
        if (format == 0) {
            huffman.decode(input, data, dataEnd, literals, 0, literalCount);
            return dataEnd;
        }
        int each = (literalCount + 3) / 4;
        int stream = data + 6;
        for (int i = 0; i < 4; i++) {
            int next = i == 3 ? dataEnd : stream + little(data + 2 * i, 2);
            int from = i * each;
            int count = i == 3 ? literalCount - from : each;
            if (next > dataEnd || count < 0) {
                throw damaged("a stream of literals is cut off");
            }
            huffman.decode(input, stream, next, literals, from, count);
            stream = next;
        }
        return dataEnd;
    }

    private void sequences(int begin, int end) {
        int count = little(begin, 1);
        int position = begin + 1;
        if (count == 255) {
            count = little(position, 2) + 0x7f00;
            position += 2;
        } else if (count >= 128) {
            count = (count - 128 << 8) + little(position, 1);
            position++;
        }
        int usedLiterals = 0;
        if (count > 0) {
            int modes = little(position++, 1);
            for (int kind = 0; kind < 3; kind++) {
                position = table(kind, modes >> 6 - 2 * kind & 3, position, end);
            }
            usedLiterals = execute(count, new ZstdBits(input, position, end));
        }
        copyLiterals(usedLiterals, literalCount - usedLiterals);
    }

    private int table(int kind, int mode, int position, int end) {
        switch (mode) {
            case 0 -> tables[kind] = PREDEFINED[kind];
            case 1 -> {
                int symbol = little(position, 1);
                if (symbol >= SYMBOLS[kind]) {
                    throw damaged("a symbol that is none");
                }
                tables[kind] = ZstdTable.constant(symbol);
                return position + 1;
            }
            case 2 -> {
                ZstdTable.Reader reader = new ZstdTable.Reader(input, position, end);
                tables[kind] = reader.table(MOST_ACCURACY[kind], SYMBOLS[kind]);
                return reader.end();
            }
            default -> {
                if (tables[kind] == null) {
                    throw damaged("a table that is repeated but was never there");
                }
            }
        }
        return position;
    }

    /** Runs the sequences; returns how many literals they used. */
    private int execute(int count, ZstdBits bits) {
        ZstdTable lengths = tables[LITERAL_LENGTHS];
        ZstdTable offsets = tables[OFFSETS];
        ZstdTable matches = tables[MATCH_LENGTHS];
        int lengthState = bits.read(lengths.accuracyBits);
        int offsetState = bits.read(offsets.accuracyBits);
        int matchState = bits.read(matches.accuracyBits);
        int used = 0;
        for (int i = 0; i < count; i++) {
            int offsetCode = offsets.symbols[offsetState];
            int matchCode = matches.symbols[matchState];
            int lengthCode = lengths.symbols[lengthState];
            if (offsetCode > 24) {
                throw damaged("an offset beyond any cluster");
            }
            int offsetValue = (1 << offsetCode) + bits.read(offsetCode);
            int match = MATCH_BASES[matchCode] + bits.read(MATCH_BITS[matchCode]);
            int length = LITERAL_BASES[lengthCode] + bits.read(LITERAL_BITS[lengthCode]);
            if (i + 1 < count) {
                lengthState = lengths.bases[lengthState] + bits.read(lengths.bits[lengthState]);
                matchState = matches.bases[matchState] + bits.read(matches.bits[matchState]);
                offsetState = offsets.bases[offsetState] + bits.read(offsets.bits[offsetState]);
            }
            if (bits.left() < 0) {
                throw damaged("the sequences are cut off");
            }
            copyLiterals(used, length);
            used += length;
            copyMatch(offset(offsetValue, length == 0), match);
        }
        return used;
    }

    /** An offset as coded: one of the last three, or a new one (RFC 8878, 3.1.1.5). */
    private int offset(int value, boolean noLiterals) {
        int result;
        if (value > 3) {
            result = value - 3;
            repeats[2] = repeats[1];
            repeats[1] = repeats[0];
        } else {
            int index = value - 1 + (noLiterals ? 1 : 0);
            if (index == 0) {
                return repeats[0];
            }
            result = index == 3 ? repeats[0] - 1 : repeats[index];
            if (index > 1) {
                repeats[2] = repeats[1];
            }
            repeats[1] = repeats[0];
        }
        repeats[0] = result;
        return result;
    }

    private void copyLiterals(int from, int count) {
        if (count < 0 || from + count > literalCount) {
            throw damaged("more literals than there are");
        }
        System.arraycopy(literals, from, output, done, count);
        done += count;
    }

    private void copyMatch(int offset, int length) {
        if (offset <= 0 || offset > done || length > output.length - done) {
            throw damaged("a match outside the output");
        }
        if (offset >= length) {
            System.arraycopy(output, done - offset, output, done, length);
        } else {
            for (int i = 0; i < length; i++) {
                output[done + i] = output[done + i - offset];
            }
        }
        done += length;
    }
}
