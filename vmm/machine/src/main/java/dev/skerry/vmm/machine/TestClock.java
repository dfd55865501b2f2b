package dev.skerry.vmm.machine;

import dev.skerry.execution.x86.time.Clock;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A clock that a test moves. Alarms run on the thread that moves it. */
final class TestClock implements Clock, MachineClock {
    private final List<TestAlarm> alarms = new CopyOnWriteArrayList<>();
    private volatile long now;

    @Override
    public long nowNs() {
        return now;
    }

    @Override
    public long nextDeadlineNs() {
        TestAlarm next = next();
        return next == null ? NEVER : next.deadlineNs;
    }

    private TestAlarm next() {
        TestAlarm next = null;
        for (TestAlarm alarm : alarms) {
            if (alarm.deadlineNs != NEVER && (next == null || alarm.deadlineNs < next.deadlineNs)) {
                next = alarm;
            }
        }
        return next;
    }

    @Override
    public synchronized void advanceTo(long ns) {
        for (TestAlarm due = next(); due != null && due.deadlineNs <= ns; due = next()) {
            now = Math.max(now, due.deadlineNs);
            due.deadlineNs = NEVER;
            due.action.run();
        }
        now = Math.max(now, ns);
    }

    @Override
    public Alarm alarm(Runnable action) {
        TestAlarm alarm = new TestAlarm(action);
        alarms.add(alarm);
        return alarm;
    }

    private static final class TestAlarm implements Alarm {
        private final Runnable action;
        private volatile long deadlineNs = NEVER;

        TestAlarm(Runnable action) {
            this.action = action;
        }

        @Override
        public void set(long newDeadlineNs) {
            deadlineNs = newDeadlineNs;
        }
    }
}
