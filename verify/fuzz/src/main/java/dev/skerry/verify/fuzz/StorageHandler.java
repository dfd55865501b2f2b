package dev.skerry.verify.fuzz;

import static dev.skerry.verify.fuzz.Promise.require;

import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.util.Arrays;

/**
 * Registers that are plain storage, and that insist on being called as an {@link IoHandler} is
 * promised to be. A write may set something else off.
 */
final class StorageHandler implements IoHandler {
    private final byte[] bytes;
    private final AccessSizes sizes;
    private final Runnable onWrite;

    /**
     * @param onWrite what every write does beside storing
     */
    StorageHandler(int sizeBytes, AccessSizes sizes, Runnable onWrite) {
        this.bytes = new byte[sizeBytes];
        this.sizes = sizes;
        this.onWrite = onWrite;
        for (int i = 0; i < sizeBytes; i++) {
            bytes[i] = (byte) (i * 7 + 1);
        }
    }

    IoRegion region(String name) {
        return new IoRegion(name, bytes.length, sizes, this);
    }

    /** Whether every access is accepted and none reaches more bytes than it names. */
    boolean isPlain() {
        return sizes.acceptedLeast() == 1 && sizes.acceptedMost() == 8 && sizes.handledLeast() == 1;
    }

    /** Whether reads of all sizes are accepted. */
    boolean isReadable() {
        return sizes.acceptedLeast() == 1 && sizes.acceptedMost() == 8;
    }

    byte[] bytes() {
        return bytes;
    }

    private void requireCall(long offset, int size) {
        require(
                AccessSizes.isSize(size)
                        && size >= sizes.handledLeast()
                        && size <= sizes.handledMost(),
                "a handler of %s was called with size %d",
                sizes,
                size);
        require(
                offset >= 0 && offset % size == 0 && offset <= bytes.length - size,
                "a handler of %d bytes was called at offset 0x%x with size %d",
                bytes.length,
                offset,
                size);
    }

    @Override
    public long read(long offset, int size) {
        requireCall(offset, size);
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | bytes[(int) offset + i] & 0xff;
        }
        return value;
    }

    @Override
    public void write(long offset, int size, long value) {
        requireCall(offset, size);
        require(
                size == 8 || value >>> (8 * size) == 0,
                "a handler was given 0x%x for %d bytes",
                value,
                size);
        for (int i = 0; i < size; i++) {
            bytes[(int) offset + i] = (byte) (value >>> (8 * i));
        }
        onWrite.run();
    }

    @Override
    public String toString() {
        return Arrays.toString(bytes);
    }
}
