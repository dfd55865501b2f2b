package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The one door to the kernel: libc's {@code syscall}, with all arguments as 64-bit integers.
 *
 * <p>One shape of call means one generated binding, made once at start-up; a binding for each
 * function would cost several milliseconds each before the first message is answered. For the same
 * reason this module reads and writes structures through the unaligned layouts alone: each layout
 * used costs the making of its accessors, and x86-64 does not tell the two apart. Numbers: the
 * kernel's {@code syscall_64.tbl}.
 */
final class Sys {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int CLOSE = 3;
    static final int FSTAT = 5;
    static final int MMAP = 9;
    static final int MUNMAP = 11;
    static final int RT_SIGPROCMASK = 14;
    static final int IOCTL = 16;
    static final int GETPID = 39;
    static final int SOCKET = 41;
    static final int CONNECT = 42;
    static final int SENDTO = 44;
    static final int SENDMSG = 46;
    static final int RECVMSG = 47;
    static final int SHUTDOWN = 48;
    static final int BIND = 49;
    static final int LISTEN = 50;
    static final int SOCKETPAIR = 53;
    static final int SETSOCKOPT = 54;
    static final int GETSOCKOPT = 55;
    static final int WAIT4 = 61;
    static final int KILL = 62;
    static final int FCNTL = 72;
    static final int FTRUNCATE = 77;
    static final int GETPPID = 110;
    static final int RT_SIGTIMEDWAIT = 128;
    static final int PRCTL = 157;
    static final int GETTID = 186;
    static final int EPOLL_CTL = 233;
    static final int TGKILL = 234;
    static final int OPENAT = 257;
    static final int PPOLL = 271;
    static final int ACCEPT4 = 288;
    static final int EVENTFD2 = 290;
    static final int EPOLL_CREATE1 = 291;
    static final int MEMFD_CREATE = 319;
    static final int PIDFD_OPEN = 434;
    static final int EPOLL_PWAIT2 = 441;

    static final int EINTR = 4;
    static final int EAGAIN = 11;

    /** The shape of every call: errno's place, then seven integers. */
    static final FunctionDescriptor SEVEN_LONGS =
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG);

    private static final MethodHandle SYSCALL = bind("syscall");

    private static final ThreadLocal<MemorySegment> STATE =
            new ThreadLocal<>() {
                @Override
                protected MemorySegment initialValue() {
                    return newState(Arena.ofAuto());
                }
            };

    static {
        String arch = System.getProperty("os.arch");
        if (!arch.equals("amd64")) {
            throw new ExceptionInInitializerError(
                    "Skerry runs on x86-64 Linux only, this is " + arch);
        }
    }

    private Sys() {}

    /** A place for errno. */
    static MemorySegment newState(Arena arena) {
        return arena.allocate(Linker.Option.captureStateLayout());
    }

    /** A libc function taking up to seven integers or pointers. */
    // SAFETY: the functions bound here take integer and pointer arguments alone, which the System V
    // ABI passes in the same registers; surplus ones are ignored by the callee.
    @SuppressWarnings("restricted")
    static MethodHandle bind(String function) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(function),
                SEVEN_LONGS,
                Linker.Option.captureCallState("errno"));
    }

    /**
     * One system call, repeated while a signal interrupts it.
     *
     * @return its result, or the negative error number
     */
    static long call(int number, long a, long b, long c, long d, long e, long f) {
        return call(STATE.get(), number, a, b, c, d, e, f);
    }

    /**
     * The same with a place for errno of the caller's own, which saves looking up the thread's. No
     * other call may use it at the same time; see {@link #newState}.
     */
    static long call(
            MemorySegment state, int number, long a, long b, long c, long d, long e, long f) {
        while (true) {
            long result = once(state, number, a, b, c, d, e, f);
            if (result != -EINTR) {
                return result;
            }
        }
    }

    /** The same, but a signal ends it: the result is then the negative of {@link #EINTR}. */
    static long once(
            MemorySegment state, int number, long a, long b, long c, long d, long e, long f) {
        long result;
        try {
            result = (long) SYSCALL.invokeExact(state, (long) number, a, b, c, d, e, f);
        } catch (Throwable t) {
            throw new AssertionError("a downcall does not throw", t);
        }
        // errno is the only member of Linux's capture state.
        return result != -1 ? result : -state.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
    }

    static long call(int number, long a) {
        return call(number, a, 0, 0, 0, 0, 0);
    }

    static long call(int number, long a, long b) {
        return call(number, a, b, 0, 0, 0, 0);
    }

    static long call(int number, long a, long b, long c) {
        return call(number, a, b, c, 0, 0, 0);
    }

    static long call(int number, long a, long b, long c, long d) {
        return call(number, a, b, c, d, 0, 0);
    }

    /** The address of part of a native segment, after checking that the part lies inside it. */
    static long address(MemorySegment segment, long offset, long length) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("system calls take native memory, not a Java array");
        }
        if (segment.isReadOnly()) {
            throw new IllegalArgumentException("the kernel would write to a read-only segment");
        }
        java.util.Objects.checkFromIndexSize(offset, length, segment.byteSize());
        return segment.address() + offset;
    }
}
