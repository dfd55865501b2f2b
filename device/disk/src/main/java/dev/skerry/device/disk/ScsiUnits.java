package dev.skerry.device.disk;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.block.BlockQueue;
import dev.skerry.device.block.DriveOptions;
import dev.skerry.device.scsi.ScsiController;
import dev.skerry.device.scsi.ScsiDevice;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.PropertyValues;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The SCSI buses of a machine by QEMU's names, and what is plugged into them: {@code ID.0} below a
 * controller with an id, {@code scsi.N} below the others. Used while the machine is built.
 */
public final class ScsiUnits {
    private record Bus(ScsiController controller, DeviceHost host, Consumer<Device> plugged) {}

    /** Writes up to this length that end in the page cache are done on the device thread. */
    private static final long INLINE_WRITE_BYTES = 64 << 10;

    private static final BlockQueue.Limits LIMITS =
            new BlockQueue.Limits(
                    BlockQueue.Limits.DEFAULT.inFlight(),
                    BlockQueue.Limits.DEFAULT.waiting(),
                    INLINE_WRITE_BYTES);

    private final Log log;
    private final Drives drives;
    private final Map<String, Bus> buses = new LinkedHashMap<>();
    private int anonymous;

    public ScsiUnits(Log log, Drives drives) {
        this.log = log;
        this.drives = drives;
    }

    /**
     * A device that may have a SCSI bus.
     *
     * @param named whether the user gave the host's id
     * @param plugged is told what is plugged in below, to be reset and closed with the device
     */
    public void addController(
            Device device, DeviceHost host, boolean named, Consumer<Device> plugged) {
        if (device instanceof ScsiController controller) {
            String bus = named ? host.id() + ".0" : "scsi." + anonymous++;
            buses.put(bus, new Bus(controller, host, plugged));
        }
    }

    /**
     * Makes a device and plugs it in.
     *
     * @param keys of the option that are no properties
     * @throws OptionException in QEMU's words, without the option
     */
    public void add(String id, DeviceModel model, OptionList options, Set<String> keys)
            throws OptionException {
        Bus bus = busFor(model, options.get("bus"));
        DeviceHost host = new UnitHost(id, log.withSubject(id), bus.host);
        PropertyValues values = new PropertyValues(model.name(), model.properties(), options, keys);
        if (!(model.create(host, values) instanceof ScsiDevice unit)) {
            throw new AssertionError(model.name() + " is no SCSI device");
        }
        if (unit.drive() != null) {
            insert(host, model.name(), unit);
        } else if (!unit.mayBeEmpty()) {
            throw new OptionException("drive property not set");
        }
        bus.controller.scsiBus().attach(unit);
        bus.plugged.accept(unit);
    }

    private void insert(DeviceHost host, String model, ScsiDevice unit) throws OptionException {
        Drives.Drive drive = drives.take(model + ".drive", unit.drive());
        if (drive.image() != null) {
            DriveOptions options =
                    drive.options().withPolicies(unit.writeErrors(), unit.readErrors());
            unit.insert(new BlockStorage(drive.image(), host, options, LIMITS));
        } else if (!unit.mayBeEmpty()) {
            throw new OptionException("Device needs media, but drive is empty");
        }
    }

    /** The bus that was asked for, or else the first that has a place. */
    private Bus busFor(DeviceModel model, String name) throws OptionException {
        if (name != null) {
            Bus bus = buses.get(name);
            if (bus == null) {
                throw new OptionException("Bus '" + name + "' not found");
            }
            return bus;
        }
        for (Bus bus : buses.values()) {
            if (!bus.controller.scsiBus().isFull()) {
                return bus;
            }
        }
        throw new OptionException(
                "No '" + model.bus() + "' bus found for device '" + model.name() + "'");
    }
}
