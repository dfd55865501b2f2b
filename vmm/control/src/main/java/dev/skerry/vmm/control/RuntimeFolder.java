package dev.skerry.vmm.control;

import dev.skerry.platform.linux.CurrentProcess;
import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.Privileges;
import dev.skerry.platform.linux.UnixListener;
import dev.skerry.platform.linux.UnixStream;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where running machines can be found by their user's other commands: a folder nobody else can
 * enter, with a socket a machine.
 */
public final class RuntimeFolder {
    private static final long TIMEOUT_NS = 5_000_000_000L;
    private static final int LONGEST_REQUEST = 200;
    private static final int LONGEST_ANSWER = 1 << 20;
    private static final String SUFFIX = ".sock";

    private final Path folder;

    private RuntimeFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * The user's.
     *
     * @throws IOException if it is not his alone
     */
    public static RuntimeFolder ofUser() throws IOException {
        String session = System.getenv("XDG_RUNTIME_DIR");
        Path folder =
                session != null && Files.isDirectory(Path.of(session))
                        ? Path.of(session, "skerry")
                        : Path.of("/tmp/skerry-" + Privileges.userId());
        return at(folder);
    }

    /** A folder of a given name, made if it is not there. */
    static RuntimeFolder at(Path folder) throws IOException {
        try {
            Files.createDirectory(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            // Whose it is, is looked at below.
            folder = folder.toAbsolutePath();
        }
        Object owner = Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        String mode =
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS));
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                || !owner.equals(Privileges.userId())
                || !mode.equals("rwx------")) {
            throw new IOException(
                    folder
                            + " is not a folder of this user's alone; remove it or set XDG_RUNTIME_DIR");
        }
        return new RuntimeFolder(folder);
    }

    /** Answers requests about a machine until the process ends. */
    public Path serve(Supervisor supervisor) throws IOException {
        Path path = folder.resolve(supervisor.config().name() + "-" + CurrentProcess.id() + SUFFIX);
        UnixListener listener = UnixListener.listen(path.toString());
        Thread.ofPlatform()
                .daemon()
                .name("requests")
                .start(
                        () -> {
                            try (listener) {
                                while (true) {
                                    answer(listener.accept(), supervisor);
                                }
                            } catch (LinuxException e) {
                                supervisor.log(
                                        "requests are not taken any more: " + e.getMessage());
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        return path;
    }

    /** One that fails is lost, the next one is not. */
    private static void answer(UnixStream from, Supervisor supervisor) throws InterruptedException {
        try (UnixStream peer = from) {
            String request = readAll(peer, LONGEST_REQUEST, true).strip();
            write(peer, supervisor.answer(request).write());
        } catch (IOException e) {
            supervisor.log("a request was lost: " + e.getMessage());
        }
    }

    /** The sockets of machines; some may have ended. */
    public List<Path> machines() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
        }
    }

    /** The machine a socket belongs to. */
    public static String name(Path socket) {
        String name = socket.getFileName().toString();
        return name.substring(0, name.lastIndexOf('-'));
    }

    /** The same with its control's process, for machines of one name. */
    public static String fullName(Path socket) {
        String name = socket.getFileName().toString();
        return name.substring(0, name.length() - SUFFIX.length());
    }

    /**
     * Asks a machine.
     *
     * @return null if it is not there any more; its socket is removed then
     */
    public static Answer ask(Path socket, String request) throws IOException {
        try (UnixStream peer = UnixStream.connect(socket.toString())) {
            write(peer, request + "\n");
            return Answer.read(readAll(peer, LONGEST_ANSWER, false));
        } catch (LinuxException e) {
            if (e.is(Errno.ECONNREFUSED)) {
                // Its process was killed and could not remove it.
                Files.deleteIfExists(socket);
                return null;
            } else if (e.is(Errno.ENOENT) || e.is(Errno.EPIPE) || e.is(Errno.ECONNRESET)) {
                // It was just ending.
                return null;
            }
            throw new IOException(fullName(socket) + ": " + e.getMessage(), e);
        }
    }

    private static void write(UnixStream peer, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocate(Math.max(1, bytes.length));
            MemorySegment.copy(bytes, 0, all, ValueLayout.JAVA_BYTE, 0, bytes.length);
            int sent = 0;
            while (sent < bytes.length) {
                int part = peer.send(all, sent, bytes.length - sent, new Fd[0]);
                sent += part;
                if (part == 0 && !peer.awaitWritable(TIMEOUT_NS)) {
                    throw new IOException("the other side does not read");
                }
            }
        }
    }

    private static String readAll(UnixStream peer, int most, boolean oneLine) throws IOException {
        StringBuilder text = new StringBuilder();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(4096);
            while (text.length() < most && !(oneLine && text.indexOf("\n") >= 0)) {
                if (!peer.awaitReadable(TIMEOUT_NS)) {
                    throw new IOException("no answer in " + TIMEOUT_NS / 1_000_000_000 + " s");
                }
                int count = OutputTail.receive(peer, chunk);
                if (count == UnixStream.END) {
                    break;
                }
                byte[] bytes = chunk.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
                text.append(new String(bytes, StandardCharsets.UTF_8));
            }
        }
        return text.toString();
    }
}
