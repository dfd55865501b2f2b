package dev.skerry.vmm.machine;

import dev.skerry.isolation.proxy.RoundTrips;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.log.Log;
import dev.skerry.vmm.lifeline.Lifeline;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The machine's end of the link to the process that supervises it ({@code -object
 * skerry-control,fd=N}): tells it of lost devices, takes new sockets for them, and ends the machine
 * when the supervisor is gone.
 */
public final class ControlLink implements AutoCloseable {
    private final Machine machine;
    private final Lifeline link;
    private final Log log;

    /** Told by threads that hold devices' locks, sent by one that holds none. */
    private final BlockingQueue<String> news = new LinkedBlockingQueue<>();

    private ControlLink(Machine machine, Lifeline link, Log log) {
        this.machine = machine;
        this.link = link;
        this.log = log;
    }

    /**
     * Begins to listen and to tell.
     *
     * @param fd a unix stream socket; belongs to this object from now on
     */
    public static ControlLink open(Machine machine, Fd fd, Log log) throws LinuxException {
        ControlLink opened = new ControlLink(machine, new Lifeline(UnixStream.adopt(fd)), log);
        machine.addListener(
                new MachineListener() {
                    @Override
                    public void deviceLost(String id, String reason) {
                        opened.news.add("lost " + id + " " + reason);
                    }

                    @Override
                    public void stopped() {
                        if (machine.state() == RunState.INTERNAL_ERROR) {
                            opened.news.add("failed " + RunState.INTERNAL_ERROR.label());
                        }
                    }
                });
        opened.news.add("up");
        Thread.ofPlatform().daemon().name("lifeline out").start(opened::tell);
        Thread.ofPlatform().daemon().name("lifeline in").start(opened::listen);
        return opened;
    }

    private void tell() {
        try {
            while (true) {
                link.send(news.take());
            }
        } catch (IOException | InterruptedException e) {
            log.debug("the supervisor hears no more: " + e.getMessage());
        }
    }

    private void listen() {
        try {
            Lifeline.Message message;
            while ((message = link.receive()) != null) {
                obey(message);
            }
        } catch (IOException e) {
            log.error("the link to the supervisor failed: " + e.getMessage());
        }
        machine.quit(Cause.HOST_ERROR);
    }

    private void obey(Lifeline.Message message) throws LinuxException {
        switch (message.verb()) {
            case "replace" -> replace(message.device(), message.socket());
            case "pause" -> machine.stop();
            case "resume" -> machine.cont();
            case "powerdown" -> machine.powerdown();
            case "stats" -> report();
            case "quit" -> machine.quit(Cause.HOST_SIGNAL);
            default -> log.warning("the supervisor said '" + message.verb() + "', not understood");
        }
    }

    private void report() {
        machine.roundTrips().forEach((id, counts) -> news.add("stats " + id + " " + text(counts)));
        news.add("stats");
    }

    private static String text(RoundTrips counts) {
        StringBuilder text = new StringBuilder().append(counts.bytes());
        for (int i = 0; i < RoundTrips.BUCKETS; i++) {
            if (counts.count(i) > 0) {
                text.append(' ').append(RoundTrips.limitNs(i)).append(':').append(counts.count(i));
            }
        }
        return text.toString();
    }

    private void replace(String device, Fd socket) {
        try {
            if (socket == null) {
                throw new IOException("no socket came with it");
            }
            machine.replaceDevice(
                    device, UnixStream.adopt(socket), () -> news.add("replaced " + device));
        } catch (IOException e) {
            news.add("refused " + device + " " + e.getMessage());
        }
    }

    @Override
    public void close() {
        link.shutdown();
    }
}
