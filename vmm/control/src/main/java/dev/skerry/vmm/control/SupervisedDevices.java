package dev.skerry.vmm.control;

import dev.skerry.platform.linux.LinuxException;
import dev.skerry.vmm.control.config.VmConfig.ProcessConfig;
import dev.skerry.vmm.control.config.VmConfig.RestartLimit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** What control knows of a device process, and of those that were in its place before. */
final class SupervisedDevices {
    private static final long NS_PER_MS = 1_000_000;

    private final ProcessConfig config;
    private final OutputTail output;
    private final Deque<Long> restartsNs = new ArrayDeque<>();
    private final Set<String> fresh = new HashSet<>();
    private final Map<String, Traffic> traffics = new HashMap<>();
    private RunningProcess running;
    private int restarts;

    SupervisedDevices(ProcessConfig config, Consumer<String> log) {
        this.config = config;
        output = new OutputTail(line -> log.accept(config.name() + ": " + line));
    }

    String name() {
        return config.name();
    }

    ProcessConfig config() {
        return config;
    }

    OutputTail output() {
        return output;
    }

    boolean has(String device) {
        return config.devices().stream().anyMatch(each -> each.id().equals(device));
    }

    void started(RunningProcess process) {
        running = process;
    }

    /** Null if there is none now. */
    RunningProcess running() {
        return running;
    }

    boolean isRunning() {
        return running != null;
    }

    void ended() throws LinuxException {
        running.close();
        running = null;
        fresh.clear();
    }

    /**
     * A new socket for a device is on its way to the machine. A loss that the machine told before it
     * has taken it was its predecessor's.
     */
    void handedOver(String device) {
        fresh.add(device);
    }

    /** The machine has taken the socket: losses it tells from now on are the new process' own. */
    void taken(String device) {
        fresh.remove(device);
    }

    /** Whether a loss that is told now is the predecessor's. */
    boolean isFreshFor(String device) {
        return fresh.contains(device);
    }

    /**
     * The machine said what it has asked a device.
     *
     * @param traffic null if that was no number
     */
    void saw(String device, Traffic traffic) {
        if (traffic != null) {
            traffics.put(device, traffic);
        }
    }

    /** All its devices' together; null if the machine has not said. */
    Traffic traffic() {
        return traffics.values().stream().reduce(Traffic::plus).orElse(null);
    }

    int restarts() {
        return restarts;
    }

    /** How long to wait before the next restart, or -1 if there were too many. Counts it. */
    long nextRestartDelayMs() {
        return nextRestartDelayMs(System.nanoTime());
    }

    /** The same at a moment. */
    long nextRestartDelayMs(long nowNs) {
        RestartLimit limit = config.restart();
        while (!restartsNs.isEmpty()
                && nowNs - restartsNs.peekFirst() > limit.windowMs() * NS_PER_MS) {
            restartsNs.removeFirst();
        }
        int recent = restartsNs.size();
        if (recent >= limit.most()) {
            return -1;
        }
        restartsNs.addLast(nowNs);
        restarts++;
        if (recent == 0) {
            return 0;
        }
        long delay = limit.backoffMs() << Math.min(recent - 1, 20);
        return Math.min(delay, limit.backoffLimitMs());
    }
}
