package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;

/**
 * An image whose operations wait before they begin: for a time that is always the same, or for
 * their turn under a limit. No operation is done without waiting, so that a device thread gives all
 * of them to workers.
 */
public final class SlowImage implements BlockImage {
    /** How long an operation waits, by a thread that may. */
    @FunctionalInterface
    public interface Wait {
        /**
         * Returns when the operation may begin.
         *
         * @param lengthBytes what it transfers; 0 for a flush
         */
        void await(long lengthBytes) throws InterruptedException;
    }

    private final BlockImage image;
    private final Wait wait;

    /** Takes over an image. */
    public SlowImage(BlockImage image, Wait wait) {
        this.image = image;
        this.wait = wait;
    }

    private void await(long lengthBytes) throws IOException {
        try {
            wait.await(lengthBytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for its turn", e);
        }
    }

    @Override
    public boolean isSlow() {
        return true;
    }

    @Override
    public void read(long offset, IoVector into, long at, long lengthBytes) throws IOException {
        await(lengthBytes);
        image.read(offset, into, at, lengthBytes);
    }

    @Override
    public boolean tryRead(long offset, IoVector into, long at, long lengthBytes) {
        return false;
    }

    @Override
    public void write(long offset, IoVector from, long at, long lengthBytes) throws IOException {
        await(lengthBytes);
        image.write(offset, from, at, lengthBytes);
    }

    @Override
    public boolean tryWrite(long offset, IoVector from, long at, long lengthBytes) {
        return false;
    }

    @Override
    public void flush() throws IOException {
        await(0);
        image.flush();
    }

    @Override
    public void discard(long offset, long lengthBytes) throws IOException {
        await(lengthBytes);
        image.discard(offset, lengthBytes);
    }

    @Override
    public void writeZeroes(long offset, long lengthBytes, boolean mayUnmap) throws IOException {
        await(lengthBytes);
        image.writeZeroes(offset, lengthBytes, mayUnmap);
    }

    @Override
    public Extent extentAt(long offset, long mostBytes) throws IOException {
        return image.extentAt(offset, mostBytes);
    }

    @Override
    public String name() {
        return image.name();
    }

    @Override
    public String format() {
        return image.format();
    }

    @Override
    public long sizeBytes() {
        return image.sizeBytes();
    }

    @Override
    public boolean isReadOnly() {
        return image.isReadOnly();
    }

    @Override
    public int alignment() {
        return image.alignment();
    }

    @Override
    public void close() throws IOException {
        image.close();
    }
}
