package dev.skerry.vmm.machine;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.DeviceLock;
import dev.skerry.device.api.Timer;
import dev.skerry.device.api.Workers;
import dev.skerry.execution.x86.time.Clock;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.StackTraces;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.IoRegion;

/**
 * Runs a device inside the machine. It has a lock in place of a thread: accesses by vCPUs, timers,
 * completions and input take it, so that the device still sees one caller at a time.
 */
class LockedHost implements DeviceHost {
    private final String id;
    private final Clock clock;
    private final Workers workers;
    private final Log log;
    private final DeviceLock lock;

    LockedHost(String id, Clock clock, Workers workers, Log log) {
        this(id, clock, workers, log, new DeviceLock());
    }

    LockedHost(String id, Clock clock, Workers workers, Log log, DeviceLock lock) {
        this.lock = lock;
        this.id = id;
        this.clock = clock;
        this.workers = workers;
        this.log = log.withSubject(id);
    }

    final DeviceLock lock() {
        return lock;
    }

    /** Puts registers of the device where CPUs find them. */
    final void place(Container into, IoRegion registers, long at) {
        into.add(registers.guardedBy(lock), at, Spaces.LEGACY_PRIORITY);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Log log() {
        return log;
    }

    @Override
    public long nowNs() {
        return clock.nowNs();
    }

    @Override
    public Timer newTimer(Runnable onExpiry) {
        return new LockedTimer(onExpiry);
    }

    @Override
    public void offload(Runnable work, Completion completion) {
        workers.run(
                () -> {
                    RuntimeException failure = null;
                    try {
                        work.run();
                    } catch (RuntimeException e) {
                        failure = e;
                    }
                    RuntimeException result = failure;
                    lock.run(() -> completion.done(result));
                });
    }

    private final class LockedTimer implements Timer {
        private final Runnable onExpiry;
        private final Clock.Alarm alarm = clock.alarm(this::ring);
        private long deadlineNs;
        private boolean armed;

        LockedTimer(Runnable onExpiry) {
            this.onExpiry = onExpiry;
        }

        private void ring() {
            try {
                lock.run(this::expire);
            } catch (RuntimeException bug) {
                // The device's bug costs its timer, not the clock of all others.
                log.error("a timer failed: " + StackTraces.oneLine(bug));
            }
        }

        private void expire() {
            // The alarm may come once more just after it was moved or taken back.
            if (armed && clock.nowNs() >= deadlineNs) {
                armed = false;
                onExpiry.run();
            }
        }

        @Override
        public void arm(long deadline) {
            armed = true;
            deadlineNs = deadline;
            alarm.set(deadline);
        }

        @Override
        public void cancel() {
            armed = false;
            alarm.set(Clock.NEVER);
        }

        @Override
        public boolean isArmed() {
            return armed;
        }
    }
}
