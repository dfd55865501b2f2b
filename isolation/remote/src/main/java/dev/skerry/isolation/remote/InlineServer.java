package dev.skerry.isolation.remote;

import dev.skerry.device.pci.PciDevice;
import dev.skerry.isolation.transport.FrameReader;
import dev.skerry.isolation.transport.Transport;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.platform.log.Log;

import java.io.IOException;

/**
 * A device behind a link without a process or a thread of its own: whoever waits for an answer runs
 * {@link #serve}. What a device process does apart from its loop, for tests that must be the same
 * every time.
 */
public final class InlineServer implements AutoCloseable {
    private final PciDevice device;
    private final MemoryManager memory;
    private final IoHub hub;
    private final MessageHandler handler;

    /**
     * @param transport is closed with this object
     * @param device is closed with this object
     */
    public InlineServer(String id, Transport transport, PciDevice device, Log log) {
        this.device = device;
        HostBridge bridge = new HostBridge(id);
        memory = new MemoryManager(bridge.system(), log);
        hub = new IoHub(log);
        device.function().attach(bridge.bus(), hub);
        handler = new MessageHandler(transport, device, memory, hub, log);
    }

    /**
     * Answers all messages that are there, and notices an acknowledged interrupt.
     *
     * @return false if the peer has gone
     */
    public boolean serve() throws IOException, ProtocolException {
        FrameReader.Found found = handler.serveOne(false);
        while (found == FrameReader.Found.MESSAGE) {
            found = handler.serveOne(false);
        }
        if (hub.awaitsAcknowledgement()) {
            hub.acknowledged();
        }
        return found != FrameReader.Found.END;
    }

    @Override
    public void close() {
        handler.close();
        device.close();
        memory.close();
        hub.close();
    }
}
