package dev.skerry.verify.bench;

import dev.skerry.platform.linux.Child;
import dev.skerry.verify.boot.Console;
import dev.skerry.verify.guests.Disk;
import dev.skerry.verify.guests.Guest;
import dev.skerry.verify.guests.GuestFiles;
import dev.skerry.verify.testkit.DeviceProcess;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Debian's kernel on whole machines, in turns: stock QEMU's with TCG and its controller in it, ours
 * with the controller in it, ours with the controller in a process of its own. Same kernel, initial
 * file system, command line and disk; from the machine's exec to the first process and to its end
 * after power-off, and how fast the guest reads the disk past its page cache.
 */
final class GuestBench {
    private static final int ROUNDS = 3;
    private static final int MEGABYTES = 16;
    private static final String TYPE = "q35";
    private static final String ID = "dev0";

    private enum Kind {
        STOCK("stock QEMU, TCG"),
        LOCAL("skerry"),
        REMOTE("skerry, disk elsewhere");

        private final String title;

        Kind(String title) {
            this.title = title;
        }
    }

    private static final class Results {
        final Samples firstProcess = new Samples();
        final Samples end = new Samples();
        final Samples sequential = new Samples();
        final Samples small = new Samples();
    }

    private final PrintStream out;
    private final List<Results> results = new ArrayList<>();
    private Disk disk;

    GuestBench(PrintStream out) {
        this.out = out;
    }

    void run() throws IOException, InterruptedException {
        if (GuestFiles.missing() != null) {
            out.println("guest: skipped: " + GuestFiles.missing());
            return;
        }
        for (int i = 0; i < Kind.values().length; i++) {
            results.add(new Results());
        }
        Path file = Files.createTempFile("skerry-guest", ".img");
        try {
            disk = Disk.random(file, "raw", MEGABYTES, 1);
            for (int i = 0; i < ROUNDS; i++) {
                for (Kind kind : Kind.values()) {
                    boot(kind, results.get(kind.ordinal()));
                }
            }
        } finally {
            Files.delete(file);
        }
        report();
    }

    private void report() {
        out.printf(
                "guest: Debian's kernel from the machine's exec, %s, %d machines each%n",
                TYPE, ROUNDS);
        out.printf(
                "  %-24s %13s %7s %13s %7s %10s %10s%n",
                "", "1st process s", "stock", "power-off s", "stock", "1 MiB MB/s", "4 KiB /s");
        Results stock = results.getFirst();
        for (Kind kind : Kind.values()) {
            Results of = results.get(kind.ordinal());
            out.printf(
                    "  %-24s %13.2f %7.2f %13.2f %7.2f %10.1f %10.0f%n",
                    kind.title,
                    of.firstProcess.ms(50) / 1e3,
                    of.firstProcess.medianRatioTo(stock.firstProcess),
                    of.end.ms(50) / 1e3,
                    of.end.medianRatioTo(stock.end),
                    (MEGABYTES << 20) / of.sequential.us(50),
                    1024 / (of.small.ms(50) / 1e3));
        }
    }

    private void boot(Kind kind, Results into) throws IOException, InterruptedException {
        if (kind != Kind.REMOTE) {
            Guest.Setup setup = kind == Kind.STOCK ? Guest.stock(TYPE) : Guest.ours(TYPE);
            measure(setup.localDisks(ID, disk), into);
            return;
        }
        List<String> command = DeviceProcess.oneDisk(DeviceProcess.ours(), disk.file(), "", "");
        try (DeviceProcess device = DeviceProcess.start(command, 1, null)) {
            measure(Guest.ours(TYPE).proxy(ID, device.link(0)), into);
        }
    }

    private void measure(Guest.Setup setup, Results into) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        try (Guest guest = setup.tests("throughput").start()) {
            Child.Exit exit = guest.awaitEnd();
            into.end.add(System.nanoTime() - begin);
            if (exit == null || exit.status() != 0) {
                throw new IOException("the machine ended with " + exit + ": " + guest.log());
            }
            into.firstProcess.add(firstProcess(guest));
            into.sequential.add(elapsed(guest, "sequential"));
            into.small.add(elapsed(guest, "small"));
        }
    }

    private static long firstProcess(Guest guest) throws IOException {
        for (Console.Line line : guest.console().lines()) {
            if (line.text().equals(GuestFiles.SAYS + "first process")) {
                return line.atNs();
            }
        }
        throw new IOException("no first process");
    }

    /** The script's line: bytes and milliseconds. */
    private static long elapsed(Guest guest, String name) {
        String line = guest.said("throughput " + name).getFirst();
        long ms = Long.parseLong(line.substring(line.indexOf(' ') + 1));
        return TimeUnit.MILLISECONDS.toNanos(Math.max(1, ms));
    }
}
