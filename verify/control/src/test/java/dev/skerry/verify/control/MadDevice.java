package dev.skerry.verify.control;

import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.Header;
import dev.skerry.isolation.wire.mpqemu.Reply;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.linux.Spawn;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.verify.testkit.Peer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/**
 * A device process that loses its mind, or its life, when it is told to: a program in the place of
 * the real one, which it starts, and whose messages it passes on until then.
 */
final class MadDevice implements AutoCloseable {
    private static final String DEATH = "death ";
    private static final int KILLED = 128 + 9;
    private static final int LINK = 3;
    private static final int CHUNK_BYTES = 4096;
    private static final long END_NS = 10_000_000_000L;

    /** What it says in place of a reply. */
    enum Madness {
        RUBBISH,
        /** A reply that announces more bytes than there are in the world. */
        ENDLESS,
        /** Half a reply, and nothing more. */
        HALF,
        /** Two replies to one request. */
        TWICE
    }

    private final AlteredHome home;
    private final Path trigger;

    /** Makes a home for Skerry in which device processes can go mad. */
    MadDevice(Path folder) throws IOException {
        trigger = folder.resolve("trigger");
        // The first two arguments are the real image's class cache and options.
        home =
                new AlteredHome(
                        folder,
                        "device",
                        """
                        #!/bin/sh
                        shift 2
                        exec '%s/bin/java' -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \\
                            -Dskerry.root='%s' -cp '%s' %s '%s' "$@"
                        """
                                .formatted(
                                        System.getProperty("java.home"),
                                        Peer.root(),
                                        classPath(),
                                        MadDevice.class.getName(),
                                        trigger));
    }

    private static String classPath() {
        String modules = System.getProperty("jdk.module.path", "");
        String classes = System.getProperty("java.class.path", "");
        return Peer.root().resolve("verify/control/target/test-classes")
                + ":"
                + modules
                + ":"
                + classes;
    }

    Path home() {
        return home.path();
    }

    /** Has the next message that the running device gets answered madly. */
    void drive(Madness madness) throws IOException {
        Path part = Files.writeString(trigger.resolveSibling("part"), madness.name());
        Files.move(part, trigger);
    }

    /** Has the running device killed in place of the answer to a message: the next one is 1. */
    void dieAt(int message) throws IOException {
        Path part = Files.writeString(trigger.resolveSibling("part"), DEATH + message);
        Files.move(part, trigger);
    }

    @Override
    public void close() throws IOException {
        home.close();
    }

    /** The process. Arguments: the trigger, then the real one's. */
    public static void main(String[] arguments) throws IOException {
        Path image = Peer.root().resolve("dist/target/device");
        List<String> command = new ArrayList<>();
        command.add(image.resolve("bin/java").toString());
        command.add("-XX:AOTCache=" + image.resolve("lib/skerry.aot"));
        command.add("@" + image.resolve("lib/skerry.options"));
        command.addAll(List.of(arguments).subList(1, arguments.length));
        UnixStream machine = UnixStream.adopt(Fd.inherited(LINK));
        UnixStream[] pair = UnixStream.pair();
        Child device = new Spawn(command).with(LINK, pair[1].fd()).start();
        pair[1].close();
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            pass(pair[0], machine, null, null);
                            machine.shutdown();
                        });
        pass(machine, pair[0], Path.of(arguments[0]), device);
        pair[0].shutdown();
        Child.Exit exit = device.await(END_NS);
        Runtime.getRuntime().halt(exit == null ? 1 : exit.status());
    }

    /** Passes on what comes until the end; once mad, does nothing more and does not end. */
    private static void pass(UnixStream from, UnixStream to, Path trigger, Child device) {
        int messagesLeft = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(CHUNK_BYTES, 8);
            while (true) {
                try (ReceivedFds fds = new ReceivedFds()) {
                    int count = from.receive(true, chunk, 0, CHUNK_BYTES, fds);
                    if (count == UnixStream.END) {
                        return;
                    }
                    if (trigger != null && Files.exists(trigger)) {
                        String what = Files.readString(trigger);
                        Files.delete(trigger);
                        if (what.startsWith(DEATH)) {
                            messagesLeft = Integer.parseInt(what.substring(DEATH.length()));
                        } else {
                            send(from, chunk, answer(Madness.valueOf(what), chunk));
                            new CountDownLatch(1).await();
                        }
                    }
                    if (messagesLeft > 0 && --messagesLeft == 0) {
                        device.close();
                        Runtime.getRuntime().halt(KILLED);
                    }
                    Fd[] passed = new Fd[fds.count()];
                    for (int i = 0; i < passed.length; i++) {
                        passed[i] = fds.get(i);
                    }
                    send(to, chunk, count, passed);
                }
            }
        } catch (IOException | InterruptedException e) {
            System.err.println("mad device: " + e.getMessage());
        }
    }

    private static int answer(Madness madness, MemorySegment into) {
        return switch (madness) {
            case RUBBISH -> {
                byte[] rubbish = new byte[100];
                new Random(1).nextBytes(rubbish);
                MemorySegment.copy(rubbish, 0, into, ValueLayout.JAVA_BYTE, 0, rubbish.length);
                yield rubbish.length;
            }
            case ENDLESS -> {
                Header.put(into, 0, Command.RET, -1);
                yield Header.BYTES + 8;
            }
            case HALF -> Reply.put(into, 0, 0) - 3;
            case TWICE -> Reply.put(into, 0, 0) + Reply.put(into, Reply.BYTES, 0);
        };
    }

    private static void send(UnixStream to, MemorySegment from, int length, Fd... fds)
            throws IOException {
        int sent = to.send(from, 0, length, fds);
        while (sent < length) {
            to.awaitWritable(1_000_000_000);
            sent += to.send(from, sent, length - sent);
        }
    }
}
