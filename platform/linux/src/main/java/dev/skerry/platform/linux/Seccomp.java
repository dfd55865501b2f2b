package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** System call filters (seccomp(2)). */
public final class Seccomp {
    private static final int SECCOMP = 317;
    private static final int SET_MODE_FILTER = 1;
    private static final int GET_ACTION_AVAIL = 2;
    private static final int FLAG_TSYNC = 1;
    private static final int RET_KILL_PROCESS = 0x80000000;

    /** The kernel's limit for one filter (BPF_MAXINSNS). */
    private static final int MOST_INSTRUCTIONS = 4096;

    private Seccomp() {}

    /** Whether this kernel has filters with all that is used here. */
    public static boolean isAvailable() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment action = arena.allocate(4, 4);
            action.set(ValueLayout.JAVA_INT_UNALIGNED, 0, RET_KILL_PROCESS);
            return Sys.call(SECCOMP, GET_ACTION_AVAIL, 0, action.address()) == 0;
        }
    }

    /**
     * Puts a filter before the system calls of all threads of this process, present and future, and
     * gives them no_new_privs. Wants no_new_privs of the caller.
     *
     * @param program instructions of classic BPF, each as the eight bytes of a {@code sock_filter}:
     *     code, jt, jf, k from the low end
     * @throws LinuxException ESRCH if another thread has a filter of its own
     */
    public static void installOnAllThreads(long[] program) throws LinuxException {
        if (program.length > MOST_INSTRUCTIONS) {
            throw new IllegalArgumentException(
                    program.length + " instructions, the limit is " + MOST_INSTRUCTIONS);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment filter = arena.allocate(8L * program.length, 8);
            for (int i = 0; i < program.length; i++) {
                filter.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i, program[i]);
            }
            // struct sock_fprog: a 16-bit length, and the address at offset 8.
            MemorySegment header = arena.allocate(16, 8);
            header.set(ValueLayout.JAVA_INT_UNALIGNED, 0, program.length);
            header.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, filter.address());
            long result = Sys.call(SECCOMP, SET_MODE_FILTER, FLAG_TSYNC, header.address());
            if (result < 0) {
                throw new LinuxException("seccomp", (int) -result, "SECCOMP_SET_MODE_FILTER");
            }
            if (result > 0) {
                throw new LinuxException(
                        "seccomp", 3, "thread " + result + " has a filter of its own");
            }
        }
    }
}
