package dev.skerry.vmm.boot;

import java.io.IOException;

/**
 * Unpacks LZ4's legacy frame, which the kernel's build makes: blocks of up to 8 MiB, each with its
 * packed length. Sources: the format descriptions of LZ4, "LZ4 Frame Format" (legacy frame) and "LZ4
 * Block Format". Every array access is within bounds or the input is damaged.
 */
final class Lz4Decoder {
    private static final int MAGIC_BYTES = 4;
    private static final int MOST_BLOCK_BYTES = 8 << 20;
    private static final int LEAST_MATCH = 4;

    private final byte[] input;
    private final int end;
    private final byte[] output;
    private int at = MAGIC_BYTES;
    private int done;

    Lz4Decoder(byte[] input, int end, int size) {
        this.input = input;
        this.end = end;
        output = new byte[size];
    }

    byte[] decode() throws IOException {
        while (end - at >= 4) {
            int length = little32();
            if (length < 0 || length > end - at) {
                throw new IOException("a block is longer than the rest");
            }
            block(at + length);
        }
        if (done != output.length) {
            throw new IOException("it is not as long as it says");
        }
        return output;
    }

    private int little32() {
        int value =
                input[at] & 0xff
                        | (input[at + 1] & 0xff) << 8
                        | (input[at + 2] & 0xff) << 16
                        | (input[at + 3] & 0xff) << 24;
        at += 4;
        return value;
    }

    private void block(int blockEnd) throws IOException {
        int begin = done;
        while (at < blockEnd) {
            int token = input[at++] & 0xff;
            int literals = length(token >> 4, blockEnd);
            if (literals > blockEnd - at) {
                throw new IOException("literals reach out of their block");
            }
            System.arraycopy(input, at, output, done, literals);
            at += literals;
            done += literals;
            if (at == blockEnd) {
                break;
            }
            if (blockEnd - at < 2) {
                throw new IOException("a block ends within a match");
            }
            int distance = input[at] & 0xff | (input[at + 1] & 0xff) << 8;
            at += 2;
            int match = length(token & 0xf, blockEnd) + LEAST_MATCH;
            if (distance == 0 || distance > done - begin) {
                throw new IOException("a match reaches out of its block");
            }
            done = Matches.copy(output, done, distance, match);
        }
        if (done - begin > MOST_BLOCK_BYTES) {
            throw new IOException("a block of more than 8 MiB");
        }
    }

    private int length(int nibble, int blockEnd) throws IOException {
        int length = nibble;
        if (nibble == 15) {
            int more;
            do {
                if (at >= blockEnd || length > MOST_BLOCK_BYTES) {
                    throw new IOException("a length without end");
                }
                more = input[at++] & 0xff;
                length += more;
            } while (more == 255);
        }
        return length;
    }
}
