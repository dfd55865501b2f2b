package dev.skerry.vmm.system;

import java.util.Map;
import java.util.Set;

/**
 * Options that need no code: those that ask for what a machine here is like anyway, and those of
 * QEMU's that are refused by name, with the reason.
 */
final class OptionTable {
    /** Without an argument. */
    static final Set<String> FLAGS_WITHOUT_EFFECT =
            Set.of("no-user-config", "no-hpet", "no-fd-bootchk", "nodefconfig", "usb");

    /** Whatever their argument: it changes nothing a guest or user could see here. */
    static final Set<String> WITHOUT_EFFECT =
            Set.of("uuid", "overcommit", "msg", "compat", "audio", "k", "smbios");

    /** With one of these arguments alone. */
    static final Map<String, Set<String>> ONLY_WITH =
            Map.of(
                    "display", Set.of("none"),
                    "parallel", Set.of("none", "null"),
                    "vga", Set.of("none"),
                    "net", Set.of("none"),
                    "nic", Set.of("none"),
                    "rtc", Set.of("base=utc", "base=utc,clock=host", "clock=host"));

    /** Known from QEMU, without an argument. */
    static final Map<String, String> REFUSED_FLAGS =
            Map.of(
                    "daemonize",
                            "a machine does not leave the foreground; use nohup or systemd-run",
                    "snapshot", "temporary snapshots are not supported",
                    "full-screen", "there is no display",
                    "no-acpi", "a machine here always has ACPI; give the kernel acpi=off",
                    "s", "there is no debugger's port",
                    "win2k-hack", "it is not needed");

    /** Known from QEMU, with an argument. */
    static final Map<String, String> REFUSED =
            Map.ofEntries(
                    Map.entry("dtb", "a PC has no device tree"),
                    Map.entry("hda", "there is no IDE; use -drive and -device scsi-hd or another"),
                    Map.entry("hdb", "there is no IDE; use -drive and -device scsi-hd or another"),
                    Map.entry("hdc", "there is no IDE; use -drive and -device scsi-hd or another"),
                    Map.entry("hdd", "there is no IDE; use -drive and -device scsi-hd or another"),
                    Map.entry("cdrom", "there is no IDE; use -drive and -device scsi-cd"),
                    Map.entry("fda", "there is no floppy drive"),
                    Map.entry("fdb", "there is no floppy drive"),
                    Map.entry("gdb", "there is no debugger's port"),
                    Map.entry("netdev", "there is no network device yet"),
                    Map.entry("vnc", "there is no display"),
                    Map.entry("spice", "there is no display"),
                    Map.entry("incoming", "migration is not supported"),
                    Map.entry("loadvm", "snapshots of a machine are not supported"),
                    Map.entry("icount", "the clock follows the host's"),
                    Map.entry("fsdev", "host folders are not shared"),
                    Map.entry("virtfs", "host folders are not shared"),
                    Map.entry("tpmdev", "there is no TPM"),
                    Map.entry("plugin", "plugins are not supported"),
                    Map.entry("readconfig", "configuration files are not supported"),
                    Map.entry("option-rom", "option ROMs come with their devices"),
                    Map.entry("acpitable", "ACPI tables cannot be added"),
                    Map.entry("fw_cfg", "entries of fw_cfg cannot be added"),
                    Map.entry("chroot", "use the supervisor's sandbox"),
                    Map.entry("runas", "use the supervisor's sandbox"),
                    Map.entry("singlestep", "it is not supported"),
                    Map.entry("watchdog-action", "there is no watchdog"),
                    Map.entry("set", "it is not supported"),
                    Map.entry("add-fd", "descriptor sets are not supported"));

    /** Properties of {@code -machine} that change nothing here, with any value. */
    static final Set<String> MACHINE_WITHOUT_EFFECT =
            Set.of(
                    "dump-guest-core",
                    "graphics",
                    "hpet",
                    "kernel-irqchip",
                    "kernel_irqchip",
                    "mem-merge",
                    "sata",
                    "smbus",
                    "smm",
                    "suppress-vmdesc",
                    "vmport");

    /** Properties of {@code -machine} that are what they are. */
    static final Map<String, Boolean> MACHINE_FIXED =
            Map.of("usb", false, "acpi", true, "i8042", true, "pic", true, "pit", true);

    private OptionTable() {}
}
