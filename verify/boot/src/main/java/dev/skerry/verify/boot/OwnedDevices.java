package dev.skerry.verify.boot;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.Timer;
import dev.skerry.execution.x86.time.Clock;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

/**
 * Runs devices inside the machine. Instead of a thread of their own they have a lock of their own:
 * accesses by CPUs, timers and input take it, so that a device still sees one caller at a time.
 */
final class OwnedDevices implements DeviceHost {
    private final String id;
    private final Clock clock;
    private final Log log;
    private final Object lock = new Object();

    OwnedDevices(String id, Clock clock, Log log) {
        this.id = id;
        this.clock = clock;
        this.log = log.withSubject(id);
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
        Thread.ofVirtual()
                .start(
                        () -> {
                            RuntimeException failure = null;
                            try {
                                work.run();
                            } catch (RuntimeException e) {
                                failure = e;
                            }
                            synchronized (lock) {
                                completion.done(failure);
                            }
                        });
    }

    /** A region whose accesses take the lock. */
    IoRegion guarded(IoRegion region) {
        return new IoRegion(
                region.name(),
                region.sizeBytes(),
                AccessSizes.ANY,
                new IoHandler() {
                    @Override
                    public long read(long offset, int size) {
                        synchronized (lock) {
                            return region.read(offset, size);
                        }
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        synchronized (lock) {
                            region.write(offset, size, value);
                        }
                    }
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
            synchronized (lock) {
                if (armed && clock.nowNs() >= deadlineNs) {
                    armed = false;
                    onExpiry.run();
                }
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
