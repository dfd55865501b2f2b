package dev.skerry.vmm.boot;

import dev.skerry.platform.zstd.ZstdDecoder;

import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.SingleXZInputStream;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/**
 * Unpacks the payload of a bzImage. Whatever it is packed with, it ends with its unpacked size in four
 * bytes, as gzip has it of its own and the kernel's build adds to the others.
 */
final class Payload {
    /** More than an unpacked kernel has. */
    private static final long MOST_BYTES = 1L << 30;

    private static final int SIZE_BYTES = 4;

    /** What xz and lzma may ask for, in KiB: far more than the kernel's build uses. */
    private static final int XZ_MEMORY_KIB = 1 << 20;

    private Payload() {}

    /** What a payload begins with, by who packed it. */
    private enum Packing {
        GZIP(0x1f, 0x8b),
        BZIP2('B', 'Z', 'h'),
        XZ(0xfd, '7', 'z', 'X', 'Z', 0),
        LZMA(0x5d, 0, 0),
        LZO(0x89, 'L', 'Z', 'O', 0),
        LZ4(0x02, 0x21, 0x4c, 0x18),
        ZSTD(0x28, 0xb5, 0x2f, 0xfd),
        NONE(0x7f, 'E', 'L', 'F');

        private final byte[] magic;

        Packing(int... bytes) {
            magic = new byte[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                magic[i] = (byte) bytes[i];
            }
        }

        static Packing of(byte[] packed) throws BootException {
            for (Packing packing : values()) {
                int length = packing.magic.length;
                if (packed.length >= length
                        && Arrays.equals(packed, 0, length, packing.magic, 0, length)) {
                    return packing;
                }
            }
            throw new BootException(
                    "its payload is packed by none of gzip, bzip2, xz, lzma, lzo, lz4 and zstd");
        }
    }

    /** Everything it unpacks to. */
    static byte[] unpack(byte[] file, int offset, int length) throws BootException {
        byte[] packed = Arrays.copyOfRange(file, offset, offset + length);
        Packing packing = Packing.of(packed);
        if (packing == Packing.NONE) {
            return packed;
        }
        if (length < SIZE_BYTES) {
            throw new BootException("its payload is cut short");
        }
        long size =
                ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN).getInt(length - SIZE_BYTES)
                        & 0xffff_ffffL;
        if (size > MOST_BYTES) {
            throw new BootException("its payload unpacks to " + size + " bytes, more than 1 GiB");
        }
        int end = packing == Packing.GZIP ? length : length - SIZE_BYTES;
        String name = packing.name().toLowerCase(java.util.Locale.ROOT);
        try {
            return unpack(packing, packed, end, (int) size);
        } catch (IOException | IndexOutOfBoundsException e) {
            throw new BootException(
                    "its payload, packed by " + name + ", is damaged: " + e.getMessage());
        }
    }

    private static byte[] unpack(Packing packing, byte[] packed, int end, int size)
            throws IOException {
        InputStream in = new ByteArrayInputStream(packed, 0, end);
        return switch (packing) {
            case GZIP -> drain(new GZIPInputStream(in, 1 << 16), size);
            case XZ -> drain(new SingleXZInputStream(in, XZ_MEMORY_KIB), size);
            case LZMA -> drain(new LZMAInputStream(in, XZ_MEMORY_KIB), size);
            case BZIP2 -> new Bzip2Decoder(packed, end, size).decode();
            case LZO -> new LzopDecoder(packed, end, size).decode();
            case LZ4 -> new Lz4Decoder(packed, end, size).decode();
            case ZSTD -> {
                byte[] output = new byte[size];
                if (!new ZstdDecoder(packed, end, output).decode()) {
                    throw new IOException("it makes no sense, or is not as long as it says");
                }
                yield output;
            }
            case NONE -> throw new AssertionError(packing);
        };
    }

    private static byte[] drain(InputStream in, int size) throws IOException {
        try (in) {
            byte[] output = new byte[size];
            if (in.readNBytes(output, 0, size) != size || in.read() >= 0) {
                throw new IOException("it is not as long as it says");
            }
            return output;
        }
    }
}
