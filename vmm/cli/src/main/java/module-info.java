/**
 * The {@code skerry} command. Enter by {@code dev.skerry.vmm.cli.Main}.
 */
module dev.skerry.vmm.cli {
    requires dev.skerry.device.block;
    requires dev.skerry.platform.linux;
    requires dev.skerry.vmm.control;
    requires dev.skerry.vmm.guest;
    requires dev.skerry.vmm.qtest;
}
