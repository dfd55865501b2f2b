package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Things a process in a sandbox must not be able to do, tried out. Each is made so that it does no
 * harm where it is allowed: it names what does not exist, or asks for what changes nothing.
 */
public enum Attempt {
    OPEN_A_FILE("open a file", 257, -100, Text.ROOT, 0x80000),
    CREATE_A_FILE("create a file", 257, -100, Text.NEW_FILE, 0x800c1, 0600),
    OPEN_BY_OPENAT2("open a file", 437, -100, Text.ROOT, Text.ZEROES, 24),
    OPEN_BY_OPEN("open a file", 2, Text.ROOT, 0x80000),
    REMOVE_A_FILE("remove a file", 87, Text.NEW_FILE),
    LOOK_AT_A_PATH("look at a path", 262, -100, Text.ROOT, Text.ZEROES, 0),
    MAKE_A_UNIX_SOCKET("make a unix socket", 41, 1, 0x80001, 0),
    MAKE_A_NETWORK_SOCKET("make a network socket", 41, 2, 0x80001, 0),
    MAKE_A_VSOCK("make a socket to the hypervisor", 41, 40, 0x80001, 0),
    CONNECT("connect", 42, -1, Text.ZEROES, 16),
    LISTEN("listen", 50, -1, 1),
    SEND_DESCRIPTORS("send descriptors", 46, -1, Text.ZEROES, 0),
    EXECUTE("execute a program", 59, Text.NEW_FILE, 0, 0),
    EXECUTE_AT("execute a program", 322, -1, Text.NEW_FILE, 0, 0, 0),
    // CLONE_THREAD without CLONE_SIGHAND is invalid wherever it is not forbidden.
    START_A_PROCESS("start a process", 56, 0x10000, 0, 0, 0, 0),
    TRACE_ANOTHER("trace another process", 101, 16, Integer.MAX_VALUE, 0, 0),
    READ_ANOTHERS_MEMORY("read another process' memory", 310, Integer.MAX_VALUE, 0, 0, 0, 0, 0),
    WRITE_ANOTHERS_MEMORY("write another process' memory", 311, Integer.MAX_VALUE, 0, 0, 0, 0, 0),
    TAKE_ANOTHERS_DESCRIPTOR("take another process' descriptor", 438, -1, 0, 0),
    OPEN_A_PROCESS("open a process", 434, Integer.MAX_VALUE, 0),
    SIGNAL_ANOTHER("signal another process", 62, Integer.MAX_VALUE, 0),
    SIGNAL_ALL("signal all processes", 62, -1, 0),
    SIGNAL_ANOTHERS_THREAD(
            "signal another's thread", 234, Integer.MAX_VALUE - 1, Integer.MAX_VALUE, 0),
    QUEUE_A_SIGNAL("queue a signal", 129, Integer.MAX_VALUE, 0, Text.ZEROES),
    SIGNAL_BY_DESCRIPTOR("signal a process", 424, -1, 0, 0, 0),
    MAP_A_FILE_AS_CODE("map a file as code", 9, 0, 4096, 5, 2, 0, 0),
    MAKE_A_MEMORY_FILE("make a memory file", 319, Text.ZEROES, 0x80000000),
    CONTROL_A_DEVICE("control a device by ioctl", 16, 0, 0x5413, Text.ZEROES),
    MOUNT("mount", 165, 0, Text.NEW_FILE, 0, 0, 0),
    CHANGE_THE_ROOT("change the root", 161, Text.NEW_FILE),
    LEAVE_A_NAMESPACE("make a namespace", 272, 0x80000000),
    ENTER_A_NAMESPACE("enter a namespace", 308, -1, 0),
    CHANGE_USER("change the user", 117, -1, -1, -1),
    CHANGE_CAPABILITIES("change capabilities", 126, Text.ZEROES, Text.ZEROES),
    CHANGE_LIMITS("change limits", 302, 0, 4, Text.ZEROES, 0),
    BECOME_DUMPABLE("become dumpable", 157, 4, 0, 0, 0, 0),
    LOAD_BPF("load a BPF program", 321, -1, 0, 0),
    MEASURE("measure by perf", 298, 0, 0, -1, -1, 0),
    USE_KEYRINGS("use keyrings", 250, -1, 0, 0, 0, 0),
    USE_IO_URING("use io_uring", 425, 0, 0),
    HANDLE_FAULTS("handle page faults", 323, 0x80000000),
    OPEN_BY_HANDLE("open a file by handle", 304, -1, 0, 0),
    LOAD_A_MODULE("load a kernel module", 313, -1, 0, 0),
    REBOOT("reboot", 169, 0, 0, 0, 0),
    SET_THE_CLOCK("set the clock", 227, -1, 0),
    FILTER_ANEW("change the filter", 317, 99, 0, 0);

    private final String what;
    private final int number;
    private final long[] arguments;

    Attempt(String what, int number, long... arguments) {
        this.what = what;
        this.number = number;
        this.arguments = arguments;
    }

    /** As a person would say it. */
    public String what() {
        return what;
    }

    /**
     * Tries.
     *
     * @return 0 if it could be done, or the error number
     */
    public Errno make() {
        try (Arena arena = Arena.ofConfined()) {
            long[] filled = new long[6];
            for (int i = 0; i < arguments.length; i++) {
                filled[i] = Text.address(arena, arguments[i]);
            }
            long result =
                    Sys.call(
                            number, filled[0], filled[1], filled[2], filled[3], filled[4],
                            filled[5]);
            if (result >= 0 && makesDescriptor()) {
                Sys.call(Sys.CLOSE, result);
            }
            return new Errno((int) Math.max(0, -result));
        }
    }

    private boolean makesDescriptor() {
        return switch (this) {
            case OPEN_A_FILE,
                    CREATE_A_FILE,
                    OPEN_BY_OPENAT2,
                    OPEN_BY_OPEN,
                    MAKE_A_UNIX_SOCKET,
                    MAKE_A_NETWORK_SOCKET,
                    MAKE_A_VSOCK ->
                    true;
            default -> false;
        };
    }

    /** Stand-ins for addresses among the arguments, which enum constants cannot have yet. */
    private static final class Text {
        static final long ROOT = Long.MIN_VALUE + 1;
        static final long NEW_FILE = Long.MIN_VALUE + 2;
        static final long ZEROES = Long.MIN_VALUE + 3;

        private Text() {}

        static long address(Arena arena, long argument) {
            if (argument == ROOT) {
                return arena.allocateFrom("/").address();
            } else if (argument == NEW_FILE) {
                return arena.allocateFrom("/none/such").address();
            } else if (argument == ZEROES) {
                MemorySegment zeroes = arena.allocate(256, 8);
                zeroes.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 0);
                return zeroes.address();
            }
            return argument;
        }
    }
}
