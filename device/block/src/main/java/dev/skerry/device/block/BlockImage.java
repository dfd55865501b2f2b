package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;

/**
 * A disk's contents. Offsets and lengths are bytes; a range must lie within {@link #sizeBytes} and
 * within the memory given, anything else is the caller's bug ({@link IndexOutOfBoundsException}).
 *
 * <p>All operations but {@link #close} may be used by many threads at once. Those without {@code
 * try} may wait for the host. Overlapping operations that run at the same time take effect in any
 * order, byte by byte. Failures are {@link ImageException} and {@code LinuxException}; {@link
 * BlockError#of} tells their kinds.
 */
public interface BlockImage extends AutoCloseable {
    /** What a range holds, as far as it can be told without reading it. */
    record Extent(boolean zero, long lengthBytes) {}

    /** The file's name as given, for messages. */
    String name();

    /** The format's name as in {@code format=}. */
    String format();

    /** The guest's capacity; a multiple of 512. */
    long sizeBytes();

    boolean isReadOnly();

    /** Whether a write never ends in the host's memory but waits for a disk, or longer. */
    default boolean isSlow() {
        return false;
    }

    /** What offsets, lengths and memory should be multiples of to go without a copy; a power of 2. */
    default int alignment() {
        return 1;
    }

    void read(long offset, IoVector into, long at, long lengthBytes) throws IOException;

    /**
     * Reads if it can be done without waiting for a disk or for another operation.
     *
     * @return whether it was done; if not, part of the memory may have been written
     */
    boolean tryRead(long offset, IoVector into, long at, long lengthBytes) throws IOException;

    /** The data may still be in the host's memory afterwards; {@link #flush} settles it. */
    void write(long offset, IoVector from, long at, long lengthBytes) throws IOException;

    /**
     * Writes if it can be done without waiting.
     *
     * @return whether it was done; if not, part of it may have been
     */
    boolean tryWrite(long offset, IoVector from, long at, long lengthBytes) throws IOException;

    /** Returns when every write that had returned before is on stable storage. */
    void flush() throws IOException;

    /**
     * The contents of a range are no longer needed: afterwards each byte reads as before or as zero,
     * and goes on doing so.
     */
    void discard(long offset, long lengthBytes) throws IOException;

    /**
     * Makes a range read as zeroes.
     *
     * @param mayUnmap whether its storage may be given back
     */
    void writeZeroes(long offset, long lengthBytes, boolean mayUnmap) throws IOException;

    /**
     * What begins at an offset.
     *
     * @param mostBytes how far to look, positive
     * @return a length of 1 to {@code mostBytes}; {@code zero} only if it surely reads as zeroes
     */
    Extent extentAt(long offset, long mostBytes) throws IOException;

    /** Flushes and lets go, after the last operation has ended. */
    @Override
    void close() throws IOException;

    /** {@link #read(long, IoVector, long, long)} of a whole list. */
    default void read(long offset, IoVector into) throws IOException {
        read(offset, into, 0, into.totalBytes());
    }

    /** {@link #write(long, IoVector, long, long)} of a whole list. */
    default void write(long offset, IoVector from) throws IOException {
        write(offset, from, 0, from.totalBytes());
    }
}
