package dev.skerry.vmm.control;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What processes do a second, from looks at them one after the other. Like top(1), the first table
 * has the averages since each process' start.
 */
public final class Top {
    private static final String FORMAT = "%-12s %-14s %8s %-9s %8s %8s %8s %9s %9s %6s %8s%n";
    private static final double MEDIAN = 0.5;
    private static final double MOST = 0.99;
    private static final double MS_PER_SECOND = 1000;

    private Map<String, Sample> before = Map.of();

    /** Nothing has been looked at yet. */
    public Top() {}

    /**
     * The table for a look.
     *
     * @param answers of all machines to {@code stats}
     */
    public String table(List<String> answers) throws IOException {
        Map<String, Sample> now = new HashMap<>();
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(
                        Locale.ROOT,
                        FORMAT,
                        "machine",
                        "process",
                        "pid",
                        "state",
                        "msg/s",
                        "p50",
                        "p99",
                        "bytes/s",
                        "resident",
                        "cpu",
                        "restarts"));
        for (String answer : answers) {
            for (Sample sample : Sample.parse(answer)) {
                String key = sample.machine() + ' ' + sample.process();
                text.append(row(sample, before.get(key)));
                now.put(key, sample);
            }
        }
        before = now;
        return text.toString();
    }

    private static String row(Sample now, Sample earlier) {
        boolean none = now.pid() < 0;
        String machine = now.machine().substring(0, now.machine().lastIndexOf('-'));
        String[] traffic = traffic(now, earlier);
        return String.format(
                Locale.ROOT,
                FORMAT,
                machine,
                now.process(),
                none ? "-" : now.pid(),
                now.state(),
                traffic[0],
                traffic[1],
                traffic[2],
                traffic[3],
                none ? "-" : now.residentKb() / 1024 + " MB",
                none ? "-" : cpu(now, earlier),
                now.restarts());
    }

    /** Messages and bytes are a device's, whichever process it has: they go on over a restart. */
    private static String[] traffic(Sample now, Sample earlier) {
        if (now.traffic() == null) {
            return new String[] {"-", "-", "-", "-"};
        }
        boolean first = earlier == null || earlier.traffic() == null;
        Traffic traffic = first ? now.traffic() : now.traffic().since(earlier.traffic());
        long ms = first ? now.machineMs() : now.machineMs() - earlier.machineMs();
        double seconds = Math.max(1, ms) / MS_PER_SECOND;
        return new String[] {
            rate(traffic.messages() / seconds),
            time(traffic.percentileNs(MEDIAN)),
            time(traffic.percentileNs(MOST)),
            rate(traffic.bytes() / seconds)
        };
    }

    private static String cpu(Sample now, Sample earlier) {
        boolean same = earlier != null && earlier.pid() == now.pid();
        long cpuMs = same ? now.cpuMs() - earlier.cpuMs() : now.cpuMs();
        long ms = same ? now.runningMs() - earlier.runningMs() : now.runningMs();
        return String.format(Locale.ROOT, "%.0f %%", 100.0 * cpuMs / Math.max(1, ms));
    }

    /** Three digits of what is small, so that a little is not nothing. */
    private static String rate(double value) {
        if (value >= 10e6) {
            return String.format(Locale.ROOT, "%.0fM", value / 1e6);
        }
        return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
    }

    /** Buckets are a quarter of an octave: more digits would not be true. */
    private static String time(long ns) {
        if (ns == 0) {
            return "-";
        } else if (ns < 100_000) {
            return String.format(Locale.ROOT, "%.1f us", ns / 1e3);
        } else if (ns < 10_000_000) {
            return String.format(Locale.ROOT, "%.2f ms", ns / 1e6);
        }
        return String.format(Locale.ROOT, "%.0f ms", ns / 1e6);
    }
}
