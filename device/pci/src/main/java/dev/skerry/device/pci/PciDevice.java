package dev.skerry.device.pci;

import dev.skerry.device.api.Device;

/** A device on a PCI bus. The bus, a protocol server and a proxy see its function alone. */
public interface PciDevice extends Device {
    PciFunction function();
}
