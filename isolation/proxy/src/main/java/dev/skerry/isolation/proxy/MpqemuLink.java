package dev.skerry.isolation.proxy;

import dev.skerry.device.pci.Bar;
import dev.skerry.isolation.transport.FrameReader;
import dev.skerry.isolation.transport.PollPolicy;
import dev.skerry.isolation.transport.SocketTransport;
import dev.skerry.isolation.transport.Transport;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.isolation.wire.mpqemu.BarAccess;
import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.ConfigAccess;
import dev.skerry.isolation.wire.mpqemu.Header;
import dev.skerry.isolation.wire.mpqemu.Reply;
import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.UnixStream;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The machine's side of the multi-process protocol: one request in flight, each reply awaited for a
 * time and no longer. A request is two system calls and allocates nothing.
 *
 * <p>Stock QEMU's device process ends at some legal messages; those are not sent. It refuses a
 * narrow access to the last three bytes of configuration space: the last four are accessed at once.
 * It refuses a memory map of eight pieces: {@link #safeRamPieces} is seven.
 */
public final class MpqemuLink implements DeviceLink {
    /** How long the reply to a request may take if nobody says otherwise, in nanoseconds. */
    public static final long REPLY_TIMEOUT_NS = 5_000_000_000L;

    private static final long POLL_MOST_NS = 100_000;
    private static final int LAST_CONFIG_DWORD = 0xfc;

    /** Made once: a call without descriptors would make one each time. */
    private static final Fd[] NO_FDS = {};

    private final Transport transport;
    private final FrameReader reader;
    private final PollPolicy polling;
    private final long replyTimeoutNs;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment request = arena.allocate(Header.BYTES + BarAccess.BYTES, 8);

    private RoundTrips counts = new RoundTrips();

    /** What has no reply has a buffer of its own: it is sent beside a request in flight. */
    private final MemorySegment notice = arena.allocate(Header.BYTES + SystemMemoryMap.BYTES, 8);

    /** A leaf: held for a send, never while a reply is awaited. */
    private final Object sending = new Object();

    /**
     * @param transport is closed with this object; its receives should not wait for longer than the
     *     timeout
     * @param replyTimeoutNs how long the reply to a request may take
     * @param pollMostNs how long to poll for a reply that is likely to come soon; 0 for never
     */
    public MpqemuLink(Transport transport, long replyTimeoutNs, long pollMostNs) {
        this.transport = transport;
        this.reader = new FrameReader(transport, Header.FRAMING);
        this.replyTimeoutNs = replyTimeoutNs;
        this.polling = new PollPolicy(pollMostNs, System.nanoTime());
    }

    /**
     * A link over a socket, which is closed with it.
     *
     * @throws LinkException if the socket cannot be used; it is closed then
     */
    public static MpqemuLink over(UnixStream socket, long replyTimeoutNs) throws LinkException {
        try {
            return new MpqemuLink(
                    SocketTransport.withDeadlines(socket, replyTimeoutNs),
                    replyTimeoutNs,
                    POLL_MOST_NS);
        } catch (IOException e) {
            throw new LinkException("the link cannot be used: " + e.getMessage(), e);
        }
    }

    @Override
    public void countIn(RoundTrips wanted) {
        counts = wanted;
    }

    @Override
    public int mostRamPieces() {
        return SystemMemoryMap.MOST_REGIONS;
    }

    @Override
    public int safeRamPieces() {
        return SystemMemoryMap.MOST_REGIONS - 1;
    }

    @Override
    public long readConfig(int offset, int size) throws LinkException {
        if (offset > LAST_CONFIG_DWORD) {
            long last = askConfig(Command.PCI_CFGREAD, LAST_CONFIG_DWORD, 0, 4);
            return last >>> (8 * (offset - LAST_CONFIG_DWORD));
        }
        return askConfig(Command.PCI_CFGREAD, offset, 0, size);
    }

    @Override
    public void writeConfig(int offset, int size, long value) throws LinkException {
        if (offset > LAST_CONFIG_DWORD) {
            int shift = 8 * (offset - LAST_CONFIG_DWORD);
            int mask = (int) ((1L << (8 * size)) - 1) << shift;
            int last = (int) askConfig(Command.PCI_CFGREAD, LAST_CONFIG_DWORD, 0, 4);
            int whole = last & ~mask | (int) value << shift & mask;
            askConfig(Command.PCI_CFGWRITE, LAST_CONFIG_DWORD, whole, 4);
        } else {
            askConfig(Command.PCI_CFGWRITE, offset, (int) value, size);
        }
    }

    private long askConfig(int command, int offset, int value, int size) throws LinkException {
        ConfigAccess.put(request, Header.BYTES, offset, value, size);
        return ask(command, ConfigAccess.BYTES, true);
    }

    @Override
    public long readBar(Bar bar, long offset, int size) throws LinkException {
        return askBar(Command.BAR_READ, bar, offset, size, 0);
    }

    @Override
    public void writeBar(Bar bar, long offset, int size, long value) throws LinkException {
        askBar(Command.BAR_WRITE, bar, offset, size, value);
    }

    private long askBar(int command, Bar bar, long offset, int size, long value)
            throws LinkException {
        boolean memory = !bar.kind().isIo();
        BarAccess.put(request, Header.BYTES, bar.address() + offset, value, size, memory);
        return ask(command, BarAccess.BYTES, true);
    }

    @Override
    public void reset() throws LinkException {
        ask(Command.DEVICE_RESET, 0, false);
    }

    /** Sends the request whose payload is in its buffer and waits for the reply. */
    private long ask(int command, int payloadBytes, boolean withValue) throws LinkException {
        try {
            Header.put(request, 0, command, payloadBytes);
            long startNs = System.nanoTime();
            synchronized (sending) {
                transport.send(request, 0, Header.BYTES + payloadBytes, NO_FDS);
            }
            long endNs = awaitReply(command);
            long value = reply(command, withValue);
            int replyBytes = withValue ? Reply.BYTES : Header.BYTES;
            counts.add(endNs - startNs, Header.BYTES + payloadBytes + replyBytes);
            return value;
        } catch (ProtocolException e) {
            throw new LinkException("it broke the protocol: " + e.getMessage(), e);
        } catch (LinkException e) {
            throw e;
        } catch (IOException e) {
            throw new LinkException("the link failed: " + e.getMessage(), e);
        }
    }

    /** Returns when it was there. */
    private long awaitReply(int command) throws IOException, ProtocolException {
        long sentNs = System.nanoTime();
        polling.waitsSince(sentNs);
        boolean there = polling.isWanted() && pollForReply();
        if (!there && !hasMessage(true)) {
            awaitReplySlowly(command, sentNs);
        }
        long endNs = System.nanoTime();
        polling.messageServed(endNs);
        return endNs;
    }

    private boolean pollForReply() throws IOException, ProtocolException {
        do {
            if (hasMessage(false)) {
                return true;
            }
            // The peer may need this very core to answer.
            Thread.yield();
        } while (polling.isTime(System.nanoTime()));
        return false;
    }

    private boolean hasMessage(boolean wait) throws IOException, ProtocolException {
        return switch (reader.next(wait)) {
            case MESSAGE -> true;
            case NOTHING -> false;
            case END -> throw new LinkException("it has closed the link");
        };
    }

    /** A reply that comes in pieces, or not at all. */
    private void awaitReplySlowly(int command, long sentNs) throws IOException, ProtocolException {
        boolean there = false;
        while (!there) {
            long leftNs = replyTimeoutNs - (System.nanoTime() - sentNs);
            if (leftNs <= 0 || !transport.awaitReadable(leftNs)) {
                throw new LinkException(
                        "no reply to "
                                + new Command(command)
                                + " in "
                                + replyTimeoutNs / 1_000_000
                                + " ms");
            }
            there = hasMessage(false);
        }
    }

    private long reply(int command, boolean withValue) throws ProtocolException {
        MemorySegment buffer = reader.buffer();
        int answer = Header.command(buffer, reader.at());
        if (answer != Command.RET) {
            throw new ProtocolException(
                    new Command(answer) + " in reply to " + new Command(command));
        }
        Command.requireFds(answer, reader.fdCount());
        if (reader.hasMore()) {
            throw new ProtocolException("more than one reply to " + new Command(command));
        }
        if (!withValue) {
            return 0;
        }
        if (Header.payload(buffer, reader.at()) == 0) {
            throw new ProtocolException("a reply without a value to " + new Command(command));
        }
        return Reply.value(buffer, reader.at() + Header.BYTES);
    }

    @Override
    public void setMemory(List<SharedRam> map) throws LinkException {
        List<SystemMemoryMap.Entry> entries =
                map.stream()
                        .map(p -> new SystemMemoryMap.Entry(p.gpa(), p.sizeBytes(), p.fileOffset()))
                        .toList();
        Fd[] files = map.stream().map(p -> p.block().fd()).toArray(Fd[]::new);
        synchronized (sending) {
            SystemMemoryMap.put(notice, Header.BYTES, entries);
            tell(Command.SYNC_SYSMEM, SystemMemoryMap.BYTES, files);
        }
    }

    @Override
    public void setInterrupt(Fd irq, Fd resample) throws LinkException {
        synchronized (sending) {
            tell(Command.SET_IRQFD, 0, irq, resample);
        }
    }

    private void tell(int command, int payloadBytes, Fd... fds) throws LinkException {
        Header.put(notice, 0, command, payloadBytes);
        try {
            transport.send(notice, 0, Header.BYTES + payloadBytes, fds);
        } catch (IOException e) {
            throw new LinkException(
                    new Command(command) + " could not be sent: " + e.getMessage(), e);
        }
    }

    @Override
    public void shutdown() {
        transport.shutdown();
    }

    @Override
    public void close() {
        reader.close();
        transport.close();
        arena.close();
    }
}
