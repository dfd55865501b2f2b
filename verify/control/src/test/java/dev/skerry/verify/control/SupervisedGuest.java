package dev.skerry.verify.control;

import dev.skerry.verify.boot.Console;
import dev.skerry.verify.boot.DebianFiles;
import dev.skerry.verify.guests.GuestFiles;

import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Debian under {@code skerry run}, with a disk whose controller is a supervised process of its own,
 * and one of the guests' scripts: {@code durable}, which writes file after file to it, or another.
 */
final class SupervisedGuest implements AutoCloseable {
    /** A bound on a hang, far beyond what anything takes. */
    private static final long TIMEOUT_SECONDS = 300;

    private static final String DEVICE = "lsi0";

    private final Path folder;
    private final Process control;
    private final Console console = new Console();
    private final Console log = new Console();

    /**
     * @param home where Skerry is
     * @param folder for what it makes
     * @param test the script
     * @param append more of the kernel's command line
     * @param device more lines of the device in {@code vm.yaml}
     */
    SupervisedGuest(Path home, Path folder, Path disk, String test, String append, String... device)
            throws IOException {
        this.folder = folder;
        Path file =
                Files.writeString(
                        folder.resolve("vm.yaml"),
                        """
                        name: guest
                        accelerator: tcg
                        kernel: %s
                        initrd: %s
                        append: console=ttyS0 panic=-1 skerry.test=%s %s
                        disks:
                          - {id: disk, file: %s}
                        devices:
                          - id: lsi0
                            driver: lsi53c895a
                            disks: [disk]
                            restart: {limit: 1000, backoff: 1ms, backoff-limit: 1ms}
                            %s
                        """
                                .formatted(
                                        DebianFiles.kernel(),
                                        GuestFiles.archive(),
                                        test,
                                        append,
                                        disk,
                                        String.join("\n    ", device)));
        ProcessBuilder builder =
                new ProcessBuilder(home.resolve("bin/skerry").toString(), "run", file.toString());
        builder.environment().put("XDG_RUNTIME_DIR", folder.toString());
        control = builder.start();
        read(control.getInputStream(), console);
        read(control.getErrorStream(), log);
    }

    private static void read(InputStream from, Console into) {
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            try (from) {
                                for (int b = from.read(); b >= 0; b = from.read()) {
                                    into.write(b);
                                }
                            } catch (IOException e) {
                                ("\n" + e + "\n").chars().forEach(into::write);
                            } finally {
                                into.close();
                            }
                        });
    }

    /**
     * Waits until the guest says something about a file behind a number.
     *
     * @return the file's number
     */
    int awaitFile(String what, int after) throws InterruptedException {
        String line = await(console, text -> number(text, what) > after);
        return number(line, what);
    }

    /** The number of the last file it has said that about; -1 if there is none. */
    int last(String what) {
        return console.lines().stream()
                .mapToInt(line -> number(line.text(), what))
                .max()
                .orElse(-1);
    }

    /** The number in a line about a file; -1 in others. */
    private static int number(String line, String what) {
        String begin = GuestFiles.SAYS + what + " ";
        return line.startsWith(begin) ? Integer.parseInt(line.substring(begin.length())) : -1;
    }

    /** Waits until control has said something so many times. */
    void awaitLog(String part, long times) throws InterruptedException {
        long[] seen = new long[1];
        await(log, text -> text.contains(part) && ++seen[0] >= times);
    }

    /**
     * Waits until the guest has said something so many times.
     *
     * @return the rest of the line
     */
    String awaitSaid(String begin, long times) throws InterruptedException {
        String whole = GuestFiles.SAYS + begin;
        long[] seen = new long[1];
        return await(console, text -> text.startsWith(whole) && ++seen[0] >= times)
                .substring(whole.length());
    }

    /** Gives the guest a line on its console. */
    void tell(String line) throws IOException {
        control.outputWriter().append(line).append('\n').flush();
    }

    private String await(Console where, java.util.function.Predicate<String> wanted)
            throws InterruptedException {
        try {
            return where.await(
                            line -> {
                                if (line.startsWith(GuestFiles.SAYS + "failed")) {
                                    throw new AssertionError(line + "\n" + everything());
                                }
                                return wanted.test(line);
                            },
                            TIMEOUT_SECONDS,
                            TimeUnit.SECONDS)
                    .text();
        } catch (TimeoutException e) {
            throw new AssertionError(everything(), e);
        }
    }

    /** What the guest has said with a begin: the rests of the lines. */
    List<String> said(String begin) {
        String whole = GuestFiles.SAYS + begin + " ";
        return console.lines().stream()
                .map(Console.Line::text)
                .filter(text -> text.startsWith(whole))
                .map(text -> text.substring(whole.length()))
                .toList();
    }

    /** The process that is the guest's disk controller now, by what {@code skerry ps} asks. */
    ProcessHandle device() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("skerry"))) {
            String table = ask(files.findFirst().orElseThrow(), "ps\n");
            for (String line : table.split("\n")) {
                String[] words = line.split(" +");
                if (words.length > 2 && words[1].equals(DEVICE)) {
                    return ProcessHandle.of(Long.parseLong(words[2])).orElseThrow();
                }
            }
            throw new IOException("no " + DEVICE + " in " + table);
        }
    }

    private static String ask(Path socket, String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            byte[] answer = Channels.newInputStream(channel).readAllBytes();
            return new String(answer, StandardCharsets.UTF_8);
        }
    }

    /**
     * Has the guest stop writing and switch its machine off.
     *
     * @return control's exit status
     */
    int end() throws IOException, InterruptedException {
        tell("enough");
        await(console, text -> text.equals(GuestFiles.SAYS + "unmounted"));
        return awaitEnd();
    }

    /**
     * Waits until the guest has come to its end and its machine too.
     *
     * @return control's exit status
     */
    int awaitEnd() throws InterruptedException {
        await(console, text -> text.equals(GuestFiles.SAYS + "done"));
        if (!control.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError(everything());
        }
        return control.exitValue();
    }

    String everything() {
        return "control:\n" + tail(log) + "\nguest:\n" + tail(console);
    }

    private static String tail(Console of) {
        List<String> lines = of.lines().stream().map(Console.Line::text).toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    }

    @Override
    public void close() {
        // What it has started ends with it.
        control.destroyForcibly().onExit().join();
    }
}
