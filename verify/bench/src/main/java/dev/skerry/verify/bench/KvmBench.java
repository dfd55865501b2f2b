package dev.skerry.verify.bench;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.Peer;
import dev.skerry.verify.testkit.StockMachine;
import dev.skerry.verify.testkit.TinyGuest;
import dev.skerry.vmm.machine.CharDevice;
import dev.skerry.vmm.machine.HostEventLoop;
import dev.skerry.vmm.machine.Machine;
import dev.skerry.vmm.machine.MachineOptions;
import dev.skerry.vmm.machine.MemoryBackend;
import dev.skerry.vmm.machine.PcMachine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How often a guest can leave and be answered: reads of a port and of a device's register, one after
 * the other, timed by the guest with its time stamp; the same guest in a stock machine and in ours,
 * taking turns.
 */
final class KvmBench {
    private static final int ROUNDS = 7;

    /** Our machine runs in this process: its code is compiled by then, as in a machine that runs. */
    private static final int UNCOUNTED = 2;

    private static final int WARM_UP = 20_000;
    private static final int READS = 20_000;
    private static final int SLOT = 4;
    private static final long BAR = 0xe000_0000L;
    private static final int COUNT = TinyGuest.VARIABLES;
    private static final int BEGIN = TinyGuest.VARIABLES + 8;
    private static final int END = TinyGuest.VARIABLES + 16;
    private static final int DONE = 1;

    /** What a guest reads. */
    private enum Target {
        PORT("port", ""),
        REGISTER("register in the machine", "edu,addr=" + SLOT),
        REMOTE("register in a device process", null);

        private final String label;

        /** Null for one in another process. */
        private final String device;

        Target(String label, String device) {
            this.label = label;
            this.device = device;
        }

        void read(TinyGuest guest) {
            if (this == PORT) {
                guest.in8(TinyGuest.CONSOLE_PORT);
            } else {
                guest.load(BAR);
            }
        }
    }

    private final PrintStream out;
    private final Log log;

    KvmBench(PrintStream out, Log log) {
        this.out = out;
        this.log = log;
    }

    void run() throws IOException, InterruptedException {
        if (Peer.KVM.missing() != null) {
            out.println("kvm: left out: " + Peer.KVM.missing());
            return;
        }
        out.printf("kvm: %d reads by a guest, %d rounds each, in turns%n", READS, ROUNDS);
        out.printf("  %-30s %12s %12s %8s%n", "reads a second", "stock", "skerry", "ratio");
        for (Target target : Target.values()) {
            Samples stock = new Samples();
            Samples ours = new Samples();
            for (int i = -UNCOUNTED; i < ROUNDS; i++) {
                long ofStock = measure(target, true);
                long ofOurs = measure(target, false);
                if (i >= 0) {
                    stock.add(ofStock);
                    ours.add(ofOurs);
                }
            }
            double hz = tscHz();
            out.printf(
                    "  %-30s %12.0f %12.0f %8.2f%n",
                    target.label,
                    READS * hz / stock.percentile(50),
                    READS * hz / ours.percentile(50),
                    1 / ours.medianRatioTo(stock));
        }
    }

    private static TinyGuest guest(Target target) {
        TinyGuest guest = new TinyGuest();
        guest.pciWrite(SLOT, 0x10, BAR).pciWrite(SLOT, 0x04, 0x2);
        loop(guest, target, "warm up", WARM_UP);
        guest.storeTimeStamp(BEGIN);
        loop(guest, target, "measured", READS);
        guest.storeTimeStamp(END).printWord(BEGIN).printWord(END);
        return guest.exit(DONE);
    }

    private static void loop(TinyGuest guest, Target target, String label, int count) {
        guest.store(COUNT, -count).label(label);
        target.read(guest);
        guest.increment(COUNT).jumpIfNotEqual(label);
    }

    /** How many ticks of the time stamp the reads took. */
    private long measure(Target target, boolean stock) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("skerry-kvm");
        Path firmware = Files.write(folder.resolve("guest.bin"), guest(target).assemble());
        DeviceProcess process = null;
        try {
            if (target.device == null) {
                List<String> command = DeviceProcess.oneDevice(DeviceProcess.ours(), "edu");
                process = DeviceProcess.start(command, 1, null);
            }
            byte[] said =
                    stock ? runStock(target, process, folder) : runOurs(target, process, firmware);
            ByteBuffer words = ByteBuffer.wrap(said).order(ByteOrder.LITTLE_ENDIAN);
            long begin = words.getInt() & 0xffff_ffffL;
            long ticks = (words.getInt() & 0xffff_ffffL) - begin;
            return (ticks & 0xffff_ffffL) << 8;
        } finally {
            if (process != null) {
                process.close();
            }
            for (String name : List.of("guest.bin", "console")) {
                Files.deleteIfExists(folder.resolve(name));
            }
            Files.delete(folder);
        }
    }

    private byte[] runStock(Target target, DeviceProcess process, Path folder) throws IOException {
        StockMachine.Setup setup = new StockMachine.Setup("pc");
        if (process != null) {
            setup.proxy("edu0", process.link(0), SLOT);
        } else if (!target.device.isEmpty()) {
            setup.with("-device", target.device);
        }
        try (Fd chatter = MemFd.resizable("stderr", 0);
                Child machine = setup.errors(chatter).runGuest(guest(target), folder)) {
            Child.Exit exit = machine.await(DeviceProcess.TIMEOUT_NS);
            if (!exit.equals(new Child.Exit(TinyGuest.statusOf(DONE), -1))) {
                throw new IOException("the stock machine ended with " + exit);
            }
        }
        return Files.readAllBytes(folder.resolve("console"));
    }

    private byte[] runOurs(Target target, DeviceProcess process, Path firmware)
            throws IOException, InterruptedException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (HostEventLoop events = new HostEventLoop(log);
                Machine machine =
                        PcMachine.create(options(target, process, firmware, said), events, log)) {
            machine.start();
            int status = machine.awaitEnd();
            if (status != TinyGuest.statusOf(DONE)) {
                throw new IOException("our machine ended with status " + status);
            }
        } catch (OptionException e) {
            throw new IOException(e.getMessage(), e);
        }
        return said.toByteArray();
    }

    private static MachineOptions options(
            Target target, DeviceProcess process, Path firmware, ByteArrayOutputStream said)
            throws OptionException, IOException {
        OptionList kvm = OptionList.parse("-accel", "kvm", "accel");
        List<OptionList> devices = new ArrayList<>();
        devices.add(device("isa-debug-exit,iosize=4,iobase=" + TinyGuest.EXIT_PORT));
        if (process != null) {
            Fd link = process.link(0).fd().duplicate();
            process.link(0).close();
            devices.add(device("x-pci-proxy-dev,id=e0,fd=" + link.number() + ",addr=" + SLOT));
        } else if (!target.device.isEmpty()) {
            devices.add(device(target.device));
        }
        return new MachineOptions(
                "pc",
                OptionList.parse("-machine", "pc", "type"),
                MemoryBackend.anonymous(StockMachine.RAM_BYTES),
                1,
                null,
                List.of(new MachineOptions.AcceleratorChoice("kvm", kvm)),
                new MachineOptions.Boot(firmware, null, null, ""),
                Map.of(),
                List.of(),
                new Said(said),
                List.of(),
                List.of(),
                devices,
                List.of(),
                new MachineOptions.Run(false, true, false));
    }

    private static OptionList device(String text) throws OptionException {
        return OptionList.parse("-device", text, "driver");
    }

    private record Said(ByteArrayOutputStream bytes) implements CharDevice {
        @Override
        public void connect(Front front) {
            return;
        }

        @Override
        public boolean write(byte value) {
            bytes.write(value);
            return true;
        }

        @Override
        public void inputWanted() {
            return;
        }
    }

    /** The host's time stamp frequency, which KVM's guests see. */
    private static double tscHz() throws IOException {
        return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("cpu MHz"))
                .mapToDouble(
                        line -> Double.parseDouble(line.substring(line.indexOf(':') + 1)) * 1e6)
                .findFirst()
                .orElse(1e9);
    }
}
