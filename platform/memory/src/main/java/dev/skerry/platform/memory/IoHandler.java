package dev.skerry.platform.memory;

/**
 * What answers accesses to an I/O region. Values are little-endian and zero-extended; only the low
 * {@code 8 * size} bits of a written value count.
 */
public interface IoHandler {
    /**
     * @param offset from the region's begin, a multiple of {@code size} unless the region is {@link
     *     IoRegion#uncut}
     * @param size 1, 2, 4 or 8 bytes, as the region's {@link AccessSizes} allow
     */
    long read(long offset, int size);

    /** See {@link #read}. */
    void write(long offset, int size, long value);
}
