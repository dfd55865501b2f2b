/**
 * Control: reads what a machine is to be ({@code vm.yaml}), starts its machine and device processes
 * with just the descriptors they need, watches them, puts a new device process in the place of one
 * that has ended, and leaves nothing behind.
 *
 * <p>Has no interface to a guest, and knows neither devices nor machines but by their command lines.
 * Enter by {@link dev.skerry.vmm.control.config.VmFile} and {@link
 * dev.skerry.vmm.control.Supervisor}.
 */
module dev.skerry.vmm.control {
    requires dev.skerry.device.block;
    requires dev.skerry.platform.options;
    requires dev.skerry.vmm.guest;
    requires dev.skerry.vmm.lifeline;
    requires org.snakeyaml.engine.v2;
    requires transitive dev.skerry.isolation.sandbox;
    requires transitive dev.skerry.platform.linux;
    requires transitive dev.skerry.platform.log;

    exports dev.skerry.vmm.control;
    exports dev.skerry.vmm.control.config;
}
