package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A descriptor read or written byte after byte: a terminal, a pipe, a file. Nothing here waits, but the
 * descriptor's flags are left alone: others may share the open file, a shell its terminal. One thread
 * reads or writes at a time.
 */
public final class HostStream implements AutoCloseable {
    /** {@link #read}: nothing there now. */
    public static final int NOTHING = 0;

    /** {@link #read}: nothing will come any more. */
    public static final int END = -1;

    /** What is written at once: so much a pipe or terminal that is ready takes without waiting. */
    private static final int MOST_BYTES = 2048;

    private static final short POLLIN = 1;
    private static final short POLLOUT = 4;
    private static final int EIO = 5;

    private final Fd fd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment scratch = arena.allocate(MOST_BYTES, 8);
    private final MemorySegment poll = arena.allocate(24, 8);

    /** Takes the descriptor over. */
    public HostStream(Fd fd) {
        this.fd = fd;
    }

    public Fd fd() {
        return fd;
    }

    /**
     * Reads what is there.
     *
     * @return the number of bytes, {@link #NOTHING} or {@link #END}
     */
    public int read(byte[] into, int offset, int length) throws LinuxException {
        if (!Polling.await(fd, POLLIN, 0, poll)) {
            return NOTHING;
        }
        int most = Math.min(length, MOST_BYTES);
        long result = Sys.call(Sys.READ, fd.number(), scratch.address(), most);
        if (result == -Sys.EAGAIN) {
            return NOTHING;
        } else if (result == 0 || result == -EIO) {
            // EIO: a terminal whose other side is gone, or that belongs to another session.
            return END;
        }
        int count = (int) fd.check("read", result, "");
        MemorySegment.copy(scratch, ValueLayout.JAVA_BYTE, 0, into, offset, count);
        return count;
    }

    /**
     * Writes what fits now.
     *
     * @return the number of bytes taken, 0 if there is no room now
     * @throws LinuxException EPIPE if nobody reads any more
     */
    public int write(byte[] from, int offset, int length) throws LinuxException {
        if (!Polling.await(fd, POLLOUT, 0, poll)) {
            return 0;
        }
        int count = Math.min(length, MOST_BYTES);
        MemorySegment.copy(from, offset, scratch, ValueLayout.JAVA_BYTE, 0, count);
        long result = Sys.call(Sys.WRITE, fd.number(), scratch.address(), count);
        return result == -Sys.EAGAIN ? 0 : (int) fd.check("write", result, "");
    }

    @Override
    public void close() {
        if (fd.isOpen()) {
            fd.close();
            arena.close();
        }
    }
}
