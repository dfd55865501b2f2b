/**
 * The device process: the remote machine of multi-process QEMU. Each device has a PCI host bridge
 * and an address space of its own, a memory manager that follows the guest's map, an IO hub for its
 * interrupt, and a thread that serves its link.
 *
 * <p>May not know CPUs, machines or proxies: the image made of this module is all a device process
 * can run. Device models are found as services. Enter by {@link
 * dev.skerry.isolation.remote.RemoteMachine}; the process begins in {@code Main}.
 */
module dev.skerry.isolation.remote {
    requires transitive dev.skerry.device.disk;
    requires transitive dev.skerry.device.pci;
    requires transitive dev.skerry.isolation.sandbox;
    requires transitive dev.skerry.isolation.transport;

    exports dev.skerry.isolation.remote;
}
