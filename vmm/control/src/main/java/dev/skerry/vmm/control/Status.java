package dev.skerry.vmm.control;

import dev.skerry.platform.linux.CurrentProcess;
import dev.skerry.vmm.control.config.VmConfig;

import java.util.Collection;
import java.util.Locale;

/** The processes of a machine, for {@code ps} and {@code top}. */
final class Status {
    private static final String FORMAT = "%-12s %-18s %8s %-10s %-9s %9s %10s %8s%n";

    private static final long NS_PER_MS = 1_000_000;
    private static final long MS_PER_TICK = 10;

    private Status() {}

    /**
     * The table.
     *
     * @param state the machine's
     */
    static String of(
            VmConfig config,
            RunningProcess machine,
            String state,
            Collection<SupervisedDevices> devices) {
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(
                        Locale.ROOT,
                        FORMAT,
                        "machine",
                        "process",
                        "pid",
                        "state",
                        "sandbox",
                        "resident",
                        "cpu",
                        "restarts"));
        row(text, config.name(), Supervisor.MACHINE, machine, state, 0);
        for (SupervisedDevices process : devices) {
            row(
                    text,
                    config.name(),
                    process.name(),
                    process.running(),
                    "running",
                    process.restarts());
        }
        return text.toString();
    }

    /** The same as lines for {@link Top}. */
    static String samples(
            VmConfig config,
            RunningProcess machine,
            String state,
            Collection<SupervisedDevices> devices) {
        String name = config.name() + '-' + CurrentProcess.id();
        long machineMs = machine.runningNs() / NS_PER_MS;
        StringBuilder text = new StringBuilder();
        text.append(sample(name, Supervisor.MACHINE, machine, state, machineMs, 0, null));
        for (SupervisedDevices process : devices) {
            text.append(
                    sample(
                            name,
                            process.name(),
                            process.running(),
                            "running",
                            machineMs,
                            process.restarts(),
                            process.traffic()));
        }
        return text.toString();
    }

    private static String sample(
            String machine,
            String name,
            RunningProcess process,
            String state,
            long machineMs,
            int restarts,
            Traffic traffic) {
        boolean none = process == null;
        return new Sample(
                        machine,
                        name,
                        none ? -1 : process.pid(),
                        none ? "ended" : state,
                        machineMs,
                        none ? 0 : process.runningNs() / NS_PER_MS,
                        none ? 0 : process.residentKb(),
                        none ? 0 : process.cpuTicks() * MS_PER_TICK,
                        restarts,
                        traffic)
                + "\n";
    }

    private static void row(
            StringBuilder text,
            String machine,
            String name,
            RunningProcess process,
            String state,
            int restarts) {
        if (process == null) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            FORMAT,
                            machine,
                            name,
                            "-",
                            "ended",
                            "-",
                            "-",
                            "-",
                            restarts));
            return;
        }
        text.append(
                String.format(
                        Locale.ROOT,
                        FORMAT,
                        machine,
                        name,
                        process.pid(),
                        state,
                        process.isEnclosed() ? "yes" : "NO",
                        process.residentKb() / 1024 + " MB",
                        String.format(Locale.ROOT, "%.2f s", process.cpuTicks() / 100.0),
                        restarts));
    }
}
