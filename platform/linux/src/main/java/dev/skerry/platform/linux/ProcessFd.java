package dev.skerry.platform.linux;

import java.lang.foreign.Arena;

/**
 * A process that is not this one's child, held by a descriptor so that its number cannot come to mean
 * another (pidfd_open(2)). Any thread may use it until it is closed.
 */
public final class ProcessFd implements AutoCloseable {
    private static final int PIDFD_SEND_SIGNAL = 424;
    private static final int SIGKILL = 9;
    private static final short POLLIN = 1;
    private static final int ESRCH = 3;

    private final int pid;
    private final Fd fd;

    private ProcessFd(int pid, Fd fd) {
        this.pid = pid;
        this.fd = fd;
    }

    /**
     * Holds a process.
     *
     * @throws LinuxException ESRCH if there is none
     */
    public static ProcessFd open(int pid) throws LinuxException {
        long result = Sys.call(Sys.PIDFD_OPEN, pid, 0);
        if (result < 0) {
            throw new LinuxException("pidfd_open", (int) -result, "pid " + pid);
        }
        return new ProcessFd(pid, Fd.made(result));
    }

    public int pid() {
        return pid;
    }

    /** Waits for its end. Returns false when the time is over. */
    public boolean awaitEnd(long timeoutNs) throws LinuxException {
        try (Arena scratch = Arena.ofConfined()) {
            return Polling.await(fd, POLLIN, timeoutNs, scratch.allocate(24, 8));
        }
    }

    /** Sends a signal; one that has ended gets none. */
    public void signal(int number) throws LinuxException {
        long result = Sys.call(PIDFD_SEND_SIGNAL, fd.number(), number, 0, 0);
        if (result < 0 && result != -ESRCH) {
            throw new LinuxException("pidfd_send_signal", (int) -result, "pid " + pid);
        }
    }

    public void kill() throws LinuxException {
        signal(SIGKILL);
    }

    @Override
    public void close() {
        fd.close();
    }
}
