package dev.skerry.vmm.boot;

import java.io.IOException;

/**
 * Unpacks one block of LZO1X into a place it must fill exactly. Source: Linux kernel documentation,
 * "LZO stream format as understood by Linux's LZO decompressor"; of version 0, without run-length
 * coding.
 *
 * <p>An instruction says how many bytes to repeat from where, and how many literals (0 to 3) follow;
 * that number is the state the next one is read in. State 4 is the one after a longer run of literals.
 */
final class Lzo1xDecoder {
    private static final int AFTER_LITERALS = 4;
    private static final int MOST_LENGTH = 1 << 30;

    private final byte[] input;
    private final int end;
    private final byte[] output;
    private final int begin;
    private final int limit;
    private int at;
    private int done;
    private int state;

    Lzo1xDecoder(byte[] input, int from, int end, byte[] output, int begin, int limit) {
        this.input = input;
        this.at = from;
        this.end = end;
        this.output = output;
        this.begin = begin;
        this.limit = limit;
        done = begin;
    }

    void decode() throws IOException {
        int first = peek();
        if (first > 17) {
            at++;
            int count = first - 17;
            literals(count);
            state = Math.min(count, AFTER_LITERALS);
        } else if (first == 17) {
            throw new IOException("a stream of a later version");
        }
        while (instruction()) {
            if (state < AFTER_LITERALS) {
                literals(state);
            }
        }
        if (done != limit || at != end) {
            throw new IOException("a block is not as long as it says");
        }
    }

    private int peek() throws IOException {
        if (at >= end) {
            throw new IOException("a block is cut short");
        }
        return input[at] & 0xff;
    }

    private int next() throws IOException {
        int value = peek();
        at++;
        return value;
    }

    private int next16() throws IOException {
        int low = next();
        return low | next() << 8;
    }

    /** The length in the low bits, or if they are zero the one coded behind. */
    private int length(int instruction, int bits) throws IOException {
        int mask = (1 << bits) - 1;
        int length = instruction & mask;
        if (length != 0) {
            return length;
        }
        length = mask;
        while (peek() == 0) {
            at++;
            length += 255;
            if (length > MOST_LENGTH) {
                throw new IOException("a length without end");
            }
        }
        return length + next();
    }

    /** Returns false at the end of the stream. */
    private boolean instruction() throws IOException {
        int code = next();
        if (code >= 64) {
            int count = code >= 128 ? 5 + (code >> 5 & 3) : 3 + (code >> 5 & 1);
            int distance = (next() << 3) + (code >> 2 & 7) + 1;
            match(distance, count, code);
        } else if (code >= 32) {
            int count = 2 + length(code, 5);
            int word = next16();
            match((word >> 2) + 1, count, word);
        } else if (code >= 16) {
            int count = 2 + length(code, 3);
            int word = next16();
            int distance = 16384 + ((code & 8) << 11) + (word >> 2);
            if (distance == 16384) {
                return false;
            }
            match(distance, count, word);
        } else if (state == 0) {
            literals(3 + length(code, 4));
            state = AFTER_LITERALS;
        } else {
            int distance = (next() << 2) + (code >> 2);
            if (state == AFTER_LITERALS) {
                match(distance + 2049, 3, code);
            } else {
                match(distance + 1, 2, code);
            }
        }
        return true;
    }

    private void literals(int count) throws IOException {
        if (count > end - at || count > limit - done) {
            throw new IOException("literals reach out of their block");
        }
        System.arraycopy(input, at, output, done, count);
        at += count;
        done += count;
    }

    private void match(int distance, int count, int withState) throws IOException {
        if (distance > done - begin || count > limit - done) {
            throw new IOException("a match reaches out of its block");
        }
        done = Matches.copy(output, done, distance, count);
        state = withState & 3;
    }
}
