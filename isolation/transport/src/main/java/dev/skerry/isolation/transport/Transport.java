package dev.skerry.isolation.transport;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.ReceivedFds;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A connected, ordered stream of bytes that can carry descriptors. One thread receives and one
 * sends; they may be the same.
 */
public interface Transport extends AutoCloseable {
    /** {@link #receive}: nothing there now. */
    int NOTHING = 0;

    /** {@link #receive}: the peer has gone and everything it sent has been read. */
    int END = -1;

    /**
     * Takes bytes that are there.
     *
     * @param wait whether to wait for them where the kernel can; without, or where it cannot, the
     *     answer may be {@link #NOTHING}
     * @param into native memory
     * @param fds empty; gets the descriptors that were sent with the last of the sends these bytes
     *     are from
     * @return the number of bytes, {@link #NOTHING} or {@link #END}
     */
    int receive(boolean wait, MemorySegment into, long offset, int length, ReceivedFds fds)
            throws IOException;

    /**
     * Sends all bytes, the descriptors with the first one. Waits for a peer that does not read, but
     * not for ever.
     *
     * @param fds stay the caller's
     * @throws IOException if the peer has gone, or has not read for too long; the stream is then of
     *     no more use
     */
    void send(MemorySegment from, long offset, int length, Fd... fds) throws IOException;

    /** Waits for bytes or the end. Returns false when the time is over. */
    boolean awaitReadable(long timeoutNs) throws IOException;

    /** What to wait on beside other descriptors, or null if this stream is not one of the kernel. */
    Fd waitable();

    /** Ends the connection; both sides see it. May come from any thread. */
    void shutdown();

    @Override
    void close();
}
