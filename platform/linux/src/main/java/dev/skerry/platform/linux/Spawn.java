package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Starts a program with exactly the descriptors it is given (posix_spawn(3)); Java's own process
 * builder closes them all. The three standard streams are shared with this process unless given.
 *
 * <p>Signal dispositions and mask are the default ones. Used by one thread.
 */
public final class Spawn {
    private static final int POSIX_SPAWN_SETSIGDEF = 4;
    private static final int POSIX_SPAWN_SETSIGMASK = 8;
    // Generous bounds for glibc's opaque types: 80, 336 and 128 bytes on x86-64.
    private static final long FILE_ACTIONS_BYTES = 256;
    private static final long ATTRIBUTES_BYTES = 512;
    private static final long SIGSET_BYTES = 128;

    /** Sources are first copied here and above, out of the way of every number a child is given. */
    private static final int ABOVE_ALL_TARGETS = 256;

    private final List<String> command;
    private final Map<String, String> environment = new LinkedHashMap<>(System.getenv());
    private final TreeMap<Integer, Fd> descriptors = new TreeMap<>();

    /**
     * @param command the program's path (not searched for) and its arguments
     */
    public Spawn(List<String> command) {
        this.command = List.copyOf(command);
    }

    /** Gives the child a copy of a descriptor under a number below 256. */
    public Spawn with(int childNumber, Fd fd) {
        java.util.Objects.checkIndex(childNumber, ABOVE_ALL_TARGETS);
        descriptors.put(childNumber, fd);
        return this;
    }

    public Spawn environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /**
     * Starts it. The descriptors given stay the caller's.
     *
     * @throws LinuxException with the kernel's reason if the program cannot be executed
     */
    public Child start() throws LinuxException {
        Map<Integer, Fd> copies = new LinkedHashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            for (Map.Entry<Integer, Fd> entry : descriptors.entrySet()) {
                copies.put(entry.getKey(), entry.getValue().duplicateFrom(ABOVE_ALL_TARGETS));
            }
            return Child.of(spawn(arena, copies), command.getFirst());
        } finally {
            copies.values().forEach(Fd::close);
        }
    }

    private int spawn(Arena arena, Map<Integer, Fd> copies) throws LinuxException {
        MemorySegment actions = arena.allocate(FILE_ACTIONS_BYTES, 16);
        MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 16);
        MemorySegment pid = arena.allocate(4, 4);
        Libc.check(
                "posix_spawn_file_actions_init", Libc.FILE_ACTIONS_INIT, actions.address(), 0, 0);
        try {
            int closeFrom = 3;
            for (Map.Entry<Integer, Fd> entry : copies.entrySet()) {
                // Between the chosen numbers there may be some that this process inherited itself.
                for (; closeFrom < entry.getKey(); closeFrom++) {
                    Libc.check(
                            "posix_spawn_file_actions_addclose",
                            Libc.ADD_CLOSE,
                            actions.address(),
                            closeFrom,
                            0);
                }
                Libc.check(
                        "posix_spawn_file_actions_adddup2",
                        Libc.ADD_DUP2,
                        actions.address(),
                        entry.getValue().number(),
                        entry.getKey());
                closeFrom = Math.max(closeFrom, entry.getKey() + 1);
            }
            Libc.check(
                    "posix_spawn_file_actions_addclosefrom_np",
                    Libc.ADD_CLOSEFROM,
                    actions.address(),
                    closeFrom,
                    0);
            prepareSignals(arena, attributes);
            List<String> variables = new ArrayList<>();
            environment.forEach((name, value) -> variables.add(name + "=" + value));
            int error =
                    Libc.call(
                            Libc.SPAWN,
                            pid.address(),
                            arena.allocateFrom(command.getFirst()).address(),
                            actions.address(),
                            attributes.address(),
                            strings(arena, command).address(),
                            strings(arena, variables).address());
            if (error != 0) {
                throw new LinuxException("posix_spawn", error, command.getFirst());
            }
            return pid.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        } finally {
            Libc.call(Libc.FILE_ACTIONS_DESTROY, actions.address(), 0, 0, 0, 0, 0);
        }
    }

    private static void prepareSignals(Arena arena, MemorySegment attributes)
            throws LinuxException {
        MemorySegment none = arena.allocate(SIGSET_BYTES, 8);
        MemorySegment all = arena.allocate(SIGSET_BYTES, 8).fill((byte) 0xff);
        long at = attributes.address();
        Libc.check("posix_spawnattr_init", Libc.ATTR_INIT, at, 0, 0);
        Libc.check("posix_spawnattr_setsigmask", Libc.ATTR_SETSIGMASK, at, none.address(), 0);
        Libc.check("posix_spawnattr_setsigdefault", Libc.ATTR_SETSIGDEFAULT, at, all.address(), 0);
        Libc.check(
                "posix_spawnattr_setflags",
                Libc.ATTR_SETFLAGS,
                at,
                POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK,
                0);
    }

    /** A null-terminated array of C strings. */
    private static MemorySegment strings(Arena arena, List<String> texts) {
        MemorySegment array = arena.allocate(ValueLayout.JAVA_LONG, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            array.setAtIndex(
                    ValueLayout.JAVA_LONG_UNALIGNED, i, arena.allocateFrom(texts.get(i)).address());
        }
        return array;
    }

    /** The functions of libc that spawning needs; bound only in processes that spawn. */
    private static final class Libc {
        static final MethodHandle SPAWN = Sys.bind("posix_spawn");
        static final MethodHandle FILE_ACTIONS_INIT = Sys.bind("posix_spawn_file_actions_init");
        static final MethodHandle FILE_ACTIONS_DESTROY =
                Sys.bind("posix_spawn_file_actions_destroy");
        static final MethodHandle ADD_CLOSE = Sys.bind("posix_spawn_file_actions_addclose");
        static final MethodHandle ADD_DUP2 = Sys.bind("posix_spawn_file_actions_adddup2");
        static final MethodHandle ADD_CLOSEFROM =
                Sys.bind("posix_spawn_file_actions_addclosefrom_np");
        static final MethodHandle ATTR_INIT = Sys.bind("posix_spawnattr_init");
        static final MethodHandle ATTR_SETFLAGS = Sys.bind("posix_spawnattr_setflags");
        static final MethodHandle ATTR_SETSIGMASK = Sys.bind("posix_spawnattr_setsigmask");
        static final MethodHandle ATTR_SETSIGDEFAULT = Sys.bind("posix_spawnattr_setsigdefault");

        private Libc() {}

        /** These functions return an error number instead of setting errno. */
        static int call(MethodHandle function, long a, long b, long c, long d, long e, long f) {
            MemorySegment unused = Arena.ofAuto().allocate(8, 8);
            try {
                return (int) (long) function.invokeExact(unused, a, b, c, d, e, f, 0L);
            } catch (Throwable t) {
                throw new AssertionError("a downcall does not throw", t);
            }
        }

        static void check(String name, MethodHandle function, long a, long b, long c)
                throws LinuxException {
            int error = call(function, a, b, c, 0, 0, 0);
            if (error != 0) {
                throw new LinuxException(name, error, "");
            }
        }
    }
}
