package dev.skerry.vmm.machine;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.api.DeviceModels;
import dev.skerry.device.disk.Drives;
import dev.skerry.device.disk.ScsiUnits;
import dev.skerry.device.pci.PciAddress;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciRootBus;
import dev.skerry.isolation.proxy.LinkException;
import dev.skerry.isolation.proxy.ProxyDevice;
import dev.skerry.isolation.proxy.RoundTrips;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.PropertyValues;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The devices that {@code -device} puts on the PCI bus, and on buses below it. */
final class PciDevices {
    private static final Set<String> KEYS = Set.of("driver", "id", "bus");

    private record Plugged(LockedHost host, PciDevice device, List<Device> units) {}

    private final PciRootBus bus;
    private final String busName;
    private final PciHost.Parts parts;
    private final ScsiUnits units;
    private final List<Plugged> devices = new ArrayList<>();

    PciDevices(PciRootBus bus, String busName, PciHost.Parts parts, Drives drives) {
        this.bus = bus;
        this.busName = busName;
        this.parts = parts;
        units = new ScsiUnits(parts.log(), drives);
    }

    /**
     * Makes a device of a model and plugs it in.
     *
     * @param id never empty
     */
    void add(String id, OptionList options) throws OptionException {
        String driver = options.require("driver");
        DeviceModel model = DeviceModels.find(driver);
        if (model == null) {
            throw options.error("'" + driver + "' is not a valid device model name");
        }
        try {
            if (model.bus().equals("SCSI")) {
                units.add(id, model, options, KEYS);
            } else {
                addPci(id, model, options);
            }
        } catch (OptionException e) {
            boolean named = e.getMessage().startsWith(options.source());
            throw named ? e : options.error(e.getMessage());
        }
    }

    private void addPci(String id, DeviceModel model, OptionList options) throws OptionException {
        PropertyValues values = new PropertyValues(model.name(), model.properties(), options, KEYS);
        requireBus(options);
        PciHost host = new PciHost(id, parts);
        Device created = model.create(host, values);
        if (!(created instanceof PciDevice device)) {
            created.close();
            throw new OptionException(
                    "'" + model.name() + "' plugs into " + model.bus() + ", not into PCI");
        }
        bus.plug(model.name(), device, PciAddress.of(values), host.lock());
        if (!(device instanceof ProxyDevice proxy)) {
            host.occupy(device);
        } else {
            // Its interrupt does not come by the bus, but it goes where the bus leads it.
            bus.addRouteListener(() -> proxy.routeInterrupt(bus.gsiOf(proxy)));
            proxy.routeInterrupt(bus.gsiOf(proxy));
        }
        Plugged plugged = new Plugged(host, device, new ArrayList<>());
        devices.add(plugged);
        units.addController(device, host, options.has("id"), plugged.units::add);
    }

    private void requireBus(OptionList options) throws OptionException {
        if (options.has("bus") && !options.get("bus").equals(busName)) {
            throw new OptionException("Bus '" + options.get("bus") + "' not found");
        }
    }

    /** See {@link Machine#replaceDevice}. */
    void replace(String id, UnixStream socket, Runnable taken) throws IOException {
        for (Plugged plugged : devices) {
            if (plugged.host.id().equals(id) && plugged.device instanceof ProxyDevice proxy) {
                IOException[] failure = new IOException[1];
                plugged.host
                        .lock()
                        .run(
                                () -> {
                                    try {
                                        proxy.replaceLink(socket);
                                        taken.run();
                                    } catch (LinkException e) {
                                        failure[0] = new IOException(e.getMessage(), e);
                                    }
                                });
                if (failure[0] != null) {
                    throw failure[0];
                }
                return;
            }
        }
        socket.close();
        throw new IOException("no device '" + id + "' is in another process");
    }

    /** See {@link Machine#roundTrips}. Devices are all made before anybody can ask. */
    Map<String, RoundTrips> roundTrips() {
        Map<String, RoundTrips> found = new LinkedHashMap<>();
        for (Plugged plugged : devices) {
            if (plugged.device instanceof ProxyDevice proxy) {
                found.put(plugged.host.id(), proxy.roundTrips());
            }
        }
        return found;
    }

    void reset() {
        for (Plugged plugged : devices) {
            plugged.host.lock().run(plugged.device::reset);
        }
    }

    void close() {
        for (Plugged plugged : devices) {
            plugged.host
                    .lock()
                    .run(
                            () -> {
                                plugged.device.close();
                                plugged.units.forEach(Device::close);
                            });
        }
    }
}
