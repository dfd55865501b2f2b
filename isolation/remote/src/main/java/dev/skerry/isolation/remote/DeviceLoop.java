package dev.skerry.isolation.remote;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.Timer;
import dev.skerry.device.api.Workers;
import dev.skerry.isolation.transport.PollPolicy;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.platform.linux.Epoll;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The device thread's work: the link's messages, the device's timers, completions of its offloaded
 * work, acknowledgements of its interrupt. Everything that touches the device happens in {@link
 * #serve}.
 *
 * <p>It sleeps in the receive itself while nothing but a message can matter, which is two system
 * calls a message, and otherwise in an epoll wait.
 */
final class DeviceLoop implements DeviceHost, AutoCloseable {
    private static final long LINK = 0;
    private static final long WAKE = 1;
    private static final long RESAMPLE = 2;
    private static final int MESSAGES_BETWEEN_LOOKS = 32;
    private static final long NEVER = Long.MAX_VALUE;

    private final String id;
    private final Log log;
    private final Workers workers;
    private final PollPolicy polling;
    private final Epoll epoll;
    private final EventFd wake;
    private final List<LoopTimer> timers = new ArrayList<>();
    private final Queue<Runnable> completions = new ConcurrentLinkedQueue<>();
    private volatile boolean sleeping;
    private IoHub hub;
    private Fd watchedResample;
    private long nextDeadlineNs = NEVER;

    /** Work that was handed to workers and whose completion has not run. */
    private int offloaded;

    DeviceLoop(String id, Log log, Workers workers, long pollMaxNs) throws LinuxException {
        this.id = id;
        this.log = log;
        this.workers = workers;
        this.polling = new PollPolicy(pollMaxNs, System.nanoTime());
        epoll = new Epoll(4);
        wake = EventFd.create();
        epoll.add(wake.fd(), WAKE);
    }

    /**
     * Serves a link until its peer has gone.
     *
     * @throws ProtocolException if the peer broke the protocol
     * @throws IOException if the link failed
     */
    void serve(MessageHandler handler, Fd link, IoHub interrupts)
            throws IOException, ProtocolException {
        hub = interrupts;
        hub.whenDisconnecting(this::unwatchResample);
        epoll.add(link, LINK);
        int messages = 0;
        while (true) {
            runDue();
            boolean poll = polling.isWanted() && polling.isTime(System.nanoTime());
            switch (handler.serveOne(!poll && isLinkAllThatMatters())) {
                case END -> {
                    return;
                }
                case MESSAGE -> {
                    polling.messageServed(System.nanoTime());
                    if (++messages % MESSAGES_BETWEEN_LOOKS == 0 && !isLinkAllThatMatters()) {
                        look(0);
                    }
                }
                case NOTHING -> {
                    if (poll) {
                        if (!isLinkAllThatMatters()) {
                            look(0);
                        }
                        // The peer may need this very core to send what is being polled for.
                        Thread.yield();
                    } else if (!isLinkAllThatMatters()) {
                        look(untilNextTimer());
                    }
                }
            }
        }
    }

    /** Whether nothing but a message can make this thread do anything. */
    private boolean isLinkAllThatMatters() {
        return nextDeadlineNs == NEVER && offloaded == 0 && !hub.awaitsAcknowledgement();
    }

    /** Timers and completions; a look at two fields when there are none. */
    private void runDue() {
        runCompletions();
        if (nextDeadlineNs != NEVER && System.nanoTime() - nextDeadlineNs >= 0) {
            runTimers();
        }
    }

    private void runCompletions() {
        while (!completions.isEmpty()) {
            offloaded--;
            completions.remove().run();
        }
    }

    private long untilNextTimer() {
        return nextDeadlineNs == NEVER
                ? Epoll.FOREVER
                : Math.max(0, nextDeadlineNs - System.nanoTime());
    }

    /** Looks at, or waits for, everything that is not a message. */
    private void look(long timeoutNs) throws IOException {
        watchResample();
        sleeping = true;
        int events;
        try {
            // A completion posted before the flag was seen is in the queue now.
            events = epoll.await(completions.isEmpty() ? timeoutNs : 0);
        } finally {
            sleeping = false;
        }
        for (int i = 0; i < events; i++) {
            long token = epoll.token(i);
            if (token == WAKE) {
                wake.drain();
            } else if (token == RESAMPLE) {
                hub.acknowledged();
            }
        }
    }

    /** The resample counter is watched only while it matters: an idle device is not woken by it. */
    private void watchResample() throws IOException {
        Fd wanted = hub.awaitsAcknowledgement() ? hub.resampleFd() : null;
        if (wanted == watchedResample) {
            return;
        }
        unwatchResample();
        if (wanted != null) {
            epoll.add(wanted, RESAMPLE);
        }
        watchedResample = wanted;
    }

    private void unwatchResample() {
        if (watchedResample != null) {
            Fd watched = watchedResample;
            watchedResample = null;
            try {
                epoll.remove(watched);
            } catch (LinuxException e) {
                throw new AssertionError("a watched descriptor cannot be removed", e);
            }
        }
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
        return System.nanoTime();
    }

    @Override
    public Timer newTimer(Runnable onExpiry) {
        LoopTimer timer = new LoopTimer(onExpiry);
        timers.add(timer);
        return timer;
    }

    @Override
    public void offload(Runnable work, Completion completion) {
        offloaded++;
        workers.run(
                () -> {
                    RuntimeException failure = null;
                    try {
                        work.run();
                    } catch (RuntimeException e) {
                        failure = e;
                    }
                    RuntimeException result = failure;
                    post(() -> completion.done(result));
                });
    }

    /** Waits for the workers to finish what they were given; their completions run. */
    void drain() throws IOException {
        while (offloaded > 0) {
            runCompletions();
            if (offloaded > 0) {
                look(Epoll.FOREVER);
            }
        }
    }

    private void post(Runnable completion) {
        completions.add(completion);
        if (sleeping) {
            wake.signal();
        }
    }

    private void runTimers() {
        long nowNs = System.nanoTime();
        for (LoopTimer timer : timers) {
            if (timer.armed && nowNs - timer.deadlineNs >= 0) {
                timer.armed = false;
                timer.onExpiry.run();
            }
        }
        findNextDeadline();
    }

    private void findNextDeadline() {
        long next = NEVER;
        for (LoopTimer timer : timers) {
            if (timer.armed && (next == NEVER || timer.deadlineNs - next < 0)) {
                next = timer.deadlineNs;
            }
        }
        nextDeadlineNs = next;
    }

    private final class LoopTimer implements Timer {
        private final Runnable onExpiry;
        private long deadlineNs;
        private boolean armed;

        LoopTimer(Runnable onExpiry) {
            this.onExpiry = onExpiry;
        }

        @Override
        public void arm(long deadline) {
            deadlineNs = deadline;
            armed = true;
            findNextDeadline();
        }

        @Override
        public void cancel() {
            if (armed) {
                armed = false;
                findNextDeadline();
            }
        }

        @Override
        public boolean isArmed() {
            return armed;
        }
    }

    @Override
    public void close() {
        watchedResample = null;
        epoll.close();
        wake.close();
    }
}
