package dev.skerry.device.scsi;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What a logical unit keeps its blocks in. Offsets and lengths are bytes, at any alignment, and lie
 * within the size.
 *
 * <p>Every operation is asynchronous: it is asked for on the device thread, and its completion runs
 * there too, exactly once, possibly before the call returns. The segments are native memory and
 * belong to the storage until the completion.
 *
 * <p>Order: operations in flight at one time may be done in any order; one asked for after another's
 * completion sees that one's effect. A write is durable once a flush, asked for after the write's
 * completion, has completed.
 */
public interface Storage {
    /** Its size now; a multiple of nothing in particular. */
    long sizeBytes();

    boolean isReadOnly();

    /** Whether writes are to be acknowledged before they are durable, unless the user says else. */
    default boolean isWriteBack() {
        return true;
    }

    /** Fills the segments, one after the other, with the bytes from an offset on. */
    void read(long offsetBytes, List<MemorySegment> into, Completion completion);

    /** Writes what the segments hold, one after the other, from an offset on. */
    void write(long offsetBytes, List<MemorySegment> from, Completion completion);

    /** Makes completed writes durable. */
    void flush(Completion completion);

    /** Says that bytes are no longer needed; what they read as afterwards is the storage's choice. */
    void discard(long offsetBytes, long lengthBytes, Completion completion);

    /** Makes bytes read as zeros. */
    void writeZeroes(long offsetBytes, long lengthBytes, Completion completion);

    /** Ends what has not begun, with any failure: nobody waits for it any more. */
    default void cancelAll() {}

    /** What follows an operation. */
    @FunctionalInterface
    interface Completion {
        /**
         * @param failure null if all of it was done; otherwise any part of it may have been
         */
        void done(IOException failure);

        /**
         * Whether what has not begun is still to be done. A storage that keeps an operation for long
         * asks before it begins or repeats it; one that is not wanted ends with any failure.
         */
        default boolean isWanted() {
            return true;
        }
    }

    /** A write failed because there is no room for it. */
    final class FullException extends IOException {
        private static final long serialVersionUID = 1L;

        public FullException(String message) {
            super(message);
        }
    }
}
