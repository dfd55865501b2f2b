package dev.skerry.execution.x86.time;

import java.util.ArrayList;
import java.util.List;

/** A clock that stands until it is moved; alarms go off on the mover's thread, in their order. */
public final class ManualClock implements Clock {
    private final List<ManualAlarm> alarms = new ArrayList<>();
    private volatile long nowNs;

    public ManualClock(long nowNs) {
        this.nowNs = nowNs;
    }

    @Override
    public long nowNs() {
        return nowNs;
    }

    @Override
    public synchronized Alarm alarm(Runnable action) {
        ManualAlarm alarm = new ManualAlarm(action);
        alarms.add(alarm);
        return alarm;
    }

    /** When the next alarm goes off, or {@link Clock#NEVER}. */
    public synchronized long nextNs() {
        return alarms.stream().mapToLong(a -> a.deadlineNs).min().orElse(NEVER);
    }

    public void advance(long ns) {
        long end = nowNs + ns;
        for (ManualAlarm due = due(end); due != null; due = due(end)) {
            nowNs = Math.max(nowNs, due.deadlineNs);
            due.deadlineNs = NEVER;
            due.action.run();
        }
        nowNs = end;
    }

    private synchronized ManualAlarm due(long end) {
        ManualAlarm first = null;
        for (ManualAlarm alarm : alarms) {
            if (alarm.deadlineNs <= end && (first == null || alarm.deadlineNs < first.deadlineNs)) {
                first = alarm;
            }
        }
        return first;
    }

    private static final class ManualAlarm implements Alarm {
        private final Runnable action;
        private volatile long deadlineNs = NEVER;

        ManualAlarm(Runnable action) {
            this.action = action;
        }

        @Override
        public void set(long newDeadlineNs) {
            deadlineNs = newDeadlineNs;
        }
    }
}
