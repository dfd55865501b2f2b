/**
 * The {@code skerry} command. Enter by {@code dev.skerry.vmm.cli.Main}.
 */
module dev.skerry.vmm.cli {
    requires dev.skerry.platform.linux;
    requires dev.skerry.vmm.qtest;
}
