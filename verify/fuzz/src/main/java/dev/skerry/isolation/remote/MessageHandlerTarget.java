package dev.skerry.isolation.remote;

import static dev.skerry.verify.fuzz.Promise.require;

import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.testdev.Edu;
import dev.skerry.device.testdev.PciTestDevice;
import dev.skerry.isolation.transport.FrameReader;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.log.Level;
import dev.skerry.verify.fuzz.Choices;
import dev.skerry.verify.fuzz.MachineScript;
import dev.skerry.verify.fuzz.ManualHost;
import dev.skerry.verify.fuzz.NaiveParse;
import dev.skerry.verify.fuzz.ScriptedTransport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A machine that sends what it likes to an edu or a pci-testdev, while timers fire, work ends and
 * interrupts are acknowledged in any order. Every request is answered once, with a value that fits
 * it; an honest machine is never refused; an interrupt that rises is signalled; the line is what the
 * configuration space says; a reset leaves nothing; no descriptor stays open.
 */
public final class MessageHandlerTarget {
    private static final int MOST_STEPS = 256;
    private static final int RET = 1;
    private static final int CONFIG_BYTES = 256;

    private final Choices choices;
    private final ManualHost host;
    private final PciDevice device;
    private final MemoryManager memory;
    private final IoHub hub;
    private final ScriptedTransport transport = new ScriptedTransport();
    private final MachineScript script;
    private final MessageHandler handler;
    private final byte[] powerOn;

    /** How much of what was pushed and sent has been accounted for. */
    private int answered;

    private int sent;
    private boolean sendsFail;
    private boolean lineUp;
    private boolean lineWas;
    private Fd resampleWas;
    private EventFd irq;

    private MessageHandlerTarget(Choices choices) throws IOException {
        this.choices = choices;
        int kind = choices.u8();
        host =
                new ManualHost(
                        (kind & 0x10) != 0 ? Level.TRACE : Level.DEBUG,
                        (kind & 0x20) != 0 ? Long.MAX_VALUE - 1000 : 0);
        device =
                switch (kind & 0x3) {
                    case 0 -> new Edu(host, 0xfffffff);
                    case 1 -> new Edu(host, -1);
                    case 2 -> new PciTestDevice(host.log(), 0);
                    default -> new PciTestDevice(host.log(), 0x10000);
                };
        HostBridge bridge = new HostBridge("fuzzed");
        memory = new MemoryManager(bridge.system(), host.log());
        hub = new IoHub(host.log());
        device.function()
                .attach(
                        bridge.bus(),
                        level -> {
                            lineUp = level;
                            hub.set(level);
                        });
        script = new MachineScript(choices, transport);
        handler = new MessageHandler(transport, device, memory, hub, host.log());
        powerOn = config();
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        MessageHandlerTarget target = new MessageHandlerTarget(new Choices(input));
        try {
            target.run();
        } finally {
            target.close();
        }
        require(
                target.transport.openFds() == 0,
                "%d descriptors left open",
                target.transport.openFds());
    }

    private void run() throws IOException {
        for (int step = 0; step < MOST_STEPS && !choices.isEmpty(); step++) {
            switch (choices.u8()) {
                case 255 -> {
                    transport.failSends();
                    sendsFail = true;
                }
                case 254, 253, 252, 251, 250, 249 -> host.advance(choices.pick(100_000_000, 1));
                case 248, 247, 246, 245, 244, 243 -> host.step(choices.u8());
                case 242, 241, 240, 239 -> acknowledge();
                default -> script.next();
            }
            if (!serve()) {
                return;
            }
            checkLine();
        }
        transport.end();
        if (serve()) {
            device.reset();
            requireReset();
        }
    }

    /** The machine acknowledges, and the loop notices. */
    private void acknowledge() {
        if (!hub.awaitsAcknowledgement()) {
            return;
        }
        EventFd resample = script.counter(hub.resampleFd());
        if (resample != null) {
            resample.signal();
        }
        if (irq != null) {
            irq.drain();
        }
        hub.acknowledged();
        require(
                irq == null || resample == null || irq.drain() == 1,
                "an acknowledged line that is up was not signalled again");
    }

    /** Serves all there is; false if the link is of no more use. */
    private boolean serve() throws IOException {
        try {
            while (true) {
                FrameReader.Found found = handler.serveOne(false);
                if (found == FrameReader.Found.MESSAGE) {
                    checkReply();
                } else if (transport.isRead()) {
                    require(transport.sentBytes() == sent, "a reply to nothing");
                    return true;
                }
            }
        } catch (ProtocolException e) {
            boolean cutShort = transport.isRead() && answered < transport.pushed().length;
            if (script.isHonest() && !cutShort) {
                throw new AssertionError("an honest machine was refused", e);
            }
        } catch (IOException e) {
            if (!sendsFail) {
                throw new AssertionError("the link failed by itself", e);
            }
        }
        require(transport.sentBytes() == sent, "an answer to what was refused");
        return false;
    }

    private void checkReply() {
        byte[] pushed = transport.pushed();
        NaiveParse parsed = NaiveParse.of(Arrays.copyOfRange(pushed, answered, pushed.length));
        require(!parsed.messages().isEmpty(), "an answer to what is no message");
        NaiveParse.Message message = parsed.messages().getFirst();
        ByteBuffer request =
                ByteBuffer.wrap(pushed, answered + NaiveParse.HEADER_BYTES, message.payloadBytes())
                        .slice()
                        .order(ByteOrder.LITTLE_ENDIAN);
        answered += message.end();
        byte[] all = transport.sent();
        ByteBuffer reply =
                ByteBuffer.wrap(all, sent, all.length - sent)
                        .slice()
                        .order(ByteOrder.LITTLE_ENDIAN);
        sent = all.length;
        int wanted =
                switch (message.command()) {
                    case 2, 3, 4, 5 -> 8;
                    case 7 -> 0;
                    default -> -NaiveParse.HEADER_BYTES;
                };
        require(
                reply.remaining() == NaiveParse.HEADER_BYTES + wanted,
                "command %d answered with %d bytes",
                message.command(),
                reply.remaining());
        if (reply.hasRemaining()) {
            require(
                    reply.getInt(0) == RET && reply.getLong(8) == wanted,
                    "command %d not answered by a RET of its size",
                    message.command());
        }
        if (message.command() == 7) {
            requireReset();
        } else if (wanted == 8) {
            checkValue(message.command(), request, reply.getLong(NaiveParse.HEADER_BYTES));
        }
    }

    private void checkValue(int command, ByteBuffer request, long value) {
        boolean refused;
        int size;
        if (command == 2 || command == 3) {
            long offset = request.getInt(0) & 0xffffffffL;
            size = request.getInt(8);
            refused = !(size == 1 || size == 2 || size == 4) || offset + size > CONFIG_BYTES;
        } else {
            size = request.getInt(16);
            // A write may move the BAR it went to, by DMA; so the reply alone says if it was one.
            refused =
                    command == 4
                            ? value != 0
                            : !isTaken(request.getLong(0), size, request.get(20) == 0);
        }
        if (refused) {
            require(value == -1, "0x%x for a refused command %d", value, command);
        } else if (command == 2 || command == 4) {
            require(value == 0, "0x%x for command %d", value, command);
        } else {
            require(
                    size == 8 || value >>> (8 * size) == 0,
                    "0x%x for command %d of size %d",
                    value,
                    command,
                    size);
        }
    }

    private boolean isTaken(long address, int size, boolean io) {
        for (Bar bar : device.function().bars()) {
            if (bar.kind().isIo() == io && bar.contains(address)) {
                return (size == 1 || size == 2 || size == 4 || size == 8)
                        && bar.region().accepts(address - bar.address(), size);
            }
        }
        return false;
    }

    /** PCI 3.0, 6.2.2 and 6.2.3: the line is the status bit unless it is disabled. */
    private void checkLine() {
        PciFunction function = device.function();
        boolean pin = (function.readConfig(6, 2) & 0x8) != 0;
        boolean disabled = (function.readConfig(4, 2) & 0x400) != 0;
        require(lineUp == (pin && !disabled), "the line is up: %s", lineUp);
        if (hub.awaitsAcknowledgement()) {
            boolean connected = hub.resampleFd() != resampleWas;
            resampleWas = hub.resampleFd();
            irq = script.irqOf(resampleWas);
            if (irq != null && (!lineWas || connected)) {
                require(irq.drain() > 0, "the line rose and nothing was signalled");
            }
        }
        lineWas = lineUp;
    }

    private byte[] config() {
        byte[] config = new byte[CONFIG_BYTES];
        for (int i = 0; i < CONFIG_BYTES; i++) {
            config[i] = (byte) device.function().readConfig(i, 1);
        }
        return config;
    }

    private void requireReset() {
        require(Arrays.equals(config(), powerOn), "configuration space after a reset");
        require(!lineUp, "the line is up after a reset");
        for (Bar bar : device.function().bars()) {
            require(bar.address() == Bar.NOT_DECODED, "after a reset: %s", bar);
        }
    }

    private void close() {
        handler.close();
        device.close();
        memory.close();
        hub.close();
        while (!host.isIdle()) {
            host.step(0);
        }
        script.close();
    }
}
