package dev.skerry.isolation.remote;

import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.api.DeviceModels;
import dev.skerry.device.api.Workers;
import dev.skerry.device.block.Images;
import dev.skerry.device.disk.Drives;
import dev.skerry.device.disk.ScsiUnits;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.PropertyValues;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The machine of a device process ({@code -machine x-remote}): no CPU, no memory of its own, devices
 * tied to sockets. Built by one thread: devices first, then the objects that tie them, then {@link
 * #run}.
 */
public final class RemoteMachine {
    private static final Set<String> DEVICE_KEYS = Set.of("driver", "id", "bus");
    private static final long DEVICE_STACK_BYTES = 256 << 10;

    private final Log log;
    private final Workers workers = new Workers();
    private final Drives drives;
    private final ScsiUnits units;
    private final Set<String> unitIds = new HashSet<>();
    private final Map<String, RemoteDevice> devices = new LinkedHashMap<>();
    private final Map<String, UnixStream> links = new LinkedHashMap<>();
    private final Set<String> objectIds = new HashSet<>();
    private final Set<Integer> fds = new HashSet<>();
    private final long pollMaxNs;
    private final boolean standIn;
    private int anonymous;

    /**
     * @param pollMaxNs how long a device thread polls for a message that is likely to come soon
     * @param standIn whether its devices take the places of lost ones, under a running guest
     */
    public RemoteMachine(Log log, long pollMaxNs, boolean standIn) {
        this.log = log;
        this.pollMaxNs = pollMaxNs;
        this.standIn = standIn;
        drives = new Drives(Images.ofHost(log), log);
        units = new ScsiUnits(log, drives);
    }

    /** Its disks: added, then opened, before the first device; closed by {@link #run}. */
    public Drives drives() {
        return drives;
    }

    /** Makes a device ({@code -device}); a controller comes before what is plugged into it. */
    public void addDevice(OptionList options) throws OptionException {
        String driver = options.require("driver");
        DeviceModel model = DeviceModels.find(driver);
        if (model == null) {
            throw options.error("'" + driver + "' is not a valid device model name");
        }
        String id = options.has("id") ? options.require("id") : driver + "." + anonymous++;
        if (devices.containsKey(id) || unitIds.contains(id)) {
            throw options.error("Duplicate device ID '" + id + "'");
        }
        try {
            if (model.bus().equals("SCSI")) {
                units.add(id, model, options, DEVICE_KEYS);
                unitIds.add(id);
            } else {
                addPciDevice(id, model, options);
            }
        } catch (OptionException e) {
            boolean named = e.getMessage().startsWith(options.source());
            throw named ? e : options.error(e.getMessage());
        } catch (IOException e) {
            throw options.error("cannot make the device: " + e.getMessage());
        }
    }

    private void addPciDevice(String id, DeviceModel model, OptionList options)
            throws OptionException, IOException {
        PropertyValues values =
                new PropertyValues(model.name(), model.properties(), options, DEVICE_KEYS);
        RemoteDevice device =
                new RemoteDevice(id, model, values, log.withSubject(id), workers, pollMaxNs);
        devices.put(id, device);
        units.addController(device.device(), device.host(), options.has("id"), device::plugged);
    }

    /** Ties a socket to a device ({@code -object x-remote-object}). */
    public void addRemoteObject(RemoteObject object) throws OptionException {
        if (unitIds.contains(object.deviceId())) {
            throw object.error(
                    "device '" + object.deviceId() + "' is no PCI device; tie its controller");
        }
        if (!devices.containsKey(object.deviceId())) {
            throw object.error("there is no device with id '" + object.deviceId() + "'");
        }
        if (links.containsKey(object.deviceId())) {
            throw object.error("device '" + object.deviceId() + "' has a socket already");
        }
        if (!objectIds.add(object.id())) {
            throw object.error("Duplicate object ID '" + object.id() + "'");
        }
        if (!fds.add(object.fd())) {
            throw object.error("fd " + object.fd() + " is tied to a device already");
        }
        try {
            links.put(object.deviceId(), UnixStream.adopt(Fd.inherited(object.fd())));
        } catch (LinuxException e) {
            throw object.error(
                    "fd "
                            + object.fd()
                            + " is not a connected unix stream socket: "
                            + e.getMessage());
        }
    }

    /**
     * Serves all links, each on a thread of its own, until the last peer has gone.
     *
     * @return whether all ended as they should
     */
    public boolean run() throws OptionException, InterruptedException {
        if (links.isEmpty()) {
            throw new OptionException(
                    "nothing to serve: no -object x-remote-object ties a device to a socket");
        }
        AtomicBoolean well = new AtomicBoolean(true);
        List<Thread> threads = new ArrayList<>();
        for (RemoteDevice device : devices.values()) {
            UnixStream link = links.get(device.id());
            if (link == null) {
                device.log()
                        .warning(
                                "no x-remote-object ties this device to a socket, nobody can reach it");
                continue;
            }
            threads.add(
                    new Thread(
                            null,
                            () -> {
                                if (!device.serve(link, standIn)) {
                                    well.set(false);
                                }
                            },
                            "device " + device.id(),
                            DEVICE_STACK_BYTES));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        workers.close();
        drives.close();
        return well.get();
    }
}
