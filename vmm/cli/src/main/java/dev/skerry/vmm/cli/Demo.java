package dev.skerry.vmm.cli;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Spawn;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.vmm.qtest.QtestClient;
import dev.skerry.vmm.qtest.QtestListener;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * {@code skerry demo}: stock QEMU is the machine, a Skerry device process is its {@code edu} device.
 * The guest's part is played over qtest: it enumerates the bus, programs the device, computes, moves
 * memory by DMA, and checks what it sees.
 */
final class Demo {
    private static final Path QEMU = Path.of("/usr/bin/qemu-system-x86_64");
    private static final long TIMEOUT_NS = 30_000_000_000L;
    private static final long TIMEOUT_MS = TIMEOUT_NS / 1_000_000;
    private static final int LINK_FD = 3;

    private static final int SLOT = 4;
    private static final int EDU = 0x11e81234;
    private static final long BAR = 0xfeb00000L;
    private static final long FACTORIAL = BAR + 0x08;
    private static final long STATUS = BAR + 0x20;
    private static final long DMA_SOURCE = BAR + 0x80;
    private static final long DMA_DESTINATION = BAR + 0x88;
    private static final long DMA_COUNT = BAR + 0x90;
    private static final long DMA_COMMAND = BAR + 0x98;
    private static final long DMA_BUFFER = 0x40000;

    private final Path home;
    private final PrintStream out;
    private boolean good = true;

    Demo(Path home, PrintStream out) {
        this.home = home;
        this.out = out;
    }

    /** Returns whether everything was as it should be. */
    boolean run() throws IOException {
        if (!Files.isExecutable(QEMU)) {
            throw new IOException(
                    QEMU
                            + " is missing, and the demo plugs a device into it. Get it, for example:"
                            + " apt install qemu-system-x86");
        }
        Path folder = Files.createTempDirectory("skerry-demo");
        UnixStream[] link = UnixStream.pair();
        try (QtestListener listener = new QtestListener(folder);
                Child device = startDevice(link[1]);
                Child machine = startMachine(link[0], listener.path())) {
            link[0].close();
            link[1].close();
            try (QtestClient guest = listener.accept(TIMEOUT_MS)) {
                picture(machine, device);
                play(guest);
            }
            machine.kill();
            Child.Exit exit = device.await(TIMEOUT_NS);
            check(
                    "the machine gone, the device process ends by itself",
                    exit != null && exit.status() == 0);
        } finally {
            link[0].close();
            link[1].close();
            Files.deleteIfExists(folder);
        }
        out.println(good ? "All as it should be." : "Something was NOT as it should be.");
        return good;
    }

    private Child startDevice(UnixStream link) throws IOException {
        List<String> command =
                List.of(
                        home.resolve("bin/skerry-system-x86_64").normalize().toString(),
                        "-machine",
                        "x-remote",
                        "-device",
                        "edu,id=edu0",
                        "-object",
                        "x-remote-object,id=robj0,devid=edu0,fd=" + LINK_FD);
        return start("device process", command, link);
    }

    private Child startMachine(UnixStream link, Path qtest) throws IOException {
        List<String> command =
                List.of(
                        QEMU.toString(),
                        "-machine",
                        "pc,memory-backend=mem",
                        "-object",
                        "memory-backend-memfd,id=mem,size=64M,share=on",
                        "-accel",
                        "tcg",
                        "-S",
                        "-nodefaults",
                        "-display",
                        "none",
                        "-qtest",
                        "unix:" + qtest,
                        "-qtest-log",
                        "/dev/null",
                        "-device",
                        "x-pci-proxy-dev,id=edu0,addr=0" + SLOT + ",fd=" + LINK_FD);
        return start("machine", command, link);
    }

    private Child start(String role, List<String> command, UnixStream link) throws IOException {
        out.println("The " + role + ":");
        out.println("    " + String.join(" ", command));
        return new Spawn(command).with(LINK_FD, link.fd()).start();
    }

    private void picture(Child machine, Child device) throws IOException {
        out.println();
        out.printf("  %-8s %-16s %-22s %9s%n", "pid", "role", "program", "resident");
        out.printf(
                "  %-8d %-16s %-22s %6d MB%n",
                machine.pid(), "machine", "stock QEMU", residentMb(machine));
        out.printf(
                "  %-8d %-16s %-22s %6d MB%n",
                device.pid(), "device edu0", "Skerry", residentMb(device));
        out.println();
    }

    private static long residentMb(Child child) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + child.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
            }
        }
        throw new IOException("process " + child.pid() + " has no memory; it seems to have ended");
    }

    private void play(QtestClient guest) throws IOException {
        long id = guest.readConfig(SLOT, 0, 4);
        check(
                String.format(
                        "the guest finds device %04x:%04x in slot %d",
                        id & 0xffff, id >>> 16, SLOT),
                id == EDU);
        guest.writeConfig(SLOT, 0x10, 4, 0xffffffffL);
        long size = -guest.readConfig(SLOT, 0x10, 4) & 0xffffffffL;
        check("its BAR 0 has " + (size >> 10) + " KiB", size == 1 << 20);
        guest.writeConfig(SLOT, 0x10, 4, BAR);
        guest.writeConfig(SLOT, 0x04, 2, 0x7);

        guest.write(FACTORIAL, 4, 10);
        awaitZero(guest, STATUS, 1);
        long result = guest.read(FACTORIAL, 4);
        check("it computes 10! = " + result, result == 3_628_800);

        byte[] text =
                "from guest memory, through a device in another process, and back"
                        .getBytes(StandardCharsets.US_ASCII);
        guest.writeBytes(0x10000, text);
        dma(guest, 0x10000, DMA_BUFFER, text.length, 1);
        dma(guest, DMA_BUFFER, 0x20000, text.length, 3);
        String copy = new String(guest.readBytes(0x20000, text.length), StandardCharsets.US_ASCII);
        check(
                "it moves memory by DMA: \"" + copy + "\"",
                Arrays.equals(text, copy.getBytes(StandardCharsets.US_ASCII)));
    }

    private static void dma(QtestClient guest, long from, long to, int count, int command)
            throws IOException {
        guest.write(DMA_SOURCE, 8, from);
        guest.write(DMA_DESTINATION, 8, to);
        guest.write(DMA_COUNT, 8, count);
        guest.write(DMA_COMMAND, 8, command);
        awaitZero(guest, DMA_COMMAND, 1);
    }

    /** A guest would wait for the interrupt; over qtest it polls. */
    private static void awaitZero(QtestClient guest, long register, int mask) throws IOException {
        long end = System.nanoTime() + TIMEOUT_NS;
        while ((guest.read(register, 4) & mask) != 0) {
            if (System.nanoTime() - end > 0) {
                throw new IOException(String.format("register 0x%x stays busy", register - BAR));
            }
        }
    }

    private void check(String what, boolean as) {
        good &= as;
        out.println((as ? "  ok      " : "  NOT OK  ") + what);
    }
}
