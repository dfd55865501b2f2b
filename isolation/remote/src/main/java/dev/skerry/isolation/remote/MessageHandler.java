package dev.skerry.isolation.remote;

import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.isolation.transport.FrameReader;
import dev.skerry.isolation.transport.Transport;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.isolation.wire.mpqemu.BarAccess;
import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.ConfigAccess;
import dev.skerry.isolation.wire.mpqemu.Header;
import dev.skerry.isolation.wire.mpqemu.Reply;
import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap;
import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AccessSizes;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Answers the messages of one link: the server's side of the multi-process protocol.
 *
 * <p>What a guest can cause through an honest machine (an access outside any BAR, of an odd size) is
 * answered with an error and goes on. What only a machine that breaks the protocol can send throws
 * {@link ProtocolException}, and the link is of no more use. Used on the device thread; accesses
 * allocate nothing.
 */
final class MessageHandler implements AutoCloseable {
    private static final int LOG_BAD_CONFIG = 0;
    private static final int LOG_BAD_SIZE = 1;
    private static final int LOG_NO_BAR = 2;
    private static final int LOG_REFUSED_SIZE = 3;

    private final Transport transport;
    private final FrameReader reader;
    private final PciDevice device;
    private final PciFunction function;
    private final MemoryManager memory;
    private final IoHub hub;
    private final Log log;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment reply = arena.allocate(Reply.BYTES, 8);

    MessageHandler(
            Transport transport, PciDevice device, MemoryManager memory, IoHub hub, Log log) {
        this.transport = transport;
        this.reader = new FrameReader(transport, Header.FRAMING);
        this.device = device;
        this.function = device.function();
        this.memory = memory;
        this.hub = hub;
        this.log = log;
    }

    /**
     * Answers the next message if it is there.
     *
     * @param wait whether to wait for it, doing nothing else meanwhile
     * @throws ProtocolException if the peer broke the protocol
     * @throws IOException if the link failed
     */
    FrameReader.Found serveOne(boolean wait) throws IOException, ProtocolException {
        FrameReader.Found found = reader.next(wait);
        if (found == FrameReader.Found.MESSAGE) {
            MemorySegment buffer = reader.buffer();
            int command = Header.command(buffer, reader.at());
            Command.requireFds(command, reader.fdCount());
            if (log.isEnabled(Level.TRACE)) {
                log.log(Level.TRACE, MessageTrace.describe(buffer, reader.at()));
            }
            answer(command, buffer, reader.at() + Header.BYTES);
        }
        return found;
    }

    private void answer(int command, MemorySegment buffer, int at)
            throws IOException, ProtocolException {
        switch (command) {
            case Command.BAR_READ -> reply(readBar(buffer, at));
            case Command.BAR_WRITE -> reply(writeBar(buffer, at));
            case Command.PCI_CFGREAD -> reply(readConfig(buffer, at));
            case Command.PCI_CFGWRITE -> reply(writeConfig(buffer, at));
            case Command.SYNC_SYSMEM -> syncMemory(buffer, at);
            case Command.SET_IRQFD -> setIrqFd(reader.fds());
            case Command.DEVICE_RESET -> {
                device.reset();
                transport.send(reply, 0, Reply.putEmpty(reply, 0));
            }
            default -> throw new ProtocolException(new Command(command) + " is not a request");
        }
    }

    private void reply(long value) throws IOException {
        if (log.isEnabled(Level.TRACE)) {
            log.log(Level.TRACE, "RET 0x" + Long.toHexString(value));
        }
        transport.send(reply, 0, Reply.put(reply, 0, value));
    }

    private long readBar(MemorySegment buffer, int at) {
        Bar bar = findBar(buffer, at);
        if (bar == null) {
            return Reply.ERROR;
        }
        int size = (int) BarAccess.size(buffer, at);
        return bar.region().read(BarAccess.address(buffer, at) - bar.address(), size);
    }

    private long writeBar(MemorySegment buffer, int at) {
        Bar bar = findBar(buffer, at);
        if (bar == null) {
            return Reply.ERROR;
        }
        int size = (int) BarAccess.size(buffer, at);
        long offset = BarAccess.address(buffer, at) - bar.address();
        bar.region().write(offset, size, BarAccess.value(buffer, at));
        return 0;
    }

    /** The BAR an access is for, or null, with a line, if there is none that takes it. */
    private Bar findBar(MemorySegment buffer, int at) {
        long size = BarAccess.size(buffer, at);
        if (!AccessSizes.isSize(size)) {
            refuse(LOG_BAD_SIZE, "BAR access of a size other than 1, 2, 4 or 8", buffer, at);
            return null;
        }
        long address = BarAccess.address(buffer, at);
        Bar bar = function.barAt(!BarAccess.isMemory(buffer, at), address);
        if (bar == null) {
            refuse(LOG_NO_BAR, "access outside any BAR", buffer, at);
            return null;
        }
        if (!bar.region().accepts(address - bar.address(), (int) size)) {
            refuse(
                    LOG_REFUSED_SIZE,
                    "access across a BAR's end or of a size it does not take",
                    buffer,
                    at);
            return null;
        }
        return bar;
    }

    private void refuse(int kind, String why, MemorySegment buffer, int at) {
        if (log.isDue(Level.WARNING, kind)) {
            log.limited(
                    Level.WARNING,
                    kind,
                    why + ": " + MessageTrace.describe(buffer, at - Header.BYTES));
        }
    }

    private boolean isConfigAccess(MemorySegment buffer, int at) {
        boolean is =
                PciFunction.isConfigAccess(
                        ConfigAccess.offset(buffer, at), ConfigAccess.length(buffer, at));
        if (!is) {
            refuse(LOG_BAD_CONFIG, "no such place in configuration space", buffer, at);
        }
        return is;
    }

    private long readConfig(MemorySegment buffer, int at) {
        if (!isConfigAccess(buffer, at)) {
            return Reply.ERROR;
        }
        return function.readConfig(
                (int) ConfigAccess.offset(buffer, at), ConfigAccess.length(buffer, at));
    }

    private long writeConfig(MemorySegment buffer, int at) {
        if (!isConfigAccess(buffer, at)) {
            return Reply.ERROR;
        }
        function.writeConfig(
                (int) ConfigAccess.offset(buffer, at),
                ConfigAccess.length(buffer, at),
                ConfigAccess.value(buffer, at));
        return 0;
    }

    private void syncMemory(MemorySegment buffer, int at) throws ProtocolException {
        memory.replace(SystemMemoryMap.read(buffer, at, reader.fdCount()), reader.fds());
    }

    private void setIrqFd(ReceivedFds fds) throws IOException {
        hub.connect(fds.take(0), fds.take(1));
    }

    @Override
    public void close() {
        reader.close();
        arena.close();
        transport.close();
    }
}
