package dev.skerry.platform.linux;

/**
 * The descriptors that came with a message, until somebody takes them. What is not taken is closed
 * with this object, so that no path through a refused message leaks one. Used by one thread.
 */
public final class ReceivedFds implements AutoCloseable {
    private final Fd[] fds = new Fd[UnixStream.MAX_FDS];
    private int count;

    /** Room for the descriptors of one message. */
    public ReceivedFds() {}

    void add(int number) {
        adopt(Fd.made(number));
    }

    /** Takes over a descriptor as if it had been received; for streams that are no sockets. */
    public void adopt(Fd fd) {
        if (count == fds.length) {
            fd.close();
            throw new AssertionError("more descriptors than the control buffer holds");
        }
        fds[count++] = fd;
    }

    /** How many came, taken ones included. */
    public int count() {
        return count;
    }

    /** Whether nothing came; taken descriptors count as having come. */
    boolean isEmpty() {
        return count == 0;
    }

    /** A descriptor to look at; it stays here. Null if it has been taken. */
    public Fd get(int index) {
        java.util.Objects.checkIndex(index, count);
        return fds[index];
    }

    /** A descriptor to keep; the caller closes it. */
    public Fd take(int index) {
        Fd fd = get(index);
        if (fd == null) {
            throw new IllegalStateException("descriptor " + index + " has been taken");
        }
        fds[index] = null;
        return fd;
    }

    /** Closes what was not taken and forgets the rest. The object can be used again. */
    @Override
    public void close() {
        for (int i = 0; i < count; i++) {
            if (fds[i] != null) {
                fds[i].close();
                fds[i] = null;
            }
        }
        count = 0;
    }
}
