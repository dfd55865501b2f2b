package dev.skerry.verify.bench;

import dev.skerry.platform.linux.Child;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.MpqemuClient;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/** From the start of a device process to its first reply, and its memory after some work. */
final class StartBench {
    private static final int ROUNDS = 25;
    private static final int MESSAGES = 2_000;

    private final PrintStream out;

    StartBench(PrintStream out) {
        this.out = out;
    }

    void run() throws IOException {
        List<Subject> subjects =
                List.of(
                        Subject.stock(),
                        Subject.skerry(),
                        Subject.skerryFiltered(),
                        Subject.skerryEnclosed());
        List<Samples> starts = subjects.stream().map(subject -> new Samples()).toList();
        List<Samples> residents = subjects.stream().map(subject -> new Samples()).toList();
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < subjects.size(); i++) {
                measure(subjects.get(i), starts.get(i), residents.get(i));
            }
        }
        out.printf(
                "start: exec to first reply, and memory after %d messages, %d starts each%n",
                MESSAGES, ROUNDS);
        out.printf(
                "  %-20s %9s %9s %9s %9s %12s%n",
                "server", "min ms", "p50 ms", "p90 ms", "x stock", "resident MB");
        for (int i = 0; i < subjects.size(); i++) {
            Samples s = starts.get(i);
            out.printf(
                    "  %-20s %9.1f %9.1f %9.1f %9.2f %12.1f%n",
                    subjects.get(i).name(),
                    s.ms(0),
                    s.ms(50),
                    s.ms(90),
                    s.medianRatioTo(starts.get(0)),
                    residents.get(i).percentile(50) / 1024.0);
        }
    }

    private static void measure(Subject subject, Samples start, Samples resident)
            throws IOException {
        long begin = System.nanoTime();
        try (DeviceProcess process = DeviceProcess.start(subject.command(), 1, null)) {
            try (MpqemuClient client = process.client(0)) {
                client.readConfig(0, 2);
                start.add(System.nanoTime() - begin);
                for (int i = 0; i < MESSAGES; i++) {
                    client.readConfig(0, 2);
                }
                resident.add(Subject.residentKb(process));
            }
            Child.Exit exit = process.child().await(DeviceProcess.TIMEOUT_NS);
            if (exit == null || exit.status() != 0) {
                throw new IOException(subject.name() + " ended with " + exit);
            }
        }
    }
}
