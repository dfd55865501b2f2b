package dev.skerry.verify.conformance;

import dev.skerry.platform.linux.Fd;

import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.Pipe;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Descriptors of files that hold no memory, borrowed from Java's own classes. */
final class HostFds {
    /** Something that opens descriptors. */
    @FunctionalInterface
    private interface Opening {
        Closeable open() throws IOException;
    }

    private HostFds() {}

    /** A descriptor of a kind: pipe, socket, directory, or else a file's path, opened to read. */
    static Fd of(String kind) throws IOException {
        return switch (kind) {
            case "pipe" ->
                    duplicate(
                            () -> {
                                Pipe pipe = Pipe.open();
                                return () -> {
                                    pipe.source().close();
                                    pipe.sink().close();
                                };
                            });
            case "socket" -> duplicate(SocketChannel::open);
            case "directory" -> duplicate(() -> Files.newDirectoryStream(Path.of("/tmp")));
            default -> duplicate(() -> new FileInputStream(kind));
        };
    }

    /** The first descriptor that is there after the opening and was not before. */
    private static Fd duplicate(Opening opening) throws IOException {
        // Whatever classes and files Java needs for it are there after the first time.
        opening.open().close();
        TreeSet<Integer> before = numbers();
        try (Closeable opened = opening.open()) {
            TreeSet<Integer> after = numbers();
            after.removeAll(before);
            if (after.isEmpty()) {
                throw new IOException(opened + " opened no descriptor");
            }
            return Fd.inherited(after.first()).duplicate();
        }
    }

    private static TreeSet<Integer> numbers() throws IOException {
        TreeSet<Integer> numbers = new TreeSet<>();
        try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
            fds.forEach(fd -> numbers.add(Integer.valueOf(fd.getFileName().toString())));
        }
        // The listing's own descriptor is gone again.
        numbers.removeIf(
                number -> !Files.isSymbolicLink(Path.of("/proc/self/fd", number.toString())));
        return numbers;
    }
}
