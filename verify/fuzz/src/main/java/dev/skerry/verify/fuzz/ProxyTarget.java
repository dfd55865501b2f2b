package dev.skerry.verify.fuzz;

import static dev.skerry.verify.fuzz.Promise.require;

import dev.skerry.device.api.Timer;
import dev.skerry.device.pci.PciBus;
import dev.skerry.isolation.proxy.IrqRoute;
import dev.skerry.isolation.proxy.LinkException;
import dev.skerry.isolation.proxy.MpqemuLink;
import dev.skerry.isolation.proxy.ProxyDevice;
import dev.skerry.isolation.proxy.ProxyHost;
import dev.skerry.isolation.proxy.SoftwareIrqRoute;
import dev.skerry.isolation.transport.Transport;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A device process that answers what it likes, while a guest makes accesses, memory changes, the
 * device is reset, and other such processes take its place. No access throws, values fit their
 * sizes, a lost device asks nobody and answers ones, each loss is told once, no descriptor stays
 * open.
 */
public final class ProxyTarget implements ProxyHost, AutoCloseable {
    private static final int MOST_STEPS = 256;
    private static final long REGISTERS = 0xe000_0000L;

    private final Choices choices;
    private final Container system = new Container("system", 1L << 48);
    private final Container ports = new Container("ports", 0x1_0000);
    private final Container pciMemory = new Container("pci", 1L << 48);
    private final AddressSpace memory;
    private final AddressSpace portSpace = new AddressSpace("ports", ports);
    private final RamBlock ram = RamBlock.allocate("fuzz", 0x10_0000);
    private final RamRegion more = new RamRegion("more", ram, false);
    private final List<SoftwareIrqRoute> routes = new ArrayList<>();
    private final List<ScriptedTransport> transports = new ArrayList<>();
    private final Log log =
            Log.of(new LogSink("fuzz", 1, OutputStream.nullOutputStream(), Level.TRACE));
    private final byte[] config = new byte[256];
    private int losses;

    private ProxyTarget(Choices choices) throws IOException {
        this.choices = choices;
        system.add(new RamRegion("ram", ram, false), 0);
        system.add(pciMemory, 0, -1);
        memory = new AddressSpace("memory", system);
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        try (ProxyTarget target = new ProxyTarget(new Choices(input))) {
            target.run();
            for (ScriptedTransport transport : target.transports) {
                require(transport.openFds() == 0, "%d descriptors left", transport.openFds());
            }
        }
    }

    private void run() throws IOException {
        // What a guest sees of an identity; the fuzzer may change any of it.
        ByteBuffer.wrap(config).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 0x0012_1000);
        ProxyDevice proxy;
        try {
            proxy = new ProxyDevice(this, newLink(), socket -> null);
        } catch (LinkException refused) {
            return;
        }
        try {
            proxy.function().attach(new PciBus(pciMemory, ports, memory), level -> {});
            for (int i = 0; i < MOST_STEPS && !choices.isEmpty(); i++) {
                step(proxy);
            }
        } finally {
            proxy.close();
        }
    }

    private void step(ProxyDevice proxy) {
        boolean lost = proxy.state() == ProxyDevice.State.LOST;
        int before = losses;
        int sent = sentBytes();
        int size = 1 << choices.below(3);
        int kind = choices.below(10);
        long gpa = REGISTERS + choices.below(0x2000);
        switch (kind) {
            case 0 -> requireFits(memory.read(gpa, size), size, lost);
            case 1 -> memory.write(gpa, size, choices.u64());
            case 2 -> requireFits(portSpace.read(0xc000 + choices.u8(), size), size, lost);
            case 3 -> {
                int offset = choices.below(257 - size);
                requireFits(proxy.function().readConfig(offset, size), size, lost);
            }
            case 4 -> proxy.function().writeConfig(choices.below(257 - size), size, choices.u64());
            case 5 -> {
                proxy.function().writeConfig(0x10, 4, REGISTERS);
                proxy.function().writeConfig(0x14, 4, 0xc001);
                proxy.function().writeConfig(0x04, 2, 7);
            }
            case 6 -> changeMemory();
            case 7 -> proxy.reset();
            case 8 -> {
                proxy.routeInterrupt(choices.below(24) - 1);
                routes.forEach(SoftwareIrqRoute::signalled);
                routes.forEach(route -> route.ended(choices.below(24)));
            }
            default -> {
                replace(proxy);
                return;
            }
        }
        require(losses - before <= (lost ? 0 : 1), "%d losses at once", losses - before);
        require(!lost || sentBytes() == sent, "a lost device was asked");
    }

    private void replace(ProxyDevice proxy) {
        try {
            proxy.replaceLink(newLink());
            require(proxy.state() == ProxyDevice.State.CONNECTED, "replaced, but not there");
        } catch (LinkException refused) {
            require(proxy.state() == ProxyDevice.State.LOST, "refused, but there");
        }
    }

    private static void requireFits(long value, int size, boolean lost) {
        require((value & ~AccessSizes.ones(size)) == 0, "0x%x for %d bytes", value, size);
        require(!lost || value == AccessSizes.ones(size), "0x%x from a lost device", value);
    }

    private void changeMemory() {
        if (system.contains(more)) {
            system.remove(more);
        } else {
            system.add(more, 0x1000L * choices.below(0x400), 1);
        }
    }

    private int sentBytes() {
        return transports.stream().mapToInt(ScriptedTransport::sentBytes).sum();
    }

    private MpqemuLink newLink() {
        Answering transport = new Answering();
        transports.add(transport.script);
        return new MpqemuLink(transport, 1_000_000, choices.flag() ? 1_000_000 : 0);
    }

    /** Answers when it is read from. */
    private final class Answering implements Transport {
        private final ScriptedTransport script = new ScriptedTransport();
        private int answered;

        @Override
        public int receive(
                boolean wait, MemorySegment into, long offset, int length, ReceivedFds fds) {
            if (script.isRead() && answered < script.sentBytes()) {
                answer();
            }
            return script.receive(wait, into, offset, length, fds);
        }

        /** Answers the last request of what was sent since. */
        private void answer() {
            byte[] sent = script.sent();
            ByteBuffer request =
                    ByteBuffer.wrap(sent, answered, sent.length - answered)
                            .slice()
                            .order(ByteOrder.LITTLE_ENDIAN);
            answered = sent.length;
            int at = 0;
            while (at + 16 + request.getLong(at + 8) < request.limit()) {
                at += 16 + (int) request.getLong(at + 8);
            }
            switch (choices.isEmpty() ? 0 : choices.u8()) {
                case 255 -> script.push(choices.take(choices.below(64)), List.of());
                case 254 -> script.push(reply(choices.u8(), choices.below(40), 0), List.of());
                case 253 -> script.push(reply(1, 8, choices.u64()), List.of(counter()));
                case 252 -> script.end();
                case 251 -> script.failSends();
                case 250 -> {}
                case 249 -> script.push(reply(1, 0, 0), List.of());
                case 248, 247, 246, 245, 244, 243, 242 ->
                        script.push(reply(1, 8, choices.u64()), List.of());
                default -> script.push(honestly(request, at), List.of());
            }
        }

        private byte[] honestly(ByteBuffer request, int at) {
            int command = request.getInt(at);
            long value = 0;
            if (command == 3 || command == 2) {
                int offset = request.getInt(at + 16) & 0xff;
                int size = request.getInt(at + 24);
                for (int i = 0; i < size && offset + i < 256; i++) {
                    int index = offset + i;
                    if (command == 2 && index >= 0x10 && index < 0x28) {
                        // Two BARs: 4 KiB of memory, 256 ports.
                        int mask = index < 0x14 ? 0xffff_f000 : index < 0x18 ? 0xffff_ff00 : 0;
                        int bits = mask >>> (8 * (index & 3));
                        config[index] = (byte) (request.get(at + 20 + i) & bits);
                        config[0x14] |= 1;
                    } else if (command == 2 && index == 4) {
                        config[index] = request.get(at + 20 + i);
                    }
                    value |= (config[index] & 0xffL) << (8 * i);
                }
            }
            return reply(1, command == 7 ? 0 : 8, command == 2 ? 0 : value);
        }

        private byte[] reply(int command, int payload, long value) {
            ByteBuffer reply =
                    ByteBuffer.allocate(16 + Math.max(payload, 8)).order(ByteOrder.LITTLE_ENDIAN);
            reply.putInt(0, command).putLong(8, payload).putLong(16, value);
            return Arrays.copyOf(reply.array(), 16 + payload);
        }

        private Fd counter() {
            try (EventFd event = EventFd.create()) {
                return event.fd().duplicate();
            } catch (IOException e) {
                throw new AssertionError("no event counter", e);
            }
        }

        @Override
        public void send(MemorySegment from, long offset, int length, Fd... fds)
                throws IOException {
            script.send(from, offset, length, fds);
        }

        @Override
        public boolean awaitReadable(long timeoutNs) {
            return !script.isRead() || script.isEnded();
        }

        @Override
        public Fd waitable() {
            return null;
        }

        @Override
        public void shutdown() {
            script.end();
        }

        @Override
        public void close() {
            script.close();
        }
    }

    @Override
    public AddressSpace guestMemory() {
        return memory;
    }

    @Override
    public IrqRoute connectIrq(EventFd irq, EventFd resample) {
        SoftwareIrqRoute route = new SoftwareIrqRoute(irq, resample, gsi -> level -> {}, () -> {});
        routes.add(route);
        return route;
    }

    @Override
    public void memoryMayHaveChanged() {
        return;
    }

    @Override
    public void linkLost(String reason) {
        losses++;
    }

    @Override
    public String id() {
        return "fuzzed";
    }

    @Override
    public Log log() {
        return log;
    }

    @Override
    public long nowNs() {
        return 0;
    }

    @Override
    public Timer newTimer(Runnable onExpiry) {
        throw new AssertionError("a proxy needs no timer");
    }

    @Override
    public void offload(Runnable work, Completion completion) {
        throw new AssertionError("a proxy offloads nothing");
    }

    @Override
    public void close() {
        ram.release();
    }
}
