package dev.skerry.device.pci;

/**
 * The bytes of a configuration space, with a mask of the bits software may write and one of those
 * it clears by writing ones. Effects of a write are {@link PciFunction}'s business.
 *
 * <p>Little-endian. Used on the device thread.
 */
final class ConfigSpace {
    /** The size of a conventional function's configuration space, in bytes. */
    static final int SIZE = 256;

    /** The size of the standard header. */
    static final int HEADER_SIZE = 64;

    private final byte[] values = new byte[SIZE];
    private final byte[] writable = new byte[SIZE];
    private final byte[] clearable = new byte[SIZE];

    /** A space whose bytes past the header are plain storage, as QEMU's are. */
    ConfigSpace() {
        java.util.Arrays.fill(writable, HEADER_SIZE, SIZE, (byte) 0xff);
    }

    /** Whether an access lies inside the space; its size is 1, 2 or 4 bytes. */
    static boolean contains(int offset, int size) {
        return (size == 1 || size == 2 || size == 4) && offset >= 0 && offset <= SIZE - size;
    }

    int get(int offset, int size) {
        int value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | values[offset + i] & 0xff;
        }
        return value;
    }

    /** Sets bytes whatever their masks say. */
    void set(int offset, int size, int value) {
        put(values, offset, size, value);
    }

    void setWritable(int offset, int size, int mask) {
        put(writable, offset, size, mask);
    }

    void setClearable(int offset, int size, int mask) {
        put(clearable, offset, size, mask);
    }

    /** A write by software. */
    void write(int offset, int size, int value) {
        for (int i = 0; i < size; i++) {
            int at = offset + i;
            int written = value >>> (8 * i) & 0xff;
            int kept = values[at] & ~writable[at] & ~(clearable[at] & written);
            values[at] = (byte) (kept | written & writable[at]);
        }
    }

    byte[] snapshot() {
        return values.clone();
    }

    void restore(byte[] snapshot) {
        System.arraycopy(snapshot, 0, values, 0, SIZE);
    }

    private static void put(byte[] bytes, int offset, int size, int value) {
        for (int i = 0; i < size; i++) {
            bytes[offset + i] = (byte) (value >>> (8 * i));
        }
    }
}
