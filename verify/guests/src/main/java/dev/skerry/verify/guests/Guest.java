package dev.skerry.verify.guests;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Spawn;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.verify.boot.Console;
import dev.skerry.verify.boot.DebianFiles;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.LogCapture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A machine process that runs Debian's kernel with the tests' initial file system. What the guest
 * says on its first serial port is the {@link #console}; what the machine says itself is kept apart.
 */
public final class Guest implements AutoCloseable {
    /** A bound on a hang, far beyond what anything takes. */
    public static final int TIMEOUT_SECONDS = 600;

    private static final int FIRST_FD = 3;

    /** How a machine is to be. */
    public static final class Setup {
        private final List<String> program;
        private final String type;
        private final List<String> arguments = new ArrayList<>();
        private final List<UnixStream> links = new ArrayList<>();
        private String tests = "";
        private int megabytes = 512;

        private Setup(List<String> program, String type) {
            this.program = program;
            this.type = type;
        }

        /** Scripts to run, in order. */
        public Setup tests(String... names) {
            tests = String.join(",", names);
            return this;
        }

        /** RAM in MiB, 512 unless said. */
        public Setup ram(int size) {
            megabytes = size;
            return this;
        }

        /** More of the command line. */
        public Setup with(String... more) {
            arguments.addAll(List.of(more));
            return this;
        }

        /**
         * A device of another process.
         *
         * @param link the machine's end; it is this machine's from its start on
         */
        public Setup proxy(String id, UnixStream link) {
            int number = FIRST_FD + links.size();
            links.add(link);
            return with("-device", "x-pci-proxy-dev,id=" + id + ",fd=" + number);
        }

        /** A controller in the machine process with disks at targets 0 and on. */
        public Setup localDisks(String id, Disk... disks) {
            return with("-device", "lsi53c895a,id=" + id).with(Disk.options(id, disks));
        }

        public Guest start() throws IOException {
            return new Guest(command(), links);
        }

        private List<String> command() throws IOException {
            List<String> command = new ArrayList<>(program);
            command.addAll(List.of("-machine", type + ",memory-backend=mem", "-accel", "tcg"));
            String memory = "memory-backend-memfd,id=mem,share=on,size=" + megabytes + "M";
            command.addAll(List.of("-object", memory, "-m", Integer.toString(megabytes)));
            command.addAll(List.of("-nodefaults", "-display", "none", "-no-reboot"));
            command.addAll(List.of("-serial", "stdio"));
            command.addAll(kernel("skerry.test=" + tests));
            command.addAll(arguments);
            return command;
        }
    }

    private final UnixStream near;
    private final LogCapture log;
    private final Child child;
    private final Console console = new Console();
    private final Thread reader;

    private Guest(List<String> command, List<UnixStream> links) throws IOException {
        UnixStream[] pair = UnixStream.pair();
        near = pair[0];
        log = new LogCapture();
        Spawn spawn = new Spawn(command).with(0, pair[1].fd()).with(1, pair[1].fd());
        spawn.with(2, log.fd());
        for (int i = 0; i < links.size(); i++) {
            spawn.with(FIRST_FD + i, links.get(i).fd());
        }
        child = spawn.start();
        pair[1].close();
        links.forEach(UnixStream::close);
        log.begin();
        reader = Thread.ofPlatform().daemon().name("console").start(this::readConsole);
    }

    /** A machine of ours. */
    public static Setup ours(String type) {
        return new Setup(DeviceProcess.ours(), type);
    }

    /** Stock QEMU with its software CPU. */
    public static Setup stock(String type) {
        return new Setup(DeviceProcess.stock(), type);
    }

    /** The options by which a machine enters the kernel. */
    public static List<String> kernel(String more) throws IOException {
        return List.of(
                "-kernel",
                DebianFiles.kernel().toString(),
                "-initrd",
                GuestFiles.archive().toString(),
                "-append",
                "console=ttyS0 panic=-1 " + more);
    }

    private void readConsole() {
        ConsoleStream.readAll(near, console);
    }

    public Console console() {
        return console;
    }

    public Child child() {
        return child;
    }

    /** What the machine process itself has said. */
    public String log() {
        return log.text();
    }

    /**
     * Waits for a line of a script.
     *
     * @param begin what it begins with, behind {@link GuestFiles#SAYS}
     * @return the rest of it
     */
    public String await(String begin) throws IOException, InterruptedException {
        String whole = GuestFiles.SAYS + begin;
        try {
            Console.Line line =
                    console.await(
                            text -> text.startsWith(whole), TIMEOUT_SECONDS, TimeUnit.SECONDS);
            return line.text().substring(whole.length()).strip();
        } catch (TimeoutException e) {
            throw new IOException("no '" + whole + "': " + e.getMessage() + "\nlog:\n" + log(), e);
        }
    }

    /** What scripts have said so far: the rests of all lines with that begin. */
    public List<String> said(String begin) {
        String whole = GuestFiles.SAYS + begin;
        return console.lines().stream()
                .map(Console.Line::text)
                .filter(text -> text.startsWith(whole))
                .map(text -> text.substring(whole.length()).strip())
                .toList();
    }

    /** Waits until the guest has switched its machine off, and says how that ended. */
    public Child.Exit awaitEnd() throws IOException, InterruptedException {
        await("done");
        return child.await(TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS));
    }

    /** Types on the console. */
    public void type(String text) throws IOException {
        ConsoleStream.write(near, text);
    }

    @Override
    public void close() throws IOException {
        child.close();
        near.shutdown();
        log.close();
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while closing a guest", e);
        }
        near.close();
    }
}
