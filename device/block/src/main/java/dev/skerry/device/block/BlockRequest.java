package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;

/**
 * One request of a device model to its disk. Made once and used again, but not before it has
 * completed. Only the device thread touches it; the memory in {@link #vector} belongs to the
 * operation until then.
 */
public final class BlockRequest {
    /** What is asked for. */
    public enum Kind {
        READ,
        WRITE,
        FLUSH,
        DISCARD,
        WRITE_ZEROES,
        /** {@link #WRITE_ZEROES} that may give the storage back. */
        WRITE_ZEROES_UNMAP;

        boolean isWrite() {
            return this != READ && this != FLUSH;
        }
    }

    /** Called on the device thread when a request is over. */
    @FunctionalInterface
    public interface Completion {
        void completed(BlockRequest request);

        /**
         * Whether a request that has waited is still to be done; one that is not ends cancelled. Asked
         * before each start, on the device thread.
         */
        default boolean isWanted(BlockRequest request) {
            return true;
        }
    }

    private final IoVector vector = new IoVector();
    private final Completion completion;

    Kind kind;
    long offset;
    long lengthBytes;
    boolean throughCache;
    long sequence;
    int earlierWrites;
    boolean busy;
    boolean cancelled;
    IOException failure;

    /**
     * @param completion called unless {@link BlockQueue#submit} said it was over already
     */
    public BlockRequest(Completion completion) {
        this.completion = completion;
    }

    /** The memory to transfer; filled in before {@link #read} or {@link #write}. */
    public IoVector vector() {
        return vector;
    }

    /** Makes it a read of as many bytes as {@link #vector} has. */
    public BlockRequest read(long offsetBytes) {
        return prepare(Kind.READ, offsetBytes, vector.totalBytes());
    }

    /** Makes it a write of all of {@link #vector}. */
    public BlockRequest write(long offsetBytes) {
        return prepare(Kind.WRITE, offsetBytes, vector.totalBytes());
    }

    /** A write that completes only when it is on stable storage (SCSI's FUA). */
    public BlockRequest writeThrough(long offsetBytes) {
        prepare(Kind.WRITE, offsetBytes, vector.totalBytes());
        throughCache = true;
        return this;
    }

    public BlockRequest flush() {
        return prepare(Kind.FLUSH, 0, 0);
    }

    public BlockRequest discard(long offsetBytes, long length) {
        return prepare(Kind.DISCARD, offsetBytes, length);
    }

    public BlockRequest writeZeroes(long offsetBytes, long length, boolean mayUnmap) {
        Kind wanted = mayUnmap ? Kind.WRITE_ZEROES_UNMAP : Kind.WRITE_ZEROES;
        return prepare(wanted, offsetBytes, length);
    }

    private BlockRequest prepare(Kind wanted, long offsetBytes, long length) {
        if (busy) {
            throw new IllegalStateException("the request has not completed");
        }
        kind = wanted;
        offset = offsetBytes;
        lengthBytes = length;
        throughCache = false;
        cancelled = false;
        failure = null;
        return this;
    }

    public Kind kind() {
        return kind;
    }

    public long offset() {
        return offset;
    }

    public long lengthBytes() {
        return lengthBytes;
    }

    /** Why it failed, or null if the guest is to be told that it worked. */
    public IOException failure() {
        return failure;
    }

    /** Whether {@link BlockQueue#cancelAll} has let it end without a result. */
    public boolean isCancelled() {
        return cancelled;
    }

    boolean isWanted() {
        return completion.isWanted(this);
    }

    void complete() {
        busy = false;
        completion.completed(this);
    }
}
