package dev.skerry.verify.fuzz;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.Timer;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** A host in which nothing happens by itself: time passes and work is done when it is told to. */
public final class ManualHost implements DeviceHost {
    private final Log log;
    private final List<ManualTimer> timers = new ArrayList<>();
    private final List<Offloaded> offloaded = new ArrayList<>();
    private long nowNs;

    /** Writes its log nowhere, but formats every line. */
    public ManualHost(Level level, long beginNs) {
        log = Log.of(new LogSink("fuzz", 1, OutputStream.nullOutputStream(), level));
        nowNs = beginNs;
    }

    private static final class Offloaded {
        private final Runnable work;
        private final Completion completion;
        private boolean done;
        private RuntimeException failure;

        Offloaded(Runnable work, Completion completion) {
            this.work = work;
            this.completion = completion;
        }

        void work() {
            done = true;
            try {
                work.run();
            } catch (RuntimeException e) {
                failure = e;
            }
        }
    }

    private final class ManualTimer implements Timer {
        private final Runnable onExpiry;
        private boolean armed;
        private long deadlineNs;

        ManualTimer(Runnable onExpiry) {
            this.onExpiry = onExpiry;
        }

        @Override
        public void arm(long deadline) {
            armed = true;
            deadlineNs = deadline;
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

    /** Lets time pass and runs what is due. */
    public void advance(long ns) {
        nowNs += ns;
        for (ManualTimer timer : timers) {
            if (timer.armed && nowNs - timer.deadlineNs >= 0) {
                timer.armed = false;
                timer.onExpiry.run();
            }
        }
    }

    /** Takes one step of one piece of offloaded work, if there is any: the work, or what follows. */
    public void step(int which) {
        if (offloaded.isEmpty()) {
            return;
        }
        Offloaded chosen = offloaded.get(which % offloaded.size());
        if (chosen.done) {
            offloaded.remove(chosen);
            chosen.completion.done(chosen.failure);
        } else {
            chosen.work();
        }
    }

    public boolean isIdle() {
        return offloaded.isEmpty();
    }

    @Override
    public String id() {
        return "fuzzed";
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
}
