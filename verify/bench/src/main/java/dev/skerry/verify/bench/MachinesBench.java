package dev.skerry.verify.bench;

import dev.skerry.verify.testkit.Peer;
import dev.skerry.vmm.control.Answer;
import dev.skerry.vmm.control.RuntimeFolder;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Machines under {@code skerry run} as they grow: from its start until every process of every machine
 * runs, and their memory together, with a sandboxed process for each device. Stock QEMU has nothing
 * of the kind to put beside it.
 */
final class MachinesBench {
    private static final int[][] MACHINES_AND_DEVICES = {{1, 0}, {1, 1}, {1, 5}, {1, 20}, {2, 10}};
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(120);

    private final PrintStream out;

    MachinesBench(PrintStream out) {
        this.out = out;
    }

    void run() throws IOException, InterruptedException {
        out.println("machines: skerry run until all processes run, guest of 64 MB, memory of all");
        out.printf(
                "  %8s %16s %10s %22s%n",
                "machines", "devices in each", "seconds", "proportional MB (PSS)");
        for (int[] each : MACHINES_AND_DEVICES) {
            measure(each[0], each[1]);
        }
    }

    private void measure(int machines, int devices) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("skerry-machines");
        List<Process> running = new ArrayList<>();
        try {
            long begin = System.nanoTime();
            for (int i = 0; i < machines; i++) {
                running.add(start(folder, "m" + i, devices));
            }
            awaitAll(folder, machines * (1 + devices), begin + TIMEOUT_NS);
            double seconds = (System.nanoTime() - begin) / 1e9;
            long kb = 0;
            for (Process process : running) {
                kb += proportionalKb(process.toHandle());
            }
            out.printf("  %8d %16d %10.2f %22.1f%n", machines, devices, seconds, kb / 1024.0);
        } finally {
            for (Process process : running) {
                process.destroy();
                process.waitFor();
            }
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static Process start(Path folder, String name, int devices) throws IOException {
        StringBuilder text = new StringBuilder("name: " + name + "\n");
        text.append("accelerator: tcg\nmemory: 64M\nconsole: none\nsandbox: auto\n");
        text.append(devices == 0 ? "" : "devices:\n");
        for (int i = 0; i < devices; i++) {
            text.append("  - {id: d" + i + ", driver: edu, sandbox: auto}\n");
        }
        Path file = Files.writeString(folder.resolve(name + ".yaml"), text);
        ProcessBuilder builder =
                new ProcessBuilder(
                        Peer.root().resolve("bin/skerry").toString(), "run", file.toString());
        builder.environment().put("XDG_RUNTIME_DIR", folder.toString());
        return builder.redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile())
                .start();
    }

    private static void awaitAll(Path folder, int wanted, long endNs) throws IOException {
        int seen = 0;
        while (seen < wanted) {
            if (System.nanoTime() > endNs) {
                throw new IOException("only " + seen + " of " + wanted + " processes run");
            }
            seen = 0;
            Path sockets = folder.resolve("skerry");
            if (!Files.isDirectory(sockets)) {
                Thread.onSpinWait();
                continue;
            }
            try (Stream<Path> files = Files.list(sockets)) {
                for (Path socket : files.toList()) {
                    Answer table = RuntimeFolder.ask(socket, "ps");
                    seen += table == null ? 0 : (int) countRunning(table.text());
                }
            }
        }
    }

    private static long countRunning(String table) {
        return table.lines().filter(line -> line.contains(" running ")).count();
    }

    /** Of a process and all it started: each page shared by n processes counts as its nth part. */
    private static long proportionalKb(ProcessHandle process) throws IOException {
        long sum = 0;
        for (ProcessHandle each :
                Stream.concat(Stream.of(process), process.descendants()).toList()) {
            Path file = Path.of("/proc", Long.toString(each.pid()), "smaps_rollup");
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith("Pss:")) {
                    sum += Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
        }
        return sum;
    }
}
