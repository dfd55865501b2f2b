package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Landlock (landlock(7)): a thread gives up access to files, networks and other processes, for
 * itself and for what it starts from now on. From version 8 of the kernel's interface on it does so
 * for all threads of its process; before, threads that run already keep what they have.
 */
public final class Landlock {
    private static final int CREATE_RULESET = 444;
    private static final int RESTRICT_SELF = 446;
    private static final int VERSION_FLAG = 1;
    private static final int ERRATA_FLAG = 2;

    /** Of the errata: signals between threads of one process pass whatever their domains. */
    private static final int ERRATUM_SIGNALS = 1 << 1;

    /** All rights on files by the interface's version; each adds to the one before. */
    private static final long[] FILE_RIGHTS = {
        0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff, 0xffff, 0xffff
    };

    private static final long BIND_AND_CONNECT_TCP = 3;
    private static final int FIRST_WITH_NETWORK = 4;
    private static final int FIRST_WITH_SCOPES = 6;
    private static final int FIRST_FOR_ALL_THREADS = 8;

    /** LANDLOCK_RESTRICT_SELF_TSYNC: all threads at once, and no_new_privs for them too. */
    private static final int ALL_THREADS = 1 << 3;

    private static final long SCOPE_ABSTRACT_SOCKETS = 1;
    private static final long SCOPE_SIGNALS = 2;

    private Landlock() {}

    /** The version of the kernel's interface, 0 if it has none or it is switched off. */
    public static int version() {
        return (int) Math.max(0, Sys.call(CREATE_RULESET, 0, 0, VERSION_FLAG));
    }

    /** Whether {@link #restrict} is for threads that run already, too. */
    public static boolean bindsAllThreads() {
        return restrictFlags(version()) != 0;
    }

    /** The flags of landlock_restrict_self(2); a kernel refuses those it does not know. */
    static int restrictFlags(int version) {
        return version >= FIRST_FOR_ALL_THREADS ? ALL_THREADS : 0;
    }

    /**
     * Takes every right the kernel's version knows from the calling thread, and from all others of
     * this process if {@link #bindsAllThreads}: no file can be opened
     * or changed by name, no TCP port bound or connected to, no abstract socket and no process
     * outside reached. Wants no_new_privs.
     *
     * @param really false to do all but the last step, which gives nothing up
     * @return what this kernel's version cannot take, as a person would say it; empty if nothing
     */
    public static String restrict(boolean really) throws LinuxException {
        int version = version();
        if (version == 0) {
            return "files, network, signals";
        }
        boolean signals =
                version >= FIRST_WITH_SCOPES
                        && (Math.max(0, Sys.call(CREATE_RULESET, 0, 0, ERRATA_FLAG))
                                        & ERRATUM_SIGNALS)
                                != 0;
        try (Arena arena = Arena.ofConfined()) {
            // struct landlock_ruleset_attr: handled_access_fs, handled_access_net, scoped.
            MemorySegment attributes = arena.allocate(24, 8);
            attributes.set(
                    ValueLayout.JAVA_LONG_UNALIGNED,
                    0,
                    FILE_RIGHTS[Math.min(version, FILE_RIGHTS.length - 1)]);
            long size = 8;
            if (version >= FIRST_WITH_NETWORK) {
                attributes.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, BIND_AND_CONNECT_TCP);
                size = 16;
            }
            if (version >= FIRST_WITH_SCOPES) {
                attributes.set(
                        ValueLayout.JAVA_LONG_UNALIGNED,
                        16,
                        SCOPE_ABSTRACT_SOCKETS | (signals ? SCOPE_SIGNALS : 0));
                size = 24;
            }
            long fd = Sys.call(CREATE_RULESET, attributes.address(), size, 0);
            if (fd < 0) {
                throw new LinuxException("landlock_create_ruleset", (int) -fd, "");
            }
            long result = really ? Sys.call(RESTRICT_SELF, fd, restrictFlags(version)) : 0;
            Sys.call(Sys.CLOSE, fd);
            if (result < 0) {
                throw new LinuxException("landlock_restrict_self", (int) -result, "");
            }
        }
        if (version < FIRST_WITH_NETWORK) {
            return "network, signals";
        }
        return signals ? "" : "signals";
    }
}
