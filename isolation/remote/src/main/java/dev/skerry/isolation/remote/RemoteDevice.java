package dev.skerry.isolation.remote;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.api.Workers;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.isolation.transport.SocketTransport;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.StackTraces;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.PropertyValues;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One device of a device process with all that is its own: host bridge, memory, interrupt, link and
 * thread. What goes wrong with one costs the others nothing.
 */
final class RemoteDevice {
    /** How long a machine may leave a reply unread before the device gives it up. */
    private static final long SEND_TIMEOUT_NS = 5_000_000_000L;

    private final String id;
    private final Log log;
    private final DeviceLoop loop;
    private final PciDevice device;
    private final MemoryManager memory;
    private final IoHub hub;
    private final List<Device> units = new ArrayList<>();

    /**
     * @throws OptionException if the model refuses its properties, or is no PCI device
     * @throws IOException if the kernel refuses what every device needs
     */
    RemoteDevice(
            String id,
            DeviceModel model,
            PropertyValues values,
            Log log,
            Workers workers,
            long pollMaxNs)
            throws OptionException, IOException {
        this.id = id;
        this.log = log;
        loop = new DeviceLoop(id, log, workers, pollMaxNs);
        Device created = model.create(loop, values);
        if (!(created instanceof PciDevice pci)) {
            created.close();
            loop.close();
            throw new OptionException(
                    "'" + model.name() + "' plugs into " + model.bus() + ", not into PCI");
        }
        device = pci;
        HostBridge bridge = new HostBridge(id);
        memory = new MemoryManager(bridge.system(), log);
        hub = new IoHub(log);
        device.function().attach(bridge.bus(), hub);
    }

    String id() {
        return id;
    }

    PciDevice device() {
        return device;
    }

    /** What devices on a bus below this one share. */
    DeviceHost host() {
        return loop;
    }

    /** A device on a bus below this one is closed with it. */
    void plugged(Device unit) {
        units.add(unit);
    }

    Log log() {
        return log;
    }

    /**
     * Serves a socket until its peer has gone, then lets go of everything. Runs on the device
     * thread.
     *
     * @param standIn whether it takes the place of a lost one
     * @return whether it ended as it should
     */
    boolean serve(UnixStream socket, boolean standIn) {
        try (SocketTransport transport = new SocketTransport(socket, SEND_TIMEOUT_NS);
                MessageHandler handler = new MessageHandler(transport, device, memory, hub, log)) {
            log.debug("serving " + socket.fd());
            if (standIn) {
                device.standIn();
            }
            loop.serve(handler, socket.fd(), hub);
            log.debug("the machine has closed the link");
            return true;
        } catch (ProtocolException e) {
            log.error("the machine broke the protocol, link closed: " + e.getMessage());
        } catch (IOException e) {
            log.error("the link failed: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            // A bug of the model or of ours: this device ends, the process' other devices go on.
            log.error("the device failed, link closed: " + StackTraces.oneLine(e));
        } finally {
            close();
        }
        return false;
    }

    private void close() {
        device.close();
        units.forEach(Device::close);
        awaitWorkers();
        memory.close();
        hub.close();
        loop.close();
    }

    /** What workers still do, they do with this device's memory and images. */
    private void awaitWorkers() {
        try {
            loop.drain();
        } catch (IOException | RuntimeException e) {
            log.error("waiting for work in flight: " + StackTraces.oneLine(e));
        }
    }
}
