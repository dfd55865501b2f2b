/**
 * The machine's side of a device that is elsewhere: a PCI device like any other to its bus, whose
 * registers are another process' and are reached over a link.
 *
 * <p>May not know device models, the device process' own code, CPUs or what a machine is made of: it
 * is given memory and interrupt routes through {@link dev.skerry.isolation.proxy.ProxyHost}. What it
 * needs of a protocol is {@link dev.skerry.isolation.proxy.DeviceLink}. Enter by {@link
 * dev.skerry.isolation.proxy.ProxyDevice}.
 */
module dev.skerry.isolation.proxy {
    requires transitive dev.skerry.device.pci;
    requires transitive dev.skerry.isolation.transport;

    exports dev.skerry.isolation.proxy;

    provides dev.skerry.device.api.DeviceModel with
            dev.skerry.isolation.proxy.ProxyModel;
}
