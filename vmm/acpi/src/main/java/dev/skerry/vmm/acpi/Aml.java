package dev.skerry.vmm.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * ACPI machine language, term by term (specification 6.5, chapter 20): every method returns a term's
 * encoding, to be put into others.
 */
final class Aml {
    /** Address spaces of operation regions (20.2.5.2). */
    static final int PCI_CONFIG = 2;

    private static final int EXTENDED = 0x5b;
    private static final int SEGMENT_CHARS = 4;

    private Aml() {}

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    static byte[] little(long value, int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (value >>> 8 * i);
        }
        return bytes;
    }

    /** PkgLength (20.2.4), which counts itself, and what it is the length of. */
    private static byte[] counted(byte[]... parts) {
        byte[] content = join(parts);
        int size = 1;
        while (content.length + size >= (size == 1 ? 1 << 6 : 1 << 8 * size - 4)) {
            size++;
        }
        return join(length(content.length + size, size), content);
    }

    private static byte[] length(int length, int size) {
        if (size == 1) {
            return bytes(length);
        }
        byte[] encoded = new byte[size];
        encoded[0] = (byte) (size - 1 << 6 | length & 0xf);
        for (int i = 1; i < size; i++) {
            encoded[i] = (byte) (length >> 8 * i - 4);
        }
        return encoded;
    }

    /**
     * A NameString (20.2.2).
     *
     * @param path segments with dots between, each padded to four characters here, maybe after a
     *     backslash for the root
     */
    static byte[] path(String path) {
        boolean root = path.startsWith("\\");
        String[] segments = path.substring(root ? 1 : 0).split("\\.");
        byte[] prefix =
                switch (segments.length) {
                    case 1 -> bytes();
                    case 2 -> bytes(0x2e);
                    default -> bytes(0x2f, segments.length);
                };
        StringBuilder names = new StringBuilder();
        for (String segment : segments) {
            names.append(segment).append("_".repeat(SEGMENT_CHARS - segment.length()));
        }
        return join(root ? bytes('\\') : bytes(), prefix, ascii(names.toString()));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] integer(long value) {
        if (value == 0 || value == 1) {
            return bytes((int) value);
        } else if (value >>> 8 == 0) {
            return join(bytes(0x0a), little(value, 1));
        } else if (value >>> 16 == 0) {
            return join(bytes(0x0b), little(value, 2));
        } else if (value >>> 32 == 0) {
            return join(bytes(0x0c), little(value, 4));
        }
        return join(bytes(0x0e), little(value, 8));
    }

    /** A compressed EISA identifier (19.6.37), such as PNP0A03. */
    static byte[] eisaId(String id) {
        int word = 0;
        for (int i = 0; i < 3; i++) {
            word = word << 5 | id.charAt(i) - '@';
        }
        int number = Integer.parseInt(id.substring(3), 16);
        return integer(Integer.reverseBytes(word << 16 | number) & 0xffff_ffffL);
    }

    static byte[] buffer(byte[] content) {
        return join(bytes(0x11), counted(integer(content.length), content));
    }

    /** Package; up to 255 elements. */
    static byte[] list(byte[]... elements) {
        return join(bytes(0x12), counted(bytes(elements.length), join(elements)));
    }

    static byte[] name(String name, byte[] value) {
        return join(bytes(0x08), path(name), value);
    }

    static byte[] scope(String path, byte[]... terms) {
        return join(bytes(0x10), counted(path(path), join(terms)));
    }

    static byte[] device(String name, byte[]... terms) {
        return join(bytes(EXTENDED, 0x82), counted(path(name), join(terms)));
    }

    static byte[] method(String name, int arguments, byte[]... terms) {
        return join(bytes(0x14), counted(path(name), bytes(arguments), join(terms)));
    }

    static byte[] region(String name, int space, int offset, int length) {
        return join(
                bytes(EXTENDED, 0x80), path(name), bytes(space), integer(offset), integer(length));
    }

    /** Fields of a region, accessed by bytes, their other bits preserved. */
    static byte[] fields(String region, byte[]... elements) {
        return join(bytes(EXTENDED, 0x81), counted(path(region), bytes(0x01), join(elements)));
    }

    static byte[] byteField(String name) {
        return join(path(name), bytes(8));
    }

    /** Bits of a region without a name; at least one byte. */
    static byte[] gap(int gapBytes) {
        int bits = 8 * gapBytes;
        return join(bytes(0), bits < 1 << 6 ? bytes(bits) : length(bits, 2));
    }

    static byte[] argument(int number) {
        return bytes(0x68 + number);
    }

    static byte[] local(int number) {
        return bytes(0x60 + number);
    }

    static byte[] store(byte[] value, byte[] target) {
        return join(bytes(0x70), value, target);
    }

    static byte[] and(byte[] left, byte[] right) {
        return and(left, right, bytes(0));
    }

    static byte[] and(byte[] left, byte[] right, byte[] target) {
        return join(bytes(0x7b), left, right, target);
    }

    static byte[] or(byte[] left, byte[] right, byte[] target) {
        return join(bytes(0x7d), left, right, target);
    }

    static byte[] doubleWordField(byte[] buffer, int offset, String name) {
        return join(bytes(0x8a), buffer, integer(offset), path(name));
    }

    static byte[] ifTrue(byte[] condition, byte[]... terms) {
        return join(bytes(0xa0), counted(condition, join(terms)));
    }

    static byte[] returns(byte[] value) {
        return join(bytes(0xa4), value);
    }
}
