package dev.skerry.verify.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.provider.Arguments;

import java.io.IOException;
import java.util.stream.Stream;

/** What no process may do in its sandbox, as raw system calls. */
final class Attacks {
    private static final int EPERM = 1;

    /** What, number, arguments; {@code P} stands for the address of a path. */
    private static final String CALLS =
            """
            open of a file, 2, P 0
            open of a file at a folder, 257, -100 P 0
            open of a file by openat2, 437, -100 P P 24
            creation of a file, 85, P 384
            removal of a file, 87, P
            rename of a file, 82, P P
            truncation of a file by name, 76, P 0
            change of a file's mode, 90, P 511
            listing of a folder, 217, 0 P 256
            a unix socket, 41, 1 1 0
            a TCP socket, 41, 2 1 0
            an IPv6 socket, 41, 10 1 0
            a raw packet socket, 41, 17 3 0
            a netlink socket, 41, 16 3 0
            a vsock, 41, 40 1 0
            a pair of sockets, 53, 1 1 0 P
            connecting its link elsewhere, 42, 3 P 16
            binding its link to a name, 49, 3 P 16
            execution, 59, P 0 0
            execution at a folder, 322, -100 P 0 0 0
            fork, 57,
            vfork, 58,
            a process by clone, 56, 17 0 0 0 0
            a user namespace by clone, 56, 0x10000011 0 0 0 0
            a new user namespace, 272, 0x10000000
            a new mount namespace, 272, 0x20000
            entering a namespace, 308, 3 0
            a mount, 165, P P P 0 0
            an unmount, 166, P 2
            the new mount interface, 430, P 0
            another root, 161, P
            another root by pivot, 155, P P
            tracing init, 101, 16 1 0 0
            being traced, 101, 0 0 0 0
            reading another's memory, 310, 1 P 0 P 0 0
            writing another's memory, 311, 1 P 0 P 0 0
            signalling another process, 62, 2 9
            signalling all processes, 62, -1 9
            signalling another's thread, 234, 2 2 9
            a process descriptor, 434, 1 0
            another's descriptors, 438, 3 0 0
            its link mapped as code, 9, 0 4096 5 1 3 0
            standard output mapped as code, 9, 0 4096 4 2 1 0
            a memory file, 319, P 0
            a secret memory file, 447, 0
            pushing keys into a terminal, 16, 0 0x5412 P
            any ioctl, 16, 3 0x541b P
            asynchronous signals from a descriptor, 72, 3 8 1
            being dumpable, 157, 4 1 0 0 0
            changing capabilities, 126, P P
            another user, 105, 0
            raised limits, 302, 0 7 P 0
            another's limits, 302, 1 7 0 P
            BPF, 321, 5 P 120
            performance counters, 298, P 0 -1 -1 0
            keyrings, 250, 0 -3 1 0 0
            io_uring, 425, 8 P
            userfaultfd, 323, 1
            opening by handle, 304, -100 P 0
            a kernel module, 175, P 0 P
            kexec, 246, 0 0 0 0
            reboot, 169, 0xfee1dead 672274793 0 0
            the clock, 227, 0 P
            swap, 167, P 0
            the host's name, 170, P 1
            another filter, 317, 1 0 P
            quotas, 179, 0 P 0 P
            shared memory of System V, 29, 1 4096 950
            message queues, 240, P 66 384 0
            real-time scheduling, 144, 0 1 P
            another's processors, 203, 2 8 P
            locking memory, 149, P 4096
            a watch on files, 294, 0
            port access, 172, 3
            """;

    private Attacks() {}

    static Stream<Arguments> calls() {
        return CALLS.lines()
                .map(line -> line.split(",", 3))
                .map(
                        words ->
                                Arguments.of(
                                        words[0],
                                        Integer.parseInt(words[1].strip()),
                                        words[2].strip()));
    }

    /** The kernel refuses it, and the process still serves. */
    static void assertRefused(TakenOver victim, String what, int number, String arguments)
            throws IOException {
        long path = victim.text("/etc/passwd");
        String[] words = arguments.isEmpty() ? new String[0] : arguments.split(" ");
        long[] values = new long[words.length];
        for (int i = 0; i < words.length; i++) {
            values[i] = words[i].equals("P") ? path : Long.decode(words[i]);
        }
        assertEquals(-EPERM, victim.call(number, values), what);
        assertEquals(1, victim.call(39), "its own process id");
    }
}
