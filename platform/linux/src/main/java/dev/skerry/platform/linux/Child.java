package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A child process, from its start until it has been waited for. Closing it kills it if it still
 * runs, and reaps it. Used by one thread at a time.
 */
public final class Child implements AutoCloseable {
    private static final int SIGKILL = 9;
    private static final int SIGTERM = 15;
    private static final short POLLIN = 1;
    private static final long NS_PER_S = 1_000_000_000L;

    private final int pid;
    private final String program;
    private final Fd pidFd;
    private Exit exit;

    /** How a process ended: its exit status, or the signal that ended it (the other one is -1). */
    public record Exit(int status, int signal) {
        @Override
        public String toString() {
            return signal < 0 ? "exit status " + status : "signal " + signal;
        }
    }

    private Child(int pid, String program, Fd pidFd) {
        this.pid = pid;
        this.program = program;
        this.pidFd = pidFd;
    }

    static Child of(int pid, String program) throws LinuxException {
        long result = Sys.call(Sys.PIDFD_OPEN, pid, 0);
        if (result < 0) {
            Sys.call(Sys.KILL, pid, SIGKILL);
            Sys.call(Sys.WAIT4, pid, 0, 0, 0);
            throw new LinuxException("pidfd_open", (int) -result, program + ", pid " + pid);
        }
        return new Child(pid, program, Fd.made(result));
    }

    public int pid() {
        return pid;
    }

    public boolean isAlive() throws LinuxException {
        return await(0) == null;
    }

    /**
     * Waits for its end.
     *
     * @return how it ended, or null when the time is over
     */
    public Exit await(long timeoutNs) throws LinuxException {
        if (exit == null) {
            try (Arena scratch = Arena.ofConfined()) {
                if (Polling.await(pidFd, POLLIN, timeoutNs, scratch.allocate(24, 8))) {
                    exit = reap(scratch.allocate(4, 4));
                }
            }
        }
        return exit;
    }

    private Exit reap(MemorySegment status) throws LinuxException {
        long result = Sys.call(Sys.WAIT4, pid, status.address(), 0, 0);
        if (result < 0) {
            throw new LinuxException("wait4", (int) -result, program + ", pid " + pid);
        }
        int word = status.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        int signal = word & 0x7f;
        return signal == 0 ? new Exit(word >> 8 & 0xff, -1) : new Exit(-1, signal);
    }

    /** Asks it to end. */
    public void terminate() throws LinuxException {
        signal(SIGTERM);
    }

    public void kill() throws LinuxException {
        signal(SIGKILL);
    }

    /** Sends a signal if it still runs; the number cannot belong to another process before reaping. */
    public void signal(int number) throws LinuxException {
        if (exit == null) {
            long result = Sys.call(Sys.KILL, pid, number);
            if (result < 0) {
                throw new LinuxException("kill", (int) -result, program + ", pid " + pid);
            }
        }
    }

    @Override
    public void close() throws LinuxException {
        if (pidFd.isOpen()) {
            try {
                kill();
                if (await(10 * NS_PER_S) == null) {
                    throw new LinuxException(
                            "wait4", 110, program + ", pid " + pid + " after SIGKILL");
                }
            } finally {
                pidFd.close();
            }
        }
    }
}
