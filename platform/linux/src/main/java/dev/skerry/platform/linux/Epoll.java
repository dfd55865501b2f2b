package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Waits for any of several descriptors to become readable or writable (epoll(7)). One thread waits,
 * any may add, change and remove; waiting allocates nothing.
 */
public final class Epoll implements AutoCloseable {
    /** Waits without end. */
    public static final long FOREVER = -1;

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int CTL_ADD = 1;
    private static final int CTL_DEL = 2;
    private static final int CTL_MOD = 3;
    private static final int EPOLLIN = 1;
    private static final int EPOLLOUT = 4;
    // struct epoll_event is packed on x86-64: u32 events, u64 data (epoll_ctl(2)).
    private static final long EVENT_BYTES = 12;
    private static final long DATA = 4;
    private static final long NS_PER_S = 1_000_000_000L;

    private final Fd fd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment events;
    private final MemorySegment timeout = arena.allocate(16, 8);
    private final int capacity;

    /**
     * @param capacity how many events one wait takes at most
     */
    public Epoll(int capacity) throws LinuxException {
        long result = Sys.call(Sys.EPOLL_CREATE1, EPOLL_CLOEXEC);
        if (result < 0) {
            throw new LinuxException("epoll_create1", (int) -result, "");
        }
        this.fd = Fd.made(result);
        this.capacity = capacity;
        this.events = arena.allocate(EVENT_BYTES * capacity, 4);
    }

    /**
     * Watches a descriptor for input, hang-up and errors.
     *
     * @param token what {@link #token} gives when it is ready
     */
    public void add(Fd watched, long token) throws LinuxException {
        control(CTL_ADD, "ADD", watched, token, EPOLLIN);
    }

    /**
     * Changes what a watched descriptor is watched for. Hang-up and errors are told in any case.
     *
     * @param token from now on
     */
    public void change(Fd watched, long token, boolean input, boolean output)
            throws LinuxException {
        int wanted = (input ? EPOLLIN : 0) | (output ? EPOLLOUT : 0);
        control(CTL_MOD, "MOD", watched, token, wanted);
    }

    private void control(int operation, String name, Fd watched, long token, int wanted)
            throws LinuxException {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment event = scratch.allocate(EVENT_BYTES, 4);
            event.set(ValueLayout.JAVA_INT_UNALIGNED, 0, wanted);
            event.set(ValueLayout.JAVA_LONG_UNALIGNED, DATA, token);
            long result =
                    Sys.call(
                            Sys.EPOLL_CTL,
                            fd.number(),
                            operation,
                            watched.number(),
                            event.address());
            watched.check("epoll_ctl", result, name);
        }
    }

    /** Stops watching. Must come before the descriptor is closed: the kernel watches open files. */
    public void remove(Fd watched) throws LinuxException {
        long result = Sys.call(Sys.EPOLL_CTL, fd.number(), CTL_DEL, watched.number(), 0);
        watched.check("epoll_ctl", result, "DEL");
    }

    /**
     * Waits until something is ready or the time is over.
     *
     * @param timeoutNs nanoseconds, 0 for a look without waiting, or {@link #FOREVER}
     * @return how many events there are
     */
    public int await(long timeoutNs) throws LinuxException {
        long timespec = 0;
        if (timeoutNs >= 0) {
            timeout.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, timeoutNs / NS_PER_S);
            timeout.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, timeoutNs % NS_PER_S);
            timespec = timeout.address();
        }
        long result =
                Sys.call(Sys.EPOLL_PWAIT2, fd.number(), events.address(), capacity, timespec, 0, 0);
        return (int) fd.check("epoll_pwait2", result, "");
    }

    /** The token of an event of the last wait. */
    public long token(int event) {
        return events.get(ValueLayout.JAVA_LONG_UNALIGNED, event * EVENT_BYTES + DATA);
    }

    /** Whether an event of the last wait is one of input, hang-up or an error. */
    public boolean isInput(int event) {
        return (events.get(ValueLayout.JAVA_INT_UNALIGNED, event * EVENT_BYTES) & ~EPOLLOUT) != 0;
    }

    /** Whether an event of the last wait says that output is possible. */
    public boolean isOutput(int event) {
        return (events.get(ValueLayout.JAVA_INT_UNALIGNED, event * EVENT_BYTES) & EPOLLOUT) != 0;
    }

    @Override
    public void close() {
        if (fd.isOpen()) {
            fd.close();
            arena.close();
        }
    }
}
