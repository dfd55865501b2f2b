/**
 * Who talks to a running machine: QMP for programs, a prompt for people, and the qtest protocol that
 * drives a machine in place of a guest.
 *
 * <p>Knows no device and no command line; reaches the machine through its interface. Enter by {@link
 * dev.skerry.vmm.monitor.QmpSession}, {@link dev.skerry.vmm.monitor.HumanMonitor} and {@link
 * dev.skerry.vmm.monitor.QtestServer}.
 */
module dev.skerry.vmm.monitor {
    requires transitive dev.skerry.vmm.machine;
    requires transitive dev.skerry.vmm.chardev;
    requires dev.skerry.device.api;

    exports dev.skerry.vmm.monitor;
}
