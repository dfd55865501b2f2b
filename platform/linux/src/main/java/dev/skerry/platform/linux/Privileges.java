package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What this process may do beyond an ordinary one, and giving it up (prctl(2), capset(2)). */
public final class Privileges {
    private static final int GETUID = 102;
    private static final int GETPPID = 110;
    private static final int CAPGET = 125;
    private static final int CAPSET = 126;
    private static final int PRCTL = 157;
    private static final int PRLIMIT64 = 302;

    private static final int PR_SET_DUMPABLE = 4;
    private static final int PR_CAPBSET_DROP = 24;
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int PR_CAP_AMBIENT = 47;
    private static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;
    private static final int LAST_CAPABILITY = 63;
    private static final int CAPABILITY_VERSION_3 = 0x20080522;

    private Privileges() {}

    /** A resource of setrlimit(2), with the kernel's number. */
    public enum Limit {
        DATA(2),
        CORE(4),
        NPROC(6),
        NOFILE(7),
        MEMLOCK(8),
        AS(9),
        MSGQUEUE(12),
        RTPRIO(14);

        private final int number;

        Limit(int number) {
            this.number = number;
        }
    }

    /** No exec of this thread, or of what it starts, gains privileges again. */
    public static void renounceNewOnes() throws LinuxException {
        check("prctl", Sys.call(PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
    }

    /** No other process of this user may look into this one, and it leaves no core. */
    public static void forbidDumping() throws LinuxException {
        check("prctl", Sys.call(PRCTL, PR_SET_DUMPABLE, 0, 0, 0, 0, 0), "PR_SET_DUMPABLE");
    }

    /** Whether the calling thread has, or may take, any capability. */
    public static boolean hasCapabilities() throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = capabilityHeader(arena);
            MemorySegment data = arena.allocate(24, 8);
            check("capget", Sys.call(CAPGET, header.address(), data.address()), "");
            long any = 0;
            for (int i = 0; i < 24; i += 4) {
                any |= data.get(ValueLayout.JAVA_INT_UNALIGNED, i);
            }
            return any != 0;
        }
    }

    /** Gives up all capabilities of the calling thread and of what it starts. */
    public static void dropCapabilities() throws LinuxException {
        for (int capability = 0; capability <= LAST_CAPABILITY; capability++) {
            // Numbers the kernel does not have, or a thread without the right to: nothing to drop.
            Sys.call(PRCTL, PR_CAPBSET_DROP, capability, 0, 0, 0, 0);
        }
        Sys.call(PRCTL, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0, 0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = capabilityHeader(arena);
            MemorySegment none = arena.allocate(24, 8);
            check("capset", Sys.call(CAPSET, header.address(), none.address()), "none");
        }
    }

    private static MemorySegment capabilityHeader(Arena arena) {
        MemorySegment header = arena.allocate(8, 8);
        header.set(ValueLayout.JAVA_INT_UNALIGNED, 0, CAPABILITY_VERSION_3);
        return header;
    }

    /** Lowers a limit of this process for good; one that is lower already stays. */
    public static void lower(Limit limit, long value) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pair = arena.allocate(16, 8);
            long at = pair.address();
            check("prlimit64", Sys.call(PRLIMIT64, 0, limit.number, 0, at), limit.name());
            long hard = pair.get(ValueLayout.JAVA_LONG_UNALIGNED, 8);
            long wanted = Long.compareUnsigned(hard, value) < 0 ? hard : value;
            pair.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, wanted);
            pair.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, wanted);
            check("prlimit64", Sys.call(PRLIMIT64, 0, limit.number, at, 0), limit.name());
        }
    }

    /** The soft limit now; all ones if there is none. */
    public static long limit(Limit limit) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pair = arena.allocate(16, 8);
            check(
                    "prlimit64",
                    Sys.call(PRLIMIT64, 0, limit.number, 0, pair.address()),
                    limit.name());
            return pair.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        }
    }

    /** The real user id, as this process' user namespace has it. */
    public static int userId() {
        return (int) Sys.call(GETUID, 0);
    }

    /** The parent's process id, 0 if it is outside this process' pid namespace. */
    public static int parentId() {
        return (int) Sys.call(GETPPID, 0);
    }

    private static void check(String call, long result, String arguments) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(call, (int) -result, arguments);
        }
    }
}
