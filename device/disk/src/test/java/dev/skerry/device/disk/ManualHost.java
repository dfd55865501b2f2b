package dev.skerry.device.disk;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.Timer;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** A host whose clock and workers go on when the test says so. */
final class ManualHost implements DeviceHost {
    private record Work(Runnable work, Completion completion) {}

    private final class ManualTimer implements Timer {
        private final Runnable onExpiry;
        private long deadlineNs;
        private boolean armed;

        ManualTimer(Runnable onExpiry) {
            this.onExpiry = onExpiry;
        }

        @Override
        public void arm(long deadline) {
            deadlineNs = deadline;
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

    private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    private final Log log = Log.of(new LogSink("test", 1, logged, Level.INFO)).withSubject("hd0");
    private final List<ManualTimer> timers = new ArrayList<>();
    private final Queue<Work> works = new ArrayDeque<>();
    private long nowNs;

    @Override
    public String id() {
        return "hd0";
    }

    @Override
    public Log log() {
        return log;
    }

    String logged() {
        return logged.toString(StandardCharsets.UTF_8);
    }

    @Override
    public long nowNs() {
        return nowNs;
    }

    @Override
    public Timer newTimer(Runnable onExpiry) {
        timers.add(new ManualTimer(onExpiry));
        return timers.getLast();
    }

    @Override
    public void offload(Runnable work, Completion completion) {
        works.add(new Work(work, completion));
    }

    /** Lets the workers finish what they have and what follows from it. */
    int work() {
        int done = 0;
        for (Work next = works.poll(); next != null; next = works.poll()) {
            next.work.run();
            next.completion.done(null);
            done++;
        }
        return done;
    }

    void advance(long ns) {
        nowNs += ns;
        for (ManualTimer timer : List.copyOf(timers)) {
            if (timer.armed && nowNs >= timer.deadlineNs) {
                timer.armed = false;
                timer.onExpiry.run();
            }
        }
    }
}
