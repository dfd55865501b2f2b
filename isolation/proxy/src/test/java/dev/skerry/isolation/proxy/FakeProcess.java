package dev.skerry.isolation.proxy;

import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.PciBus;
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
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The device process' end of a loopback: a function with every kind of BAR, an account of all
 * messages, and anything but the right reply on demand.
 */
final class FakeProcess {
    static final long TIMEOUT_NS = 50_000_000;

    /** What comes instead of a reply. */
    @FunctionalInterface
    interface Misbehaviour {
        /** Sends what it likes. */
        void answer(LoopbackTransport far, MemorySegment scratch) throws IOException;
    }

    final List<String> messages = new ArrayList<>();
    final PciFunction function;
    EventFd irq;
    EventFd resample;
    Misbehaviour misbehaviour;
    boolean resetsConfig = true;
    private final LoopbackTransport near;
    private final LoopbackTransport far;
    private final FrameReader reader;
    private final MemorySegment scratch = Arena.ofAuto().allocate(256, 8);

    /** Registers that read as the offset they are at. */
    private static final class Registers implements IoHandler {
        private long written;

        @Override
        public long read(long offset, int size) {
            return offset == 8 ? written : offset;
        }

        @Override
        public void write(long offset, int size, long value) {
            written = value;
        }
    }

    FakeProcess() {
        this(0x0012);
    }

    FakeProcess(int deviceId) {
        LoopbackTransport[] pair = LoopbackTransport.pair();
        near = pair[0];
        far = pair[1];
        reader = new FrameReader(far, Header.FRAMING);
        near.whenWaiting(this::serve);
        function =
                new PciFunction(
                        new PciIdentity(0x1000, deviceId, 3, 0x010001, 0x1af4, 0x1100),
                        Log.of(
                                new LogSink(
                                        "fake", 2, OutputStream.nullOutputStream(), Level.INFO)));
        add(0, Bar.Kind.IO, 0x100);
        add(1, Bar.Kind.MEMORY_32, 0x400);
        add(2, Bar.Kind.MEMORY_64_PREFETCHABLE, 1L << 33);
        add(4, Bar.Kind.MEMORY_32_PREFETCHABLE, 0x2000);
        add(Bar.ROM_INDEX, Bar.Kind.ROM, 0x8000);
        function.setInterruptPin(2);
        Container memory = new Container("memory", Long.MAX_VALUE);
        function.attach(
                new PciBus(
                        memory, new Container("ports", 0x1_0000), new AddressSpace("dma", memory)),
                asserted -> {});
    }

    private void add(int index, Bar.Kind kind, long size) {
        function.addBar(
                index, kind, new IoRegion("bar" + index, size, AccessSizes.ANY, new Registers()));
    }

    DeviceLink link() {
        return new MpqemuLink(near, TIMEOUT_NS, 0);
    }

    /** Runs when the proxy waits: answers everything that is there. */
    void serve() {
        try {
            while (reader.next(false) == FrameReader.Found.MESSAGE) {
                answer();
            }
        } catch (IOException | ProtocolException e) {
            throw new AssertionError("the proxy sent what it must not", e);
        }
    }

    private void answer() throws IOException, ProtocolException {
        MemorySegment buffer = reader.buffer();
        int command = Header.command(buffer, reader.at());
        int at = reader.at() + Header.BYTES;
        Command.requireFds(command, reader.fdCount());
        messages.add(describe(command, buffer, at));
        if (misbehaviour != null
                && command != Command.SYNC_SYSMEM
                && command != Command.SET_IRQFD) {
            misbehaviour.answer(far, scratch);
            return;
        }
        switch (command) {
            case Command.SYNC_SYSMEM -> {}
            case Command.SET_IRQFD -> {
                irq = EventFd.adopt(reader.fds().take(0));
                resample = EventFd.adopt(reader.fds().take(1));
            }
            case Command.DEVICE_RESET -> {
                if (resetsConfig) {
                    function.reset();
                }
                far.send(scratch, 0, Reply.putEmpty(scratch, 0));
            }
            default -> far.send(scratch, 0, Reply.put(scratch, 0, value(command, buffer, at)));
        }
    }

    private long value(int command, MemorySegment buffer, int at) {
        if (command == Command.PCI_CFGREAD) {
            return function.readConfig(
                    (int) ConfigAccess.offset(buffer, at), ConfigAccess.length(buffer, at));
        } else if (command == Command.PCI_CFGWRITE) {
            function.writeConfig(
                    (int) ConfigAccess.offset(buffer, at),
                    ConfigAccess.length(buffer, at),
                    ConfigAccess.value(buffer, at));
            return 0;
        }
        long address = BarAccess.address(buffer, at);
        Bar bar = function.barAt(!BarAccess.isMemory(buffer, at), address);
        int size = (int) BarAccess.size(buffer, at);
        if (bar == null) {
            throw new AssertionError("an access outside any BAR");
        } else if (command == Command.BAR_WRITE) {
            bar.region().write(address - bar.address(), size, BarAccess.value(buffer, at));
            return 0;
        }
        return bar.region().read(address - bar.address(), size);
    }

    private String describe(int command, MemorySegment buffer, int at) throws ProtocolException {
        String name = new Command(command).toString();
        return switch (command) {
            case Command.PCI_CFGREAD ->
                    String.format(
                            "%s 0x%x/%d",
                            name, ConfigAccess.offset(buffer, at), ConfigAccess.length(buffer, at));
            case Command.PCI_CFGWRITE ->
                    String.format(
                            "%s 0x%x/%d 0x%x",
                            name,
                            ConfigAccess.offset(buffer, at),
                            ConfigAccess.length(buffer, at),
                            ConfigAccess.value(buffer, at));
            case Command.BAR_READ ->
                    String.format(
                            "%s %s 0x%x/%d",
                            name,
                            BarAccess.isMemory(buffer, at) ? "memory" : "port",
                            BarAccess.address(buffer, at),
                            BarAccess.size(buffer, at));
            case Command.BAR_WRITE ->
                    String.format(
                            "%s %s 0x%x/%d 0x%x",
                            name,
                            BarAccess.isMemory(buffer, at) ? "memory" : "port",
                            BarAccess.address(buffer, at),
                            BarAccess.size(buffer, at),
                            BarAccess.value(buffer, at));
            case Command.SYNC_SYSMEM ->
                    name + " " + describe(SystemMemoryMap.read(buffer, at, reader.fdCount()));
            default -> name;
        };
    }

    private static String describe(List<SystemMemoryMap.Entry> entries) {
        List<String> pieces = new ArrayList<>();
        for (SystemMemoryMap.Entry entry : entries) {
            pieces.add(
                    String.format(
                            "0x%x+0x%x@0x%x", entry.gpa(), entry.sizeBytes(), entry.fileOffset()));
        }
        return String.join(" ", pieces);
    }

    /** What came since the last time. */
    List<String> taken() {
        serve();
        List<String> all = List.copyOf(messages);
        messages.clear();
        return all;
    }

    /** Goes, as a killed process does. */
    void die() {
        far.shutdown();
    }
}
