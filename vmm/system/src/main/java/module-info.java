/**
 * The machine process: QEMU's command line for a machine, what it makes of it, and the process' life
 * from the first argument to the exit status.
 *
 * <p>Knows no device: models come as services. Enter by {@link dev.skerry.vmm.system.Main}.
 */
module dev.skerry.vmm.system {
    requires dev.skerry.device.api;
    requires dev.skerry.isolation.sandbox;
    requires dev.skerry.vmm.chardev;
    requires dev.skerry.vmm.machine;
    requires dev.skerry.vmm.monitor;

    exports dev.skerry.vmm.system;
}
