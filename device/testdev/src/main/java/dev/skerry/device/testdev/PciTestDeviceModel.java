package dev.skerry.device.testdev;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.pci.PciProperties;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.Property;
import dev.skerry.platform.options.PropertyType;
import dev.skerry.platform.options.PropertyValues;

import java.util.List;

/** {@code -device pci-testdev}. */
public final class PciTestDeviceModel implements DeviceModel {
    private static final long LARGEST_MEMBAR = 1L << 40;

    /** For the service loader. */
    public PciTestDeviceModel() {}

    @Override
    public String name() {
        return "pci-testdev";
    }

    @Override
    public String bus() {
        return "PCI";
    }

    @Override
    public String description() {
        return "PCI Test Device";
    }

    @Override
    public List<Property> properties() {
        return PciProperties.with(
                new Property(
                        "membar",
                        PropertyType.SIZE,
                        "0",
                        "Size of a 64-bit memory BAR, 0 for none"));
    }

    @Override
    public Device create(DeviceHost host, PropertyValues values) throws OptionException {
        long membar = values.number("membar");
        if (membar != 0 && (membar < 16 || membar > LARGEST_MEMBAR || Long.bitCount(membar) != 1)) {
            throw new OptionException(
                    "membar: '" + values.text("membar") + "' is not a power of two from 16 to 1T");
        }
        PciTestDevice device = new PciTestDevice(host.log(), membar);
        PciProperties.apply(device.function(), values);
        return device;
    }
}
