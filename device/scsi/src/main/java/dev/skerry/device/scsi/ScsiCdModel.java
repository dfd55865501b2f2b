package dev.skerry.device.scsi;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.DeviceModel;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.Property;
import dev.skerry.platform.options.PropertyValues;

import java.util.List;

/** {@code -device scsi-cd}: makes a {@link ScsiDevice}. */
public final class ScsiCdModel implements DeviceModel {
    /** For the service loader. */
    public ScsiCdModel() {}

    @Override
    public String name() {
        return "scsi-cd";
    }

    @Override
    public String bus() {
        return "SCSI";
    }

    @Override
    public String description() {
        return "virtual SCSI CD-ROM";
    }

    @Override
    public List<Property> properties() {
        return LunSettings.properties(true);
    }

    @Override
    public Device create(DeviceHost host, PropertyValues values) throws OptionException {
        LunSettings settings = LunSettings.of(true, values);
        return new ScsiDevice(new CdLun(settings), settings);
    }
}
