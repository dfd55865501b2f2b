package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A file in memory; {@link #before} is where tests make operations fail or write them down. */
class MemoryImageFile implements ImageFile {
    /** An operation that changes the file, or a flush, whose offset is -1. */
    record Change(long offset, byte[] bytes, long truncateTo) {
        boolean isFlush() {
            return offset < 0 && truncateTo < 0;
        }

        void applyTo(MemoryImageFile file) {
            if (truncateTo >= 0) {
                file.resize(truncateTo);
            } else if (offset >= 0) {
                file.store(offset, bytes);
            }
        }
    }

    private static final Change FLUSH = new Change(-1, null, -1);

    private byte[] bytes;
    private int length;

    MemoryImageFile(byte[] bytes) {
        this.bytes = bytes.clone();
        length = bytes.length;
    }

    static MemoryImageFile of(Path file) throws IOException {
        return new MemoryImageFile(Files.readAllBytes(file));
    }

    /** Called before each change. */
    void before(Change change) throws IOException {}

    synchronized byte[] contents() {
        return Arrays.copyOf(bytes, length);
    }

    synchronized void store(long offset, byte[] data) {
        if (offset + data.length > length) {
            resize(offset + data.length);
        }
        System.arraycopy(data, 0, bytes, (int) offset, data.length);
    }

    private synchronized void resize(long newLength) {
        if (newLength > 1 << 28) {
            throw new AssertionError("a test image should not grow to " + newLength);
        }
        if (newLength > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.max(newLength, 3L * bytes.length / 2));
        }
        if (newLength < length) {
            Arrays.fill(bytes, (int) newLength, length, (byte) 0);
        }
        length = (int) newLength;
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public String identity() {
        return "memory " + System.identityHashCode(this);
    }

    @Override
    public synchronized long sizeBytes() {
        return length;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public synchronized long read(long offset, IoVector into, long at, long lengthBytes)
            throws IOException {
        if (offset < 0) {
            throw new IllegalArgumentException("a read at " + offset);
        }
        long there = Math.max(0, Math.min(lengthBytes, length - offset));
        if (there > 0) {
            into.copyFrom(MemorySegment.ofArray(bytes), offset, at, there);
        }
        return there;
    }

    @Override
    public synchronized void write(long offset, IoVector from, long at, long lengthBytes)
            throws IOException {
        byte[] data = new byte[(int) lengthBytes];
        from.copyTo(MemorySegment.ofArray(data), 0, at, lengthBytes);
        Change change = new Change(offset, data, -1);
        before(change);
        change.applyTo(this);
    }

    @Override
    public synchronized void flush() throws IOException {
        before(FLUSH);
    }

    @Override
    public synchronized boolean punchHole(long offset, long lengthBytes) throws IOException {
        long there = Math.max(0, Math.min(lengthBytes, length - offset));
        Change change = new Change(offset, new byte[(int) there], -1);
        before(change);
        change.applyTo(this);
        return true;
    }

    @Override
    public synchronized void truncate(long sizeBytes) throws IOException {
        Change change = new Change(-1, null, sizeBytes);
        before(change);
        change.applyTo(this);
    }

    @Override
    public void close() {}

    /** Opens it as qcow2. */
    Qcow2Image openQcow2(BlockImage backing) throws IOException {
        return Qcow2Image.open(this, Qcow2Header.read(this), backing, true);
    }
}
