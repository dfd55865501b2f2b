package dev.skerry.verify.bench;

import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.verify.testkit.Peer;

import java.util.List;

/** Runs the benchmarks named on the command line, or all of them. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        for (Peer peer : List.of(Peer.STOCK_QEMU, Peer.DEVICE_PROCESS)) {
            if (peer.missing() != null) {
                System.err.println("bench: " + peer.missing());
                System.exit(1);
            }
        }
        List<String> wanted =
                arguments.length == 0
                        ? List.of(
                                "link",
                                "start",
                                "scale",
                                "boot",
                                "disk",
                                "cpu",
                                "linux",
                                "kvm",
                                "work",
                                "guest",
                                "machines")
                        : List.of(arguments);
        Log log =
                Log.of(
                        new LogSink(
                                "bench", ProcessHandle.current().pid(), System.err, Level.WARNING));
        for (String name : wanted) {
            switch (name) {
                case "link" -> new LinkBench(System.out).run();
                case "start" -> new StartBench(System.out).run();
                case "scale" -> new ScaleBench(System.out).run();
                case "boot" -> new BootBench(System.out).run();
                case "disk" -> new DiskBench(System.out).run();
                case "cpu" -> new CpuBench(System.out, log).run();
                case "linux" -> new LinuxBench(System.out, log).run();
                case "kvm" -> new KvmBench(System.out, log).run();
                case "work" -> new WorkBench(System.out, log).run();
                case "guest" -> new GuestBench(System.out).run();
                case "machines" -> new MachinesBench(System.out).run();
                default -> {
                    System.err.println(
                            "bench: '"
                                    + name
                                    + "' is none of link, start, scale, boot, disk, cpu,"
                                    + " linux, kvm, work, guest, machines");
                    System.exit(2);
                }
            }
        }
    }
}
