package dev.skerry.vmm.control;

import dev.skerry.vmm.control.config.VmConfig;
import dev.skerry.vmm.control.config.VmConfig.DeviceConfig;
import dev.skerry.vmm.control.config.VmConfig.DiskConfig;
import dev.skerry.vmm.control.config.VmConfig.ProcessConfig;

import java.util.ArrayList;
import java.util.List;

/** A machine's processes as QEMU's command lines, which are Skerry's. */
final class CommandLines {
    /** The first descriptor a process is given; links come in the order of the devices. */
    static final int FIRST_FD = 3;

    private CommandLines() {}

    /**
     * The arguments of a device process whose links are its descriptors from {@link #FIRST_FD} on.
     *
     * @param standIn whether it takes the place of one that was lost
     */
    static List<String> device(ProcessConfig process, boolean standIn) {
        String machine = standIn ? "x-remote,stand-in=on" : "x-remote";
        List<String> arguments =
                new ArrayList<>(List.of("-machine", machine, "-nodefaults", "-display", "none"));
        int fd = FIRST_FD;
        for (DeviceConfig device : process.devices()) {
            addDevice(arguments, device);
            add(
                    arguments,
                    "-object",
                    "x-remote-object,id=link-"
                            + device.id()
                            + ",devid="
                            + device.id()
                            + ",fd="
                            + fd++);
        }
        return arguments;
    }

    private static void addDevice(List<String> arguments, DeviceConfig device) {
        for (DiskConfig disk : device.disks()) {
            add(
                    arguments,
                    "-drive",
                    "id="
                            + disk.id()
                            + ",if=none,format="
                            + disk.format()
                            + ",cache="
                            + disk.cache()
                            + (disk.readOnly() ? ",readonly=on" : "")
                            + ",file="
                            + escaped(disk.file().toString()));
        }
        StringBuilder text = new StringBuilder(device.driver() + ",id=" + device.id());
        device.properties()
                .forEach(
                        (key, value) ->
                                text.append(',').append(key).append('=').append(escaped(value)));
        add(arguments, "-device", text.toString());
        int target = 0;
        for (DiskConfig disk : device.disks()) {
            add(
                    arguments,
                    "-device",
                    (disk.cdrom() ? "scsi-cd" : "scsi-hd")
                            + ",drive="
                            + disk.id()
                            + ",bus="
                            + device.id()
                            + ".0,scsi-id="
                            + target++);
        }
    }

    /**
     * The arguments of the machine process, whose links are its descriptors from {@link #FIRST_FD}
     * on, in the order of the processes and their devices.
     *
     * @param lifelineFd of control's link, or -1 for none, as stock QEMU wants it
     */
    static List<String> machine(VmConfig config, int lifelineFd) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "-machine",
                                config.machine() + ",memory-backend=ram",
                                "-object",
                                "memory-backend-memfd,id=ram,size="
                                        + config.memoryBytes()
                                        + ",share=on",
                                "-m",
                                "size=" + config.memoryBytes() / (1 << 20) + "M",
                                "-smp",
                                Integer.toString(config.cpus()),
                                "-nodefaults",
                                "-display",
                                "none",
                                "-name",
                                config.name()));
        config.accelerators().forEach(name -> add(arguments, "-accel", name));
        addIfGiven(arguments, "-cpu", config.cpuModel());
        addIfGiven(arguments, "-bios", config.firmware());
        addIfGiven(arguments, "-kernel", config.kernel());
        addIfGiven(arguments, "-initrd", config.initrd());
        if (!config.append().isEmpty()) {
            add(arguments, "-append", config.append());
        }
        add(arguments, "-serial", config.console() ? "stdio" : "none");
        int fd = FIRST_FD;
        for (ProcessConfig process : config.processes()) {
            for (DeviceConfig device : process.devices()) {
                String place = device.properties().get("addr");
                add(
                        arguments,
                        "-device",
                        "x-pci-proxy-dev,id="
                                + device.id()
                                + ",fd="
                                + fd++
                                + (place == null ? "" : ",addr=" + place)
                                + (lifelineFd < 0
                                        ? ""
                                        : ",reply-timeout=" + device.replyTimeoutMs()));
            }
        }
        config.inMachine().forEach(device -> addDevice(arguments, device));
        if (lifelineFd >= 0) {
            add(arguments, "-object", "skerry-control,id=control,fd=" + lifelineFd);
        }
        return arguments;
    }

    private static void add(List<String> arguments, String option, String value) {
        arguments.add(option);
        arguments.add(value);
    }

    private static void addIfGiven(List<String> arguments, String option, Object value) {
        if (value != null) {
            add(arguments, option, value.toString());
        }
    }

    private static String escaped(String value) {
        return value.replace(",", ",,");
    }

    /**
     * The same machine made of stock QEMU's processes, for a person to read and a shell to run. Each
     * device has a process of its own: stock's take one.
     */
    static String forStock(VmConfig config) {
        StringBuilder text = new StringBuilder();
        int link = FIRST_FD;
        for (ProcessConfig process : config.processes()) {
            for (DeviceConfig device : process.devices()) {
                text.append("# device process for " + device.id());
                text.append(
                        ": descriptor " + FIRST_FD + " is a unix stream socket, whose other end");
                text.append(" is the machine's " + link++ + "\n");
                line(
                        text,
                        device(
                                new ProcessConfig(
                                        device.id(),
                                        List.of(device),
                                        process.onExit(),
                                        process.restart(),
                                        process.sandbox()),
                                false));
            }
        }
        text.append("# machine\n");
        line(text, machine(config, -1));
        return text.toString();
    }

    private static void line(StringBuilder text, List<String> arguments) {
        text.append("qemu-system-x86_64");
        for (String argument : arguments) {
            boolean option = argument.startsWith("-");
            text.append(option ? " \\\n    " : " ").append(quoted(argument));
        }
        text.append('\n');
    }

    private static String quoted(String argument) {
        for (int i = 0; i < argument.length(); i++) {
            if ("-_=,./:+".indexOf(argument.charAt(i)) < 0
                    && !Character.isLetterOrDigit(argument.charAt(i))) {
                return "'" + argument.replace("'", "'\\''") + "'";
            }
        }
        return argument.isEmpty() ? "''" : argument;
    }
}
