package dev.skerry.verify.workbench;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.Timer;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;

import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/**
 * A host for tests: its clock stands until the test moves it, and what a device has offloaded waits
 * until the test runs it. One thread, no waiting, the same every time.
 */
public final class ManualHost implements DeviceHost {
    private record Offloaded(Runnable work, Completion completion) {}

    private final Log log =
            Log.of(new LogSink("test", 1, OutputStream.nullOutputStream(), Level.TRACE));
    private final List<ManualTimer> timers = new ArrayList<>();
    private final Queue<Offloaded> offloaded = new ArrayDeque<>();
    private long nowNs = 1_000_000_000;

    /** A host whose clock stands at one second. */
    public ManualHost() {}

    @Override
    public String id() {
        return "test0";
    }

    @Override
    public Log log() {
        return log;
    }

    @Override
    public long nowNs() {
        return nowNs;
    }

    @Override
    public Timer newTimer(Runnable onExpiry) {
        ManualTimer timer = new ManualTimer(onExpiry);
        timers.add(timer);
        return timer;
    }

    @Override
    public void offload(Runnable work, Completion completion) {
        offloaded.add(new Offloaded(work, completion));
    }

    /** Lets time pass; timers that are due run in the order of their deadlines. */
    public void advance(long ns) {
        long until = nowNs + ns;
        for (Optional<ManualTimer> due = firstDue(until); due.isPresent(); due = firstDue(until)) {
            ManualTimer timer = due.get();
            nowNs = Math.max(nowNs, timer.deadlineNs);
            timer.armed = false;
            timer.onExpiry.run();
        }
        nowNs = until;
    }

    private Optional<ManualTimer> firstDue(long until) {
        return timers.stream()
                .filter(timer -> timer.armed && timer.deadlineNs <= until)
                .min(Comparator.comparingLong(timer -> timer.deadlineNs));
    }

    public boolean hasArmedTimer() {
        return timers.stream().anyMatch(Timer::isArmed);
    }

    /** Does the oldest offloaded work and tells its completion; false if there is none. */
    public boolean runOffloaded() {
        Offloaded next = offloaded.poll();
        if (next == null) {
            return false;
        }
        RuntimeException failure = null;
        try {
            next.work.run();
        } catch (RuntimeException e) {
            failure = e;
        }
        next.completion.done(failure);
        return true;
    }

    private static final class ManualTimer implements Timer {
        private final Runnable onExpiry;
        private long deadlineNs;
        private boolean armed;

        ManualTimer(Runnable onExpiry) {
            this.onExpiry = onExpiry;
        }

        @Override
        public void arm(long deadlineNs) {
            this.deadlineNs = deadlineNs;
            armed = true;
        }

        @Override
        public void cancel() {
            armed = false;
        }

        @Override
        public boolean isArmed() {
            return armed;
        }
    }
}
