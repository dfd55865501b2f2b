/**
 * The machine: a PC assembled from its options, its run control, and what executes it.
 *
 * <p>Knows neither a command line nor a monitor; both drive it through its interfaces. Enter by
 * {@link dev.skerry.vmm.machine.MachineOptions} and {@link dev.skerry.vmm.machine.Machine}.
 */
module dev.skerry.vmm.machine {
    requires dev.skerry.vmm.lifeline;
    requires transitive dev.skerry.platform.linux;
    requires transitive dev.skerry.platform.log;
    requires transitive dev.skerry.platform.memory;
    requires transitive dev.skerry.platform.options;
    requires dev.skerry.device.disk;
    requires dev.skerry.device.pc;
    requires dev.skerry.device.pci;
    requires dev.skerry.execution.kvm;
    requires dev.skerry.execution.x86;
    requires transitive dev.skerry.isolation.proxy;
    requires dev.skerry.vmm.acpi;
    requires dev.skerry.vmm.boot;

    exports dev.skerry.vmm.machine;
}
