package dev.skerry.isolation.remote;

import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.isolation.transport.FrameReader;
import dev.skerry.isolation.transport.LoopbackTransport;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.isolation.wire.mpqemu.BarAccess;
import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.ConfigAccess;
import dev.skerry.isolation.wire.mpqemu.Header;
import dev.skerry.isolation.wire.mpqemu.Reply;
import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A device on the laboratory bench: the whole server side of a link in one thread, over a loopback,
 * with a log that can be read.
 */
final class Bench implements AutoCloseable {
    static final long BAR = 0xe0000000L;
    static final int BAR_BYTES = 0x100;

    final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    final Log log = Log.of(new LogSink("test", 1, logged, Level.DEBUG)).withSubject("dev0");
    final HostBridge bridge = new HostBridge("dev0");
    final MemoryManager memory = new MemoryManager(bridge.system(), log);
    final IoHub hub = new IoHub(log);
    final Latch device = new Latch(log);
    final MessageHandler handler;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(256);
    private final LoopbackTransport machine;
    private final FrameReader replies;

    Bench() {
        device.function().attach(bridge.bus(), hub);
        LoopbackTransport[] link = LoopbackTransport.pair();
        machine = link[0];
        handler = new MessageHandler(link[1], device, memory, hub, log);
        replies = new FrameReader(machine, Header.FRAMING);
    }

    /** A PCI device with eight bytes that keep what is written, and a count of its resets. */
    static final class Latch implements PciDevice, IoHandler {
        private final PciFunction function;
        long value;
        int resets;

        Latch(Log log) {
            function = new PciFunction(new PciIdentity(0x1234, 0x5678, 1, 0xff0000), log);
            function.setInterruptPin(1);
            function.addBar(
                    0,
                    Bar.Kind.MEMORY_32,
                    new IoRegion("latch", BAR_BYTES, AccessSizes.between(4, 8), this));
        }

        @Override
        public PciFunction function() {
            return function;
        }

        @Override
        public void reset() {
            resets++;
            function.reset();
        }

        @Override
        public long read(long offset, int size) {
            return offset == 0 ? value : offset;
        }

        @Override
        public void write(long offset, int size, long written) {
            value = written;
        }
    }

    /** Sends a request and serves it; the reply's value, or null if there is none. */
    Long ask(int command, int payloadBytes, Fd... fds) throws IOException, ProtocolException {
        Header.put(buffer, 0, command, payloadBytes);
        machine.send(buffer, 0, Header.BYTES + payloadBytes, fds);
        while (handler.serveOne(false) == FrameReader.Found.MESSAGE) {}
        return replies.next(false) == FrameReader.Found.MESSAGE
                ? (Long) Reply.value(replies.buffer(), replies.at() + Header.BYTES)
                : null;
    }

    /** Sends a request without payload and serves it; the size of the reply's payload. */
    long askForReplySize(int command) throws IOException, ProtocolException {
        ask(command, 0);
        return dev.skerry.isolation.wire.LittleEndian.u64(replies.buffer(), replies.at() + 8);
    }

    Long bar(int command, long address, long value, int size, boolean isMemory)
            throws IOException, ProtocolException {
        BarAccess.put(buffer, Header.BYTES, address, value, size, isMemory);
        return ask(command, BarAccess.BYTES);
    }

    Long config(int command, int offset, int value, int length)
            throws IOException, ProtocolException {
        ConfigAccess.put(buffer, Header.BYTES, offset, value, length);
        return ask(command, ConfigAccess.BYTES);
    }

    void enableBar() throws IOException, ProtocolException {
        config(Command.PCI_CFGWRITE, 0x10, (int) BAR, 4);
        config(Command.PCI_CFGWRITE, 0x04, 0x6, 2);
    }

    void share(List<SystemMemoryMap.Entry> entries, Fd... fds)
            throws IOException, ProtocolException {
        SystemMemoryMap.put(buffer, Header.BYTES, entries);
        ask(Command.SYNC_SYSMEM, SystemMemoryMap.BYTES, fds);
    }

    String log() {
        return logged.toString(java.nio.charset.StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        handler.close();
        replies.close();
        machine.close();
        memory.close();
        hub.close();
        arena.close();
    }
}
