package dev.skerry.verify.bench;

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
                arguments.length == 0 ? List.of("link", "start", "scale") : List.of(arguments);
        for (String name : wanted) {
            switch (name) {
                case "link" -> new LinkBench(System.out).run();
                case "start" -> new StartBench(System.out).run();
                case "scale" -> new ScaleBench(System.out).run();
                default -> {
                    System.err.println("bench: '" + name + "' is none of link, start, scale");
                    System.exit(2);
                }
            }
        }
    }
}
