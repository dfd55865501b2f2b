package dev.skerry.vmm.machine;

import dev.skerry.platform.linux.Epoll;
import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Log;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** The event loop of a machine process: an epoll set, and a thread that lives as long as it. */
public final class HostEventLoop implements EventLoop, AutoCloseable {
    private static final long WAKE = 0;
    private static final int EVENTS = 16;

    private final Log log;
    private final Epoll epoll = new Epoll(EVENTS);
    private final EventFd wake = EventFd.create();
    private final Map<Long, Watched> watches = new ConcurrentHashMap<>();
    private final AtomicLong tokens = new AtomicLong(WAKE);
    private final Queue<Runnable> actions = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @throws LinuxException if the host refuses the descriptors
     */
    public HostEventLoop(Log log) throws LinuxException {
        this.log = log;
        epoll.add(wake.fd(), WAKE);
        thread = Thread.ofPlatform().daemon().name("events").start(this::serve);
    }

    private void serve() {
        while (!closed) {
            try {
                turn();
            } catch (LinuxException e) {
                if (!e.errno().equals(Errno.EINTR)) {
                    throw new AssertionError("waiting for events", e);
                }
            } catch (RuntimeException e) {
                // One watcher's bug costs that watcher's event, not the others'.
                log.error("an event's handler failed: " + e);
            }
        }
        epoll.close();
        synchronized (wake) {
            wake.close();
        }
    }

    private void turn() throws LinuxException {
        int count = epoll.await(Epoll.FOREVER);
        for (int i = 0; i < count; i++) {
            Watched watched = watches.get(epoll.token(i));
            if (watched != null) {
                watched.handler.ready(epoll.isInput(i), epoll.isOutput(i));
            } else if (epoll.token(i) == WAKE) {
                synchronized (wake) {
                    wake.drain();
                }
            }
        }
        for (Runnable next = actions.poll(); next != null; next = actions.poll()) {
            next.run();
        }
    }

    @Override
    public Watch watch(Fd fd, Handler handler) throws LinuxException {
        Watched watched = new Watched(tokens.incrementAndGet(), fd, handler);
        watches.put(watched.token, watched);
        try {
            epoll.add(fd, watched.token);
        } catch (LinuxException e) {
            watches.remove(watched.token);
            throw e;
        }
        return watched;
    }

    @Override
    public void run(Runnable action) {
        actions.add(action);
        wakeUp();
    }

    private void wakeUp() {
        synchronized (wake) {
            if (wake.fd().isOpen()) {
                wake.signal();
            }
        }
    }

    /** Ends the thread; what is watched stays open. */
    @Override
    public void close() {
        closed = true;
        wakeUp();
    }

    private final class Watched implements Watch {
        private final long token;
        private final Fd fd;
        private final Handler handler;
        private boolean input = true;
        private boolean output;

        Watched(long token, Fd fd, Handler handler) {
            this.token = token;
            this.fd = fd;
            this.handler = handler;
        }

        private void change(boolean wantsInput, boolean wantsOutput) {
            if (input == wantsInput && output == wantsOutput || !watches.containsKey(token)) {
                return;
            }
            input = wantsInput;
            output = wantsOutput;
            try {
                epoll.change(fd, token, input, output);
            } catch (LinuxException e) {
                throw new AssertionError("a watched descriptor cannot be changed", e);
            }
        }

        @Override
        public synchronized void wantInput(boolean wanted) {
            change(wanted, output);
        }

        @Override
        public synchronized void wantOutput(boolean wanted) {
            change(input, wanted);
        }

        @Override
        public synchronized void close() {
            if (watches.remove(token) != null && fd.isOpen() && !closed) {
                try {
                    epoll.remove(fd);
                } catch (LinuxException e) {
                    log.debug("a descriptor was gone before it was unwatched: " + e);
                }
            }
        }
    }
}
