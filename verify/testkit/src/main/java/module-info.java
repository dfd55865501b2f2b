/**
 * Peers and probes for the tests and benchmarks: a client of the multi-process protocol, device
 * processes (ours and stock QEMU's), stock QEMU as the machine. Not shipped.
 */
module dev.skerry.verify.testkit {
    requires transitive dev.skerry.device.disk;
    requires transitive dev.skerry.isolation.transport;
    requires transitive dev.skerry.platform.linux;
    requires transitive dev.skerry.vmm.qtest;

    exports dev.skerry.verify.testkit;
}
