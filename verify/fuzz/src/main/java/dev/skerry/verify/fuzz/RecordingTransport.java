package dev.skerry.verify.fuzz;

import dev.skerry.isolation.transport.Transport;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.ReceivedFds;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Passes on what another transport receives, and keeps account of it. */
final class RecordingTransport implements Transport {
    /** A receive that brought something. */
    record Receive(int from, int to, int fds) {}

    private final Transport transport;
    private final Choices pauses;
    private final List<Receive> receives = new ArrayList<>();
    private final List<Fd> fds = new ArrayList<>();
    private int received;
    private int calls;

    /**
     * @param pauses decides when there is nothing to receive for once
     */
    RecordingTransport(Transport transport, Choices pauses) {
        this.transport = transport;
        this.pauses = pauses;
    }

    @Override
    public int receive(
            boolean wait, MemorySegment into, long offset, int length, ReceivedFds arriving)
            throws IOException {
        calls++;
        Promise.require(length > 0, "a receive without room, at byte %d", received);
        Promise.require(arriving.count() == 0, "a receive over unsettled descriptors");
        if (pauses.rarely(8)) {
            return NOTHING;
        }
        int count = transport.receive(wait, into, offset, length, arriving);
        if (count > 0) {
            receives.add(new Receive(received, received + count, arriving.count()));
            received += count;
        }
        for (int i = 0; i < arriving.count(); i++) {
            fds.add(arriving.get(i));
        }
        return count;
    }

    List<Receive> receives() {
        return receives;
    }

    int received() {
        return received;
    }

    int calls() {
        return calls;
    }

    /** Descriptors that came and are still open. */
    long openFds() {
        return fds.stream().filter(Fd::isOpen).count();
    }

    @Override
    public void send(MemorySegment from, long offset, int length, Fd... sent) throws IOException {
        transport.send(from, offset, length, sent);
    }

    @Override
    public boolean awaitReadable(long timeoutNs) throws IOException {
        return transport.awaitReadable(timeoutNs);
    }

    @Override
    public Fd waitable() {
        return transport.waitable();
    }

    @Override
    public void shutdown() {
        transport.shutdown();
    }

    @Override
    public void close() {
        transport.close();
    }
}
