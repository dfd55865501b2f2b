package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;

/**
 * What an image format is stored in: bytes by position, growing as they are written. The contract
 * is a host file's ({@link HostImageFile}); a decorator can delay it, break it or record it.
 *
 * <p>Used by many threads at once.
 */
public interface ImageFile extends AutoCloseable {
    /** The name as given, for messages. */
    String name();

    /** Tells whether two names mean the same file: unique on this host while open. */
    String identity() throws IOException;

    /** The length in bytes, now. */
    long sizeBytes() throws IOException;

    /** Bytes of storage in use, for people. */
    default long allocatedBytes() throws IOException {
        return sizeBytes();
    }

    boolean isReadOnly();

    /** Whether every transfer may take as long as a disk does: then none is done on a device thread. */
    default boolean isSlow() {
        return false;
    }

    /**
     * Reads.
     *
     * @return how many bytes; fewer than asked for only where the file ends
     */
    long read(long offset, IoVector into, long at, long lengthBytes) throws IOException;

    /** Reads what needs no waiting; false if that is not all of it, or at the end of the file. */
    default boolean tryRead(long offset, IoVector into, long at, long lengthBytes)
            throws IOException {
        return false;
    }

    /** Writes all of it, growing the file if need be. */
    void write(long offset, IoVector from, long at, long lengthBytes) throws IOException;

    /** Writes without waiting; false if that cannot be. */
    default boolean tryWrite(long offset, IoVector from, long at, long lengthBytes)
            throws IOException {
        return false;
    }

    /** Returns when all that was written is on stable storage. */
    void flush() throws IOException;

    /** Gives storage back, the range reading as zeroes; false if it cannot. */
    default boolean punchHole(long offset, long lengthBytes) throws IOException {
        return false;
    }

    /** Makes a range within the file read as zeroes; false if it cannot. */
    default boolean zeroRange(long offset, long lengthBytes) throws IOException {
        return false;
    }

    /** Sets the length; what is added reads as zeroes. */
    void truncate(long sizeBytes) throws IOException;

    /** Where data may begin at or after an offset; -1 if there is none. */
    default long nextData(long offset) throws IOException {
        return offset < sizeBytes() ? offset : -1;
    }

    /** Where a hole surely begins at or after an offset below the length; at most the length. */
    default long nextHole(long offset) throws IOException {
        return sizeBytes();
    }

    @Override
    void close() throws IOException;
}
