package dev.skerry.verify.bench;

import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.MpqemuClient;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Memory and start-up as devices grow in number: in a process each, and all in one. */
final class ScaleBench {
    private static final int[] COUNTS = {1, 4, 16};

    private final PrintStream out;

    ScaleBench(PrintStream out) {
        this.out = out;
    }

    void run() throws IOException {
        out.println("scale: devices until all have replied, and their memory together");
        out.printf(
                "  %-36s %8s %10s %14s %14s%n",
                "server", "devices", "ms", "resident MB", "unshared MB");
        for (int count : COUNTS) {
            separate(Subject.stock(), count);
            separate(Subject.skerry(), count);
            together(count);
        }
    }

    private void separate(Subject subject, int count) throws IOException {
        List<DeviceProcess> processes = new ArrayList<>();
        long begin = System.nanoTime();
        try {
            for (int i = 0; i < count; i++) {
                processes.add(DeviceProcess.start(subject.command(), 1, null));
            }
            for (DeviceProcess process : processes) {
                try (MpqemuClient client = borrow(process, 0)) {
                    client.readConfig(0, 2);
                }
            }
            report(subject.name() + ", a process each", count, begin, processes);
        } finally {
            for (DeviceProcess process : processes) {
                process.close();
            }
        }
    }

    private void together(int count) throws IOException {
        List<String> command = new ArrayList<>(DeviceProcess.ours());
        command.addAll(List.of("-machine", "x-remote"));
        for (int i = 0; i < count; i++) {
            command.addAll(
                    List.of(
                            "-device", "pci-testdev,id=d" + i,
                            "-object",
                                    "x-remote-object,id=o"
                                            + i
                                            + ",devid=d"
                                            + i
                                            + ",fd="
                                            + (3 + i)));
        }
        long begin = System.nanoTime();
        try (DeviceProcess process = DeviceProcess.start(command, count, null)) {
            for (int i = 0; i < count; i++) {
                try (MpqemuClient client = borrow(process, i)) {
                    client.readConfig(0, 2);
                }
            }
            report("skerry, all in one process", count, begin, List.of(process));
        }
    }

    /** A client whose closing leaves the process running. */
    private static MpqemuClient borrow(DeviceProcess process, int link) throws IOException {
        var copy = dev.skerry.platform.linux.UnixStream.adopt(process.link(link).fd().duplicate());
        return new MpqemuClient(
                new dev.skerry.isolation.transport.SocketTransport(copy, DeviceProcess.TIMEOUT_NS),
                DeviceProcess.TIMEOUT_NS);
    }

    private void report(String name, int count, long begin, List<DeviceProcess> processes)
            throws IOException {
        double ms = (System.nanoTime() - begin) / 1e6;
        long resident = 0;
        long unshared = 0;
        for (DeviceProcess process : processes) {
            resident += Subject.residentKb(process);
            unshared += Subject.unsharedKb(process);
        }
        out.printf(
                "  %-36s %8d %10.1f %14.1f %14.1f%n",
                name, count, ms, resident / 1024.0, unshared / 1024.0);
    }
}
