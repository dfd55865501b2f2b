package dev.skerry.verify.testkit;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.Spawn;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.vmm.qtest.QtestClient;
import dev.skerry.vmm.qtest.QtestListener;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Stock QEMU as the machine, with shared memory, driven over qtest. Devices of other processes plug
 * in by their links.
 */
public final class StockMachine implements AutoCloseable {
    /** The machine's memory. */
    public static final long RAM_BYTES = 64L << 20;

    private static final int FIRST_FD = 3;
    private static final int FIRMWARE_BYTES = 64 << 10;
    private static final int RESET_VECTOR = FIRMWARE_BYTES - 16;

    /** How a machine is to be. */
    public static final class Setup {
        private final String type;
        private final List<String> arguments = new ArrayList<>();
        private final List<UnixStream> links = new ArrayList<>();
        private List<String> program = List.of(Peer.STOCK_QEMU.path().toString());
        private boolean clockRuns;
        private Fd errors;

        /**
         * @param type QEMU's name of the machine: pc or q35
         */
        public Setup(String type) {
            this.type = type;
        }

        /** Has another program in stock QEMU's place, with the same command line. */
        public Setup program(List<String> command) {
            program = command;
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
        public Setup proxy(String id, UnixStream link, int slot) {
            int number = FIRST_FD + links.size();
            links.add(link);
            String device = "x-pci-proxy-dev,id=" + id + ",fd=" + number + ",addr=" + slot;
            return with("-device", device);
        }

        /** Has the virtual clock run: the CPU runs, and halts at once. */
        public Setup runClock() {
            clockRuns = true;
            return this;
        }

        /** What its standard error goes to, if not to this process' own. */
        public Setup errors(Fd stderr) {
            errors = stderr;
            return this;
        }

        /** Starts it and waits for it to answer. */
        public StockMachine start() throws IOException {
            Path folder = Files.createTempDirectory("skerry-machine");
            try {
                return start(folder);
            } catch (IOException e) {
                delete(folder);
                throw e;
            }
        }

        private StockMachine start(Path folder) throws IOException {
            try (QtestListener listener = new QtestListener(folder)) {
                List<String> command = command("tcg");
                command.addAll(List.of("-qtest", "unix:" + listener.path()));
                command.addAll(List.of("-qtest-log", "/dev/null"));
                if (clockRuns) {
                    command.addAll(List.of("-bios", haltingFirmware(folder).toString()));
                } else {
                    command.add("-S");
                }
                Child child = spawn(command);
                try {
                    QtestClient client = listener.accept(DeviceProcess.TIMEOUT_NS / 1_000_000);
                    return new StockMachine(folder, child, client);
                } catch (IOException e) {
                    child.close();
                    throw e;
                }
            }
        }

        /**
         * Runs a guest under KVM instead, which ends the machine itself.
         *
         * @param folder takes the firmware's image, and the console's text as {@code console}
         */
        public Child runGuest(TinyGuest guest, Path folder) throws IOException {
            Path firmware = Files.write(folder.resolve("guest.bin"), guest.assemble());
            List<String> command = command("kvm");
            command.addAll(List.of("-bios", firmware.toString()));
            String console = "file,id=console,path=" + folder.resolve("console");
            command.addAll(List.of("-chardev", console));
            String port = "isa-debugcon,chardev=console,iobase=" + TinyGuest.CONSOLE_PORT;
            command.addAll(List.of("-device", port));
            String exit = "isa-debug-exit,iosize=4,iobase=" + TinyGuest.EXIT_PORT;
            command.addAll(List.of("-device", exit));
            return spawn(command);
        }

        /**
         * Starts from a disk by QEMU's own firmware, on the software CPU; the guest ends the machine
         * itself. What it says on its first serial port goes to a file.
         */
        public Child boot(Path serial) throws IOException {
            List<String> command = command("tcg");
            command.addAll(List.of("-serial", "file:" + serial));
            String exit = "isa-debug-exit,iosize=4,iobase=" + TinyGuest.EXIT_PORT;
            command.addAll(List.of("-device", exit));
            return spawn(command);
        }

        private List<String> command(String accelerator) {
            List<String> command = new ArrayList<>(program);
            command.addAll(List.of("-machine", type + ",memory-backend=mem"));
            String memory = "memory-backend-memfd,id=mem,share=on,size=" + RAM_BYTES;
            command.addAll(List.of("-object", memory, "-m", "size=" + (RAM_BYTES >> 20)));
            command.addAll(List.of("-accel", accelerator, "-nodefaults", "-display", "none"));
            command.addAll(arguments);
            return command;
        }

        private Child spawn(List<String> command) throws IOException {
            Spawn spawn = new Spawn(command);
            for (int i = 0; i < links.size(); i++) {
                spawn.with(FIRST_FD + i, links.get(i).fd());
            }
            if (errors != null) {
                spawn.with(2, errors);
            }
            Child child = spawn.start();
            links.forEach(UnixStream::close);
            return child;
        }

        /** Firmware whose reset vector is {@code cli; hlt; jmp to the hlt}. */
        private static Path haltingFirmware(Path folder) throws IOException {
            byte[] image = new byte[FIRMWARE_BYTES];
            byte[] code = {(byte) 0xfa, (byte) 0xf4, (byte) 0xeb, (byte) 0xfd};
            System.arraycopy(code, 0, image, RESET_VECTOR, code.length);
            return Files.write(folder.resolve("halt.bin"), image);
        }
    }

    private final Path folder;
    private final Child child;
    private final QtestClient qtest;

    private StockMachine(Path folder, Child child, QtestClient qtest) {
        this.folder = folder;
        this.child = child;
        this.qtest = qtest;
    }

    public QtestClient qtest() {
        return qtest;
    }

    public Child child() {
        return child;
    }

    /** Ends it as a user would, with SIGTERM. */
    public Child.Exit quit() throws IOException {
        child.terminate();
        return child.await(DeviceProcess.TIMEOUT_NS);
    }

    @Override
    public void close() throws IOException {
        try {
            qtest.close();
        } finally {
            child.close();
            delete(folder);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
