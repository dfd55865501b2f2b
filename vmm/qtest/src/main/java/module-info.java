/**
 * Drives a machine from outside through QEMU's qtest protocol: port and memory accesses, PCI
 * configuration.
 *
 * <p>Knows no device. Enter by {@link dev.skerry.vmm.qtest.QtestClient}.
 */
module dev.skerry.vmm.qtest {
    exports dev.skerry.vmm.qtest;
}
