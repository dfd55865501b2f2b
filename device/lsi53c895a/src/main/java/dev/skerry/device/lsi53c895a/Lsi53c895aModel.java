package dev.skerry.device.lsi53c895a;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.pci.PciProperties;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.Property;
import dev.skerry.platform.options.PropertyValues;

import java.util.List;

/** {@code -device lsi53c895a}. */
public final class Lsi53c895aModel implements DeviceModel {
    /** For the service loader. */
    public Lsi53c895aModel() {}

    @Override
    public String name() {
        return "lsi53c895a";
    }

    @Override
    public String bus() {
        return "PCI";
    }

    @Override
    public String description() {
        return "LSI53C895A SCSI controller";
    }

    @Override
    public List<Property> properties() {
        return PciProperties.with();
    }

    @Override
    public Device create(DeviceHost host, PropertyValues values) throws OptionException {
        Lsi53c895a chip = new Lsi53c895a(host);
        PciProperties.apply(chip.function(), values);
        return chip;
    }
}
