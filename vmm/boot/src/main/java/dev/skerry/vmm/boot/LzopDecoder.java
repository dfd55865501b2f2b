package dev.skerry.vmm.boot;

import java.io.IOException;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.Checksum;

/**
 * Unpacks a file of lzop, as the kernel's build makes: a header, then blocks, each packed by LZO1X or
 * stored. Sums are checked where there are any. Source: the layout as lzop 1.04 writes it; of the
 * blocks, see {@link Lzo1xDecoder}. Every array access is within bounds or the input is damaged.
 */
final class LzopDecoder {
    private static final int MAGIC_BYTES = 9;
    private static final int VERSION_WITH_LEVEL = 0x940;
    private static final int HAS_FILTER = 0x800;
    private static final int HAS_EXTRA_FIELD = 0x40;
    private static final int ADLER_OF_UNPACKED = 0x1;
    private static final int ADLER_OF_PACKED = 0x2;
    private static final int CRC_OF_UNPACKED = 0x100;
    private static final int CRC_OF_PACKED = 0x200;

    private final byte[] input;
    private final int end;
    private final byte[] output;
    private int at = MAGIC_BYTES;
    private int done;

    LzopDecoder(byte[] input, int end, int size) {
        this.input = input;
        this.end = end;
        output = new byte[size];
    }

    byte[] decode() throws IOException {
        int flags = header();
        for (int unpacked = big(4); unpacked != 0; unpacked = big(4)) {
            block(flags, unpacked);
        }
        if (done != output.length) {
            throw new IOException("it is not as long as it says");
        }
        return output;
    }

    private int big(int bytes) throws IOException {
        if (bytes > end - at) {
            throw new IOException("it is cut short");
        }
        int value = 0;
        for (int i = 0; i < bytes; i++) {
            value = value << 8 | input[at++] & 0xff;
        }
        return value;
    }

    /** Returns the flags. */
    private int header() throws IOException {
        int version = big(2);
        big(2);
        if (version >= VERSION_WITH_LEVEL) {
            big(2);
        }
        int method = big(1);
        if (method < 1 || method > 3) {
            throw new IOException("method " + method + " is not LZO1X");
        }
        if (version >= VERSION_WITH_LEVEL) {
            big(1);
        }
        int flags = big(4);
        if ((flags & HAS_FILTER) != 0) {
            throw new IOException("it is filtered");
        }
        // Mode and time, of which the newer format has a high half.
        big(4);
        big(4);
        if (version >= VERSION_WITH_LEVEL) {
            big(4);
        }
        skip(big(1));
        big(4);
        if ((flags & HAS_EXTRA_FIELD) != 0) {
            skip(big(4));
            big(4);
        }
        return flags;
    }

    private void skip(int bytes) throws IOException {
        if (bytes < 0 || bytes > end - at) {
            throw new IOException("it is cut short");
        }
        at += bytes;
    }

    private void block(int flags, int unpacked) throws IOException {
        int packed = big(4);
        if (unpacked < 0 || unpacked > output.length - done) {
            throw new IOException("it is longer than it says");
        }
        int adler = (flags & ADLER_OF_UNPACKED) != 0 ? big(4) : 0;
        int crc = (flags & CRC_OF_UNPACKED) != 0 ? big(4) : 0;
        if (packed < unpacked) {
            skip((flags & ADLER_OF_PACKED) != 0 ? 4 : 0);
            skip((flags & CRC_OF_PACKED) != 0 ? 4 : 0);
        }
        int begin = at;
        skip(packed);
        if (packed < unpacked) {
            new Lzo1xDecoder(input, begin, at, output, done, done + unpacked).decode();
        } else if (packed == unpacked) {
            System.arraycopy(input, begin, output, done, unpacked);
        } else {
            throw new IOException("a block is larger packed than unpacked");
        }
        if ((flags & ADLER_OF_UNPACKED) != 0) {
            check(new Adler32(), adler, unpacked);
        }
        if ((flags & CRC_OF_UNPACKED) != 0) {
            check(new CRC32(), crc, unpacked);
        }
        done += unpacked;
    }

    private void check(Checksum sum, int wanted, int length) throws IOException {
        sum.update(output, done, length);
        if ((int) sum.getValue() != wanted) {
            throw new IOException("a checksum is wrong");
        }
    }
}
