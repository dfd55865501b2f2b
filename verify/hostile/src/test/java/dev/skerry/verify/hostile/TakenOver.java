package dev.skerry.verify.hostile;

import dev.skerry.isolation.sandbox.Enclosure;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Spawn;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.LogCapture;
import dev.skerry.verify.testkit.MpqemuClient;
import dev.skerry.verify.testkit.Peer;
import dev.skerry.vmm.qtest.QtestClient;
import dev.skerry.vmm.qtest.QtestListener;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/** A process with the hostile model in it, and what it can be told to do. */
final class TakenOver implements AutoCloseable {
    private static final long BAR = 0xfeb00000L;
    private static final int SLOT = 5;
    private static final int STANDARD_ERROR = 2;

    private final Registers registers;

    /** The model's, from outside of its process. */
    private interface Registers {
        void write(long gpa, int size, long value) throws IOException;

        long read(long gpa, int size) throws IOException;

        void close() throws IOException;
    }

    private TakenOver(Registers registers) {
        this.registers = registers;
    }

    private static TakenOver of(DeviceProcess process) throws IOException {
        MpqemuClient client = process.client(0);
        client.writeConfig(0x10, 4, BAR);
        client.writeConfig(4, 2, 7);
        return new TakenOver(
                new Registers() {
                    @Override
                    public void write(long gpa, int size, long value) throws IOException {
                        client.writeMemory(gpa, size, value);
                    }

                    @Override
                    public long read(long gpa, int size) throws IOException {
                        return client.readMemory(gpa, size);
                    }

                    @Override
                    public void close() throws IOException {
                        client.close();
                        process.close();
                    }
                });
    }

    /**
     * A machine process, in both layers, whose local device has been taken over.
     *
     * @param folder for its socket
     */
    static TakenOver machine(Path folder, LogCapture log) throws IOException {
        QtestListener listener = new QtestListener(folder);
        Enclosure enclosure = new Enclosure(withModel(Enclosure.Runtime.machine(Peer.root())));
        enclosure.file(jar(), false);
        enclosure.file(listener.path(), true);
        List<String> command =
                enclosure.command(
                        List.of(
                                "-machine",
                                "q35",
                                "-accel",
                                "qtest",
                                "-m",
                                "64M",
                                "-nodefaults",
                                "-display",
                                "none",
                                "-device",
                                "hostile,addr=" + SLOT,
                                "-qtest",
                                "unix:" + listener.path(),
                                "-sandbox",
                                "required"));
        Child process = new Spawn(command).with(STANDARD_ERROR, log.fd()).start();
        log.begin();
        QtestClient client = listener.accept(DeviceProcess.TIMEOUT_NS / 1_000_000);
        client.writeConfig(SLOT, 0x10, 4, BAR);
        client.writeConfig(SLOT, 4, 2, 7);
        return new TakenOver(
                new Registers() {
                    @Override
                    public void write(long gpa, int size, long value) throws IOException {
                        client.write(gpa, size, value);
                    }

                    @Override
                    public long read(long gpa, int size) throws IOException {
                        return client.read(gpa, size);
                    }

                    @Override
                    public void close() throws IOException {
                        client.close();
                        process.close();
                        listener.close();
                    }
                });
    }

    /** In both layers. */
    static TakenOver enclosed(Path image, LogCapture log, String sandbox) throws IOException {
        Enclosure enclosure = new Enclosure(runtime());
        enclosure.file(jar(), false);
        if (image != null) {
            enclosure.file(image, true);
        }
        return of(start(enclosure.command(arguments(image, sandbox)), log));
    }

    /** In the inner layer alone, with all files of the host in sight. */
    static TakenOver inside(LogCapture log, String sandbox) throws IOException {
        return of(start(log, sandbox));
    }

    /** Starts one that is expected not to serve. */
    static DeviceProcess start(LogCapture log, String sandbox) throws IOException {
        return start(runtime().command(arguments(null, sandbox)), log);
    }

    private static DeviceProcess start(List<String> command, LogCapture log) throws IOException {
        DeviceProcess process = DeviceProcess.start(command, 1, log.fd());
        log.begin();
        return process;
    }

    private static Enclosure.Runtime runtime() {
        return withModel(Enclosure.Runtime.device(Peer.root()));
    }

    private static Enclosure.Runtime withModel(Enclosure.Runtime role) {
        return role.withFlags(
                "--module-path=" + jar(),
                "--add-modules=dev.skerry.verify.hostile",
                "--add-opens=dev.skerry.platform.linux/dev.skerry.platform.linux="
                        + "dev.skerry.verify.hostile");
    }

    /** The model as a jar: of a folder, each class would be a file to open when it is needed. */
    private static synchronized Path jar() {
        Path target = Peer.root().resolve("verify/hostile/target");
        Path jar = target.resolve("hostile.jar");
        int status =
                ToolProvider.findFirst("jar")
                        .orElseThrow()
                        .run(
                                System.out,
                                System.err,
                                "--create",
                                "--file",
                                jar.toString(),
                                "-C",
                                target.resolve("classes").toString(),
                                ".");
        if (status != 0) {
            throw new AssertionError("jar: exit status " + status);
        }
        return jar;
    }

    private static List<String> arguments(Path image, String sandbox) {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(DeviceProcess.oneDevice(List.of(), "hostile"));
        arguments.addAll(List.of("-sandbox", sandbox, "-d", "debug"));
        if (image != null) {
            arguments.addAll(
                    List.of(
                            "-drive",
                            "id=d0,if=none,format=raw,file=" + image,
                            "-device",
                            "lsi53c895a,id=lsi0",
                            "-device",
                            "scsi-hd,drive=d0,bus=lsi0.0"));
        }
        return arguments;
    }

    /** A system call's raw result. */
    long call(int number, long... arguments) throws IOException {
        registers.write(BAR, 8, number);
        for (int i = 0; i < 6; i++) {
            registers.write(BAR + 8 + 8L * i, 8, i < arguments.length ? arguments[i] : 0);
        }
        registers.write(BAR + HostileDevice.GO, 8, 0);
        return registers.read(BAR + HostileDevice.GO, 8);
    }

    /** Puts a text where the process can point at it; the address. */
    long text(String text) throws IOException {
        byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            registers.write(BAR + HostileDevice.PAGE + i, 1, bytes[i]);
        }
        return registers.read(BAR + HostileDevice.SCRATCH, 8);
    }

    /** How something by Java's library went: 0 if it could be done. */
    long deed(HostileDevice.Deed deed, Path path) throws IOException {
        text(path == null ? "" : path.toString());
        registers.write(BAR + HostileDevice.DEED, 8, deed.ordinal());
        return registers.read(BAR + HostileDevice.DEED, 8);
    }

    @Override
    public void close() throws IOException {
        registers.close();
    }
}
