package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An event counter shared between processes (eventfd(2)). {@link #signal} and {@link #drain} never
 * wait, whatever kind of descriptor a peer passed as one, and allocate nothing; but see {@link
 * #signalShared} for a counter that another process holds too. One thread signals
 * and drains at a time.
 */
public final class EventFd implements AutoCloseable {
    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;
    private static final int PREADV2 = 327;
    private static final int RWF_NOWAIT = 8;
    private static final int EOPNOTSUPP = 95;
    private static final long NO_OFFSET = -1;
    private static final short POLLOUT = 4;

    private final Fd fd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment one = arena.allocate(ValueLayout.JAVA_LONG);
    private final MemorySegment counter = arena.allocate(ValueLayout.JAVA_LONG);
    private final MemorySegment vector = arena.allocate(16, 8);
    private final MemorySegment polled = arena.allocate(8 + 16, 8);
    private final MemorySegment state = Sys.newState(arena);
    private boolean takesFlags = true;

    private EventFd(Fd fd) {
        this.fd = fd;
        one.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 1);
        vector.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, counter.address());
        vector.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, Long.BYTES);
    }

    /** A new counter, at zero. */
    public static EventFd create() throws LinuxException {
        long result = Sys.call(Sys.EVENTFD2, 0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (result < 0) {
            throw new LinuxException("eventfd2", (int) -result, "");
        }
        return new EventFd(Fd.made(result));
    }

    /**
     * Takes over a received descriptor and makes it non-blocking; it is closed if that fails. That
     * it really is an event counter cannot be told; if it is something else, signals go nowhere
     * that matters here.
     */
    public static EventFd adopt(Fd fd) throws LinuxException {
        try {
            fd.setNonBlocking();
        } catch (LinuxException e) {
            fd.close();
            throw e;
        }
        return new EventFd(fd);
    }

    public Fd fd() {
        return fd;
    }

    /** Adds one. Returns false if the kernel refused (full, or not a counter after all). */
    public boolean signal() {
        return Sys.call(state, Sys.WRITE, fd.number(), one.address(), Long.BYTES, 0, 0, 0)
                == Long.BYTES;
    }

    /**
     * Adds one unless the counter is full. The process at the other end shares the open file, and
     * with it the flag that says whether calls wait: stock QEMU switches it to waiting. Looking
     * first leaves that process the moment between look and signal to make this one wait, if it
     * fills the counter just then.
     */
    public boolean signalShared() throws LinuxException {
        return Polling.await(fd, POLLOUT, 0, polled) && signal();
    }

    /** Takes the count and sets it to zero; 0 if there was none. */
    public long drain() {
        long read = -EOPNOTSUPP;
        if (takesFlags) {
            // Does not wait whatever another holder has made of the flags of the open file.
            read =
                    Sys.call(
                            state,
                            PREADV2,
                            fd.number(),
                            vector.address(),
                            1,
                            NO_OFFSET,
                            0,
                            RWF_NOWAIT);
        }
        if (read == -EOPNOTSUPP) {
            takesFlags = false;
            read = Sys.call(state, Sys.READ, fd.number(), counter.address(), Long.BYTES, 0, 0, 0);
        }
        return read == Long.BYTES ? counter.get(ValueLayout.JAVA_LONG_UNALIGNED, 0) : 0;
    }

    @Override
    public void close() {
        if (fd.isOpen()) {
            fd.close();
            arena.close();
        }
    }
}
