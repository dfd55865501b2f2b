package dev.skerry.verify.bench;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.verify.testkit.BootDisk;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.MpqemuClient;
import dev.skerry.verify.testkit.StockMachine;
import dev.skerry.verify.testkit.TinyGuest;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A stock machine that starts from a disk in a device process: from the machine's exec to its end,
 * which the guest brings about once it has read {@link #CHUNKS} pieces of 32 KiB. The device process
 * answers already when the machine starts; how long that took is shown apart.
 *
 * <p>A link serves one machine, and stock QEMU has one link a process. So stock has a new process
 * for each machine, while one process of ours has a device, a disk and a link for each, and is
 * measured from the first machine on and again once it is warm.
 */
final class BootBench {
    private static final int CHUNKS = 16;
    private static final int WARM_UP = 12;
    private static final int ROUNDS = 15;
    private static final int SLOT = 5;

    private final PrintStream out;
    private final BootDisk disk = new BootDisk(CHUNKS);
    private final Samples stock = new Samples();
    private final Samples cold = new Samples();
    private final Samples warm = new Samples();
    private final Samples stockStart = new Samples();
    private final Samples oursStart = new Samples();

    BootBench(PrintStream out) {
        this.out = out;
    }

    void run() throws IOException {
        Path folder = Files.createTempDirectory("skerry-boot");
        try {
            measure(folder);
        } finally {
            delete(folder);
        }
        out.printf(
                "boot: a stock machine (pc, TCG) from exec to the guest's end, %d machines each,"
                        + " the device process running already%n",
                ROUNDS);
        out.printf(
                "  %-28s %8s %8s %8s %9s %12s%n",
                "disk in", "min ms", "p50 ms", "p90 ms", "x stock", "start-up ms");
        row("stock x-remote", stock, stockStart);
        row("skerry, first machine", cold, oursStart);
        row("skerry, after " + WARM_UP + " machines", warm, oursStart);
    }

    private void row(String name, Samples samples, Samples start) {
        out.printf(
                "  %-28s %8.1f %8.1f %8.1f %9.2f %12.1f%n",
                name,
                samples.ms(0),
                samples.ms(50),
                samples.ms(90),
                samples.medianRatioTo(stock),
                start.ms(50));
    }

    private void measure(Path folder) throws IOException {
        int machines = WARM_UP + ROUNDS;
        try (DeviceProcess ours = start(manyDisks(folder, machines), machines, oursStart)) {
            for (int i = 0; i < WARM_UP; i++) {
                boot(ours, i, folder, new Samples());
            }
            for (int i = 0; i < ROUNDS; i++) {
                Path image = image(folder, "single");
                List<String> command = DeviceProcess.oneDisk(DeviceProcess.stock(), image, "", "");
                try (DeviceProcess process = start(command, 1, stockStart)) {
                    boot(process, 0, folder, stock);
                }
                command = DeviceProcess.oneDisk(DeviceProcess.ours(), image, "", "");
                try (DeviceProcess process = start(command, 1, oursStart)) {
                    boot(process, 0, folder, cold);
                }
                boot(ours, WARM_UP + i, folder, warm);
            }
        }
    }

    /** Until it answers; asking does not change the device. */
    private static DeviceProcess start(List<String> command, int links, Samples into)
            throws IOException {
        long begin = System.nanoTime();
        DeviceProcess process = DeviceProcess.start(command, links, null);
        // Not closed: that would close the link, which the machine is to get.
        MpqemuClient borrowed = process.client(0);
        borrowed.readConfig(0, 2);
        if (links == 1) {
            into.add(System.nanoTime() - begin);
        }
        return process;
    }

    private Path image(Path folder, String name) throws IOException {
        return Files.write(folder.resolve(name), disk.bytes());
    }

    private List<String> manyDisks(Path folder, int count) throws IOException {
        List<String> command = new ArrayList<>(DeviceProcess.ours());
        command.addAll(List.of("-machine", "x-remote"));
        for (int i = 0; i < count; i++) {
            Path image = image(folder, "disk" + i);
            command.addAll(
                    List.of(
                            "-device",
                            "lsi53c895a,id=lsi" + i,
                            "-drive",
                            "id=d" + i + ",if=none,format=raw,file=" + image,
                            "-device",
                            "scsi-hd,drive=d" + i + ",bus=lsi" + i + ".0,scsi-id=0",
                            "-object",
                            "x-remote-object,id=r" + i + ",devid=lsi" + i + ",fd=" + (3 + i)));
        }
        return command;
    }

    private void boot(DeviceProcess process, int link, Path folder, Samples into)
            throws IOException {
        Path serial = folder.resolve("serial");
        try (Fd chatter = MemFd.resizable("stderr", 0)) {
            long begin = System.nanoTime();
            try (Child machine =
                    new StockMachine.Setup("pc")
                            .proxy("lsi0", process.link(link), SLOT)
                            .errors(chatter)
                            .boot(serial)) {
                Child.Exit exit = machine.await(DeviceProcess.TIMEOUT_NS);
                into.add(System.nanoTime() - begin);
                if (exit == null || exit.status() != TinyGuest.statusOf(BootDisk.PASSED)) {
                    throw new IOException("the machine ended with " + exit);
                }
            }
        }
        if (!Files.readString(serial).equals(disk.expected())) {
            throw new IOException("the guest said something else: " + Files.readString(serial));
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
