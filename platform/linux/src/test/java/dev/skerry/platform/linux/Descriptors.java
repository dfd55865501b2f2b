package dev.skerry.platform.linux;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/** What the tests of this package look at behind the back of the classes under test. */
final class Descriptors {
    static final long PATIENCE_NS = 30_000_000_000L;

    private static final int F_GETFD = 1;
    private static final int F_GETFL = 3;
    private static final int O_NONBLOCK = 0x800;
    private static final int DUP2 = 33;

    private Descriptors() {}

    /** How many descriptors of this process are open on files with a text in their name. */
    static int openOn(String name) {
        int count = 0;
        for (String number : new File("/proc/self/fd").list()) {
            try {
                String target =
                        Files.readSymbolicLink(new File("/proc/self/fd", number).toPath())
                                .toString();
                count += target.contains(name) ? 1 : 0;
            } catch (IOException e) {
                // Closed since the list was made, as that of the list itself always is.
                continue;
            }
        }
        return count;
    }

    static boolean isOpen(int number) {
        return Sys.call(Sys.FCNTL, number, F_GETFD) >= 0;
    }

    static boolean isCloseOnExec(int number) {
        return (Sys.call(Sys.FCNTL, number, F_GETFD) & 1) == 1;
    }

    static boolean isNonBlocking(Fd fd) {
        return (Sys.call(Sys.FCNTL, fd.number(), F_GETFL) & O_NONBLOCK) != 0;
    }

    /** Opens a number, which any child would inherit. */
    static void duplicateTo(Fd fd, int number) {
        if (Sys.call(DUP2, fd.number(), number) != number) {
            throw new AssertionError("dup2 to " + number);
        }
    }

    static void closeNumber(int number) {
        Sys.call(Sys.CLOSE, number);
    }

    /** All of a file as text. */
    static String contents(Fd fd) throws LinuxException {
        long length = fd.status().sizeBytes();
        if (length == 0) {
            return "";
        }
        try (Mapping mapping = Mapping.of(fd, 0, length, Mapping.Access.READ_ONLY)) {
            return text(mapping.segment(), (int) length);
        }
    }

    static MemorySegment bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Arena.ofAuto()
                .allocate(Math.max(1, bytes.length))
                .copyFrom(MemorySegment.ofArray(bytes));
    }

    static String text(MemorySegment segment, int length) {
        return new String(
                segment.asSlice(0, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE),
                StandardCharsets.UTF_8);
    }
}
