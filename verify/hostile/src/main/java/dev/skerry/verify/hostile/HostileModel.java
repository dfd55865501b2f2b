package dev.skerry.verify.hostile;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.pci.PciProperties;
import dev.skerry.platform.options.Property;
import dev.skerry.platform.options.PropertyValues;

import java.util.List;

/** {@code -device hostile}. */
public final class HostileModel implements DeviceModel {
    /** For the service loader. */
    public HostileModel() {}

    @Override
    public String name() {
        return "hostile";
    }

    @Override
    public String bus() {
        return "PCI";
    }

    @Override
    public String description() {
        return "Does what it is told, whatever that is";
    }

    @Override
    public List<Property> properties() {
        return PciProperties.with();
    }

    @Override
    public Device create(DeviceHost host, PropertyValues values) {
        return new HostileDevice(host);
    }
}
