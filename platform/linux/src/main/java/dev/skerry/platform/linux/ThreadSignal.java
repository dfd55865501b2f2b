package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A way to get a thread out of a system call that exchanges the signal mask while it waits (ppoll(2),
 * KVM_RUN with KVM_SET_SIGNAL_MASK), without a signal handler: the signal, SIGUSR1, is blocked in the
 * thread, the call alone unblocks it, is ended by it, and leaves it pending; {@link #drain} takes it
 * away. The JVM has no use for that signal. To the rest of the process it means what it did before.
 *
 * <p>A signal that comes while the thread is elsewhere ends its next call: there is no race between
 * the look at a flag and the call.
 */
public final class ThreadSignal {
    private static final int SIGUSR1 = 10;
    private static final int SIG_BLOCK = 0;
    private static final int SIGSET_BYTES = 8;

    private final long processId = CurrentProcess.id();
    private final long threadId;
    private final long maskDuringCall;
    private final MemorySegment set;
    private final MemorySegment noTime;

    private ThreadSignal(long threadId, long maskDuringCall, Arena arena) {
        this.threadId = threadId;
        this.maskDuringCall = maskDuringCall;
        set = arena.allocate(SIGSET_BYTES, 8);
        set.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 1L << SIGUSR1 - 1);
        noTime = arena.allocate(16, 8);
    }

    /**
     * For the calling thread, in which the signal is blocked from now on.
     *
     * @throws IllegalStateException in a virtual thread, which has no signals of its own
     */
    public static ThreadSignal ofCurrentThread() throws LinuxException {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("a virtual thread has no signals of its own");
        }
        Arena arena = Arena.ofAuto();
        MemorySegment mask = arena.allocate(2 * SIGSET_BYTES, 8);
        mask.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 1L << SIGUSR1 - 1);
        long old = mask.address() + SIGSET_BYTES;
        long result = Sys.call(Sys.RT_SIGPROCMASK, SIG_BLOCK, mask.address(), old, SIGSET_BYTES);
        if (result < 0) {
            throw new LinuxException("rt_sigprocmask", (int) -result, "SIG_BLOCK");
        }
        long before = mask.get(ValueLayout.JAVA_LONG_UNALIGNED, SIGSET_BYTES);
        return new ThreadSignal(Sys.call(Sys.GETTID, 0), before & ~(1L << SIGUSR1 - 1), arena);
    }

    /** The signals to block during the call: those the thread blocks, without this one. */
    public long maskDuringCall() {
        return maskDuringCall;
    }

    /** Sends it. From any thread, while the one it is for has not ended. */
    public void send() {
        Sys.call(Sys.TGKILL, processId, threadId, SIGUSR1);
    }

    /** Takes pending ones away. Only in the thread it is for. */
    public void drain() {
        long taken;
        do {
            taken = Sys.call(Sys.RT_SIGTIMEDWAIT, set.address(), 0, noTime.address(), SIGSET_BYTES);
        } while (taken > 0);
    }
}
