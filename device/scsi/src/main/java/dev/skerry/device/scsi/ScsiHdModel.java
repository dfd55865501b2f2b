package dev.skerry.device.scsi;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.DeviceModel;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.Property;
import dev.skerry.platform.options.PropertyValues;

import java.util.List;

/** {@code -device scsi-hd}: makes a {@link ScsiDevice}. */
public final class ScsiHdModel implements DeviceModel {
    /** For the service loader. */
    public ScsiHdModel() {}

    @Override
    public String name() {
        return "scsi-hd";
    }

    @Override
    public String bus() {
        return "SCSI";
    }

    @Override
    public String description() {
        return "virtual SCSI disk";
    }

    @Override
    public List<Property> properties() {
        return LunSettings.properties(false);
    }

    @Override
    public Device create(DeviceHost host, PropertyValues values) throws OptionException {
        LunSettings settings = LunSettings.of(false, values);
        return new ScsiDevice(new DiskLun(settings), settings);
    }
}
