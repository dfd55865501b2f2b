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

/** {@code -device edu}. */
public final class EduModel implements DeviceModel {
    /** For the service loader. */
    public EduModel() {}

    @Override
    public String name() {
        return "edu";
    }

    @Override
    public String bus() {
        return "PCI";
    }

    @Override
    public String description() {
        return "Educational device";
    }

    @Override
    public List<Property> properties() {
        return PciProperties.with(
                new Property(
                        "dma_mask",
                        PropertyType.UINT64,
                        "268435455",
                        "Bits of an address the DMA engine drives"));
    }

    @Override
    public Device create(DeviceHost host, PropertyValues values) throws OptionException {
        Edu edu = new Edu(host, values.number("dma_mask"));
        PciProperties.apply(edu.function(), values);
        return edu;
    }
}
