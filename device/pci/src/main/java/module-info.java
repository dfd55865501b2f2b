/**
 * PCI: configuration space, capabilities, BARs, INTx, buses, bus mastering.
 *
 * <p>Knows no device model and no protocol. A model holds a {@link dev.skerry.device.pci.PciFunction};
 * whoever runs the model attaches it to a {@link dev.skerry.device.pci.PciBus}. Source: PCI Local
 * Bus Specification 3.0.
 */
module dev.skerry.device.pci {
    requires transitive dev.skerry.device.api;

    exports dev.skerry.device.pci;
}
