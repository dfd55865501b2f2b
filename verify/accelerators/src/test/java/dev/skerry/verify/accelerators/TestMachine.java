package dev.skerry.verify.accelerators;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.TinyGuest;
import dev.skerry.vmm.machine.CharDevice;
import dev.skerry.vmm.machine.HostEventLoop;
import dev.skerry.vmm.machine.Machine;
import dev.skerry.vmm.machine.MachineOptions;
import dev.skerry.vmm.machine.MemoryBackend;
import dev.skerry.vmm.machine.PcMachine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A machine of ours inside the test's process, with what the guest says on its two ports. */
final class TestMachine implements AutoCloseable {
    private static final long LONGEST_S = 240;
    private static final long RAM_BYTES = 256L << 20;

    /** How a machine is to be. */
    static final class Setup {
        private final String type;
        private final List<MachineOptions.AcceleratorChoice> accelerators = new ArrayList<>();
        private final List<OptionList> drives = new ArrayList<>();
        private final List<OptionList> devices = new ArrayList<>();
        private Path firmware;
        private Path kernel;
        private String initrd;
        private String append = "";
        private String cpu;
        private int cpus = 1;

        Setup(String type) {
            this.type = type;
        }

        /** Another accelerator, should those before not be had. */
        Setup accelerator(String text) throws OptionException {
            OptionList properties = OptionList.parse("-accel", text, "accel");
            accelerators.add(
                    new MachineOptions.AcceleratorChoice(properties.require("accel"), properties));
            return this;
        }

        Setup drive(String text) throws OptionException {
            drives.add(OptionList.parse("-drive", text, null));
            return this;
        }

        Setup device(String text) throws OptionException {
            devices.add(OptionList.parse("-device", text, "driver"));
            return this;
        }

        /** A device of another process, which owns its link from now on. */
        Setup proxy(String id, DeviceProcess process, int slot)
                throws IOException, OptionException {
            Fd link = process.link(0).fd().duplicate();
            process.link(0).close();
            return device("x-pci-proxy-dev,id=" + id + ",fd=" + link.number() + ",addr=" + slot);
        }

        Setup firmware(Path image) {
            firmware = image;
            return this;
        }

        /** A kernel that is entered without firmware. */
        Setup kernel(Path image, Path initialFileSystem, String commandLine) {
            kernel = image;
            initrd = initialFileSystem.toString();
            append = commandLine;
            return this;
        }

        Setup cpu(String model, int count) {
            cpu = model;
            cpus = count;
            return this;
        }

        TestMachine create() throws IOException, OptionException {
            device("isa-debug-exit,iosize=4,iobase=" + TinyGuest.EXIT_PORT);
            return new TestMachine(this);
        }
    }

    /** Keeps what the guest says. */
    private static final class Listener implements CharDevice {
        private final ByteArrayOutputStream said = new ByteArrayOutputStream();

        @Override
        public void connect(Front front) {
            // There is nothing to say to the guest.
            return;
        }

        @Override
        public synchronized boolean write(byte value) {
            said.write(value);
            notifyAll();
            return true;
        }

        @Override
        public void inputWanted() {
            return;
        }

        synchronized String text() {
            return said.toString(StandardCharsets.ISO_8859_1);
        }

        synchronized void await(String part) throws InterruptedException {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_S);
            while (!text().contains(part)) {
                long leftMs = (deadline - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0) {
                    throw new AssertionError("the guest never said '" + part + "': " + text());
                }
                wait(leftMs);
            }
        }
    }

    private final Listener serial = new Listener();
    private final Listener console = new Listener();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final HostEventLoop events;
    private final Machine machine;

    private TestMachine(Setup setup) throws IOException, OptionException {
        Log to = Log.of(new LogSink("machine", 0, log, Level.INFO));
        events = new HostEventLoop(to);
        MachineOptions options =
                new MachineOptions(
                        setup.type,
                        OptionList.parse("-machine", setup.type, "type"),
                        MemoryBackend.anonymous(RAM_BYTES),
                        setup.cpus,
                        setup.cpu,
                        setup.accelerators,
                        new MachineOptions.Boot(
                                setup.firmware, setup.kernel, setup.initrd, setup.append),
                        Map.of(),
                        List.of(serial),
                        console,
                        setup.drives,
                        List.of(),
                        setup.devices,
                        List.of(),
                        new MachineOptions.Run(false, false, false));
        try {
            machine = PcMachine.create(options, events, to);
        } catch (OptionException e) {
            events.close();
            throw e;
        }
    }

    Machine machine() {
        return machine;
    }

    /** What the guest said on COM1. */
    String serial() {
        return serial.text();
    }

    /** What the guest said on the debug console. */
    String console() {
        return console.text();
    }

    void awaitConsole(String part) throws InterruptedException {
        console.await(part);
    }

    String log() {
        return log.toString(StandardCharsets.UTF_8);
    }

    /** Runs it to its end; its exit status. */
    int run() throws InterruptedException {
        machine.start();
        return awaitEnd();
    }

    int awaitEnd() throws InterruptedException {
        CompletableFuture<Integer> status = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                status.complete(machine.awaitEnd());
                            } catch (InterruptedException e) {
                                status.completeExceptionally(e);
                            }
                        });
        try {
            return status.get(LONGEST_S, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(
                    "it is "
                            + machine.state()
                            + "; serial: "
                            + serial()
                            + " log: "
                            + log()
                            + " console: "
                            + console(),
                    e);
        }
    }

    @Override
    public void close() {
        machine.close();
        events.close();
    }
}
