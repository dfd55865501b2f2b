package dev.skerry.vmm.system;

import dev.skerry.isolation.sandbox.SandboxOptions;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Values;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A machine's command line in QEMU's syntax, taken apart. Options may come in any order and with one
 * dash or two. What changes nothing here is accepted; what is not supported is refused by name.
 */
final class CommandLine {
    /** An option that may be given often, with its argument. */
    record Text(String option, String argument) {}

    /** One {@code -qmp} or {@code -monitor}. */
    record MonitorText(String option, String argument, boolean control, boolean pretty) {}

    private static final Set<String> WITH_ARGUMENT =
            Set.of(
                    "machine",
                    "M",
                    "accel",
                    "cpu",
                    "smp",
                    "m",
                    "object",
                    "numa",
                    "kernel",
                    "initrd",
                    "append",
                    "bios",
                    "serial",
                    "monitor",
                    "mon",
                    "qmp",
                    "qmp-pretty",
                    "chardev",
                    "qtest",
                    "qtest-log",
                    "device",
                    "drive",
                    "blockdev",
                    "global",
                    "debugcon",
                    "name",
                    "d",
                    "D",
                    "log",
                    "pidfile",
                    "run-with",
                    "boot",
                    "sandbox",
                    "echr");

    /** The object that is a machine's link to what supervises it. */
    static final String CONTROL_OBJECT = "skerry-control";

    private static final Set<String> BOOT_KEYS =
            Set.of("order", "once", "menu", "strict", "reboot-timeout", "splash-time");

    private Request request = Request.RUN;
    private String subject;

    private String type = "pc";
    private final Map<String, String> machine = new LinkedHashMap<>();
    private String machineSource = "-machine";
    private final List<OptionList> accelerators = new ArrayList<>();
    private String cpu;
    private OptionList smp;
    private OptionList memory;
    private final List<OptionList> objects = new ArrayList<>();
    private final List<OptionList> numas = new ArrayList<>();

    private String kernel;
    private String initrd;
    private String append;
    private Path bios;

    private final List<Text> serials = new ArrayList<>();
    private final List<MonitorText> monitors = new ArrayList<>();
    private final List<OptionList> mons = new ArrayList<>();
    private final List<OptionList> chardevs = new ArrayList<>();
    private String debugConsole;
    private String qtest;
    private String qtestLog;

    private final List<OptionList> devices = new ArrayList<>();
    private final List<OptionList> drives = new ArrayList<>();
    private final List<OptionList> blockdevs = new ArrayList<>();
    private final List<OptionList> globals = new ArrayList<>();

    private boolean noGraphic;
    private boolean noDefaults;
    private boolean paused;
    private boolean noReboot;
    private boolean noShutdown;
    private boolean endsWithParent;
    private String name;
    private Level level = Level.INFO;
    private Path logFile;
    private Path pidFile;
    private int escape = 1;
    private int control = -1;
    private SandboxOptions sandbox = SandboxOptions.NONE;

    private CommandLine() {}

    static CommandLine parse(String[] arguments) throws OptionException {
        CommandLine line = new CommandLine();
        for (int i = 0; i < arguments.length && line.request == Request.RUN; i++) {
            String option = arguments[i];
            if (!option.startsWith("-") || option.equals("-") || option.equals("--")) {
                throw new OptionException(
                        option
                                + ": a disk image by itself would be an IDE disk, which there is not;"
                                + " use -drive and -device scsi-hd or another");
            }
            String name = option.substring(option.startsWith("--") ? 2 : 1);
            if (line.takeFlag(option, name)) {
                continue;
            }
            requireKnown(option, name);
            if (i + 1 == arguments.length) {
                throw new OptionException(option + ": requires an argument");
            }
            line.take(option, name, arguments[++i]);
        }
        return line;
    }

    private boolean takeFlag(String option, String name) throws OptionException {
        switch (name) {
            case "version" -> request = Request.VERSION;
            case "help", "h", "?" -> request = Request.HELP;
            case "nographic" -> noGraphic = true;
            case "nodefaults" -> noDefaults = true;
            case "S" -> paused = true;
            case "no-reboot" -> noReboot = true;
            case "no-shutdown" -> noShutdown = true;
            case "enable-kvm" -> accelerators.add(OptionList.parse("-accel", "kvm", "accel"));
            default -> {
                String reason = OptionTable.REFUSED_FLAGS.get(name);
                if (reason != null) {
                    throw new OptionException(option + ": not supported: " + reason);
                }
                return OptionTable.FLAGS_WITHOUT_EFFECT.contains(name);
            }
        }
        return true;
    }

    private static void requireKnown(String option, String name) throws OptionException {
        String reason = OptionTable.REFUSED.get(name);
        if (reason != null) {
            throw new OptionException(option + ": not supported: " + reason);
        }
        if (!WITH_ARGUMENT.contains(name)
                && !OptionTable.WITHOUT_EFFECT.contains(name)
                && !OptionTable.ONLY_WITH.containsKey(name)) {
            throw new OptionException(option + ": invalid option");
        }
    }

    private void take(String option, String name, String argument) throws OptionException {
        switch (name) {
            case "machine", "M" -> takeMachine(OptionList.parse(option, argument, "type"));
            case "accel" -> takeAccelerator(OptionList.parse(option, argument, "accel"));
            case "cpu" -> takeCpu(argument);
            case "smp" -> smp = OptionList.parse(option, argument, "cpus");
            case "m" -> memory = OptionList.parse(option, argument, "size");
            case "object" -> takeObject(OptionList.parse(option, argument, "qom-type"));
            case "numa" -> numas.add(OptionList.parse(option, argument, "type"));
            case "device" -> takeDevice(OptionList.parse(option, argument, "driver"));
            case "drive" -> drives.add(OptionList.parse(option, argument, null));
            case "blockdev" -> blockdevs.add(OptionList.parse(option, argument, "driver"));
            case "global" -> takeGlobal(option, argument);
            case "chardev" -> takeCharDevice(OptionList.parse(option, argument, "backend"));
            case "serial" -> serials.add(new Text(option, argument));
            case "monitor", "qmp", "qmp-pretty" -> takeMonitor(option, name, argument);
            case "mon" -> mons.add(OptionList.parse(option, argument, "chardev"));
            case "debugcon" -> debugConsole = argument;
            case "qtest" -> qtest = argument;
            case "qtest-log" -> qtestLog = argument;
            default -> takePlain(option, name, argument);
        }
    }

    private void takePlain(String option, String name, String argument) throws OptionException {
        switch (name) {
            case "kernel" -> kernel = argument;
            case "initrd" -> initrd = argument;
            case "append" -> append = argument;
            case "bios" -> bios = Path.of(argument);
            case "name" -> this.name = guestName(OptionList.parse(option, argument, "guest"));
            case "d", "log" -> takeLogItems(option, argument);
            case "D" -> logFile = Path.of(argument);
            case "pidfile" -> pidFile = Path.of(argument);
            case "run-with" -> takeRunWith(OptionList.parse(option, argument, null));
            case "boot" -> takeBoot(OptionList.parse(option, argument, "order"));
            case "sandbox" -> sandbox = SandboxOptions.parse(option, argument);
            case "echr" -> takeEscape(option, argument);
            default -> requireOnlyWith(option, name, argument);
        }
    }

    private static void requireOnlyWith(String option, String name, String argument)
            throws OptionException {
        Set<String> accepted = OptionTable.ONLY_WITH.get(name);
        if (accepted != null && !accepted.contains(argument)) {
            throw new OptionException(
                    option
                            + " "
                            + argument
                            + ": not supported; only "
                            + String.join(" or ", accepted.stream().sorted().toList())
                            + " is");
        }
    }

    private void takeMachine(OptionList options) throws OptionException {
        if (isHelp(options, "type")) {
            request = Request.MACHINE_HELP;
            return;
        }
        machineSource = options.source();
        for (Map.Entry<String, String> entry : options.values().entrySet()) {
            String value = entry.getValue();
            switch (entry.getKey()) {
                case "type" -> type = machineType(options, value);
                case "kernel" -> kernel = value;
                case "initrd" -> initrd = value;
                case "append" -> append = value;
                case "firmware" -> bios = Path.of(value);
                default -> machine.put(entry.getKey(), value);
            }
        }
    }

    private static String machineType(OptionList options, String type) throws OptionException {
        return switch (type) {
            case "pc", "q35", "none" -> type;
            default ->
                    throw options.error(
                            "unsupported machine type '"
                                    + type
                                    + "'; use -machine help to list supported machines");
        };
    }

    private void takeAccelerator(OptionList options) throws OptionException {
        if (isHelp(options, "accel")) {
            request = Request.ACCEL_HELP;
        } else {
            accelerators.add(options);
        }
    }

    private void takeCpu(String argument) {
        if (argument.equals("help") || argument.equals("?")) {
            request = Request.CPU_HELP;
        } else {
            cpu = argument;
        }
    }

    private void takeObject(OptionList options) throws OptionException {
        if (isHelp(options, "qom-type") || options.has("help")) {
            request = Request.OBJECT_HELP;
        } else if (options.require("qom-type").equals(CONTROL_OBJECT)) {
            control = controlFd(options);
        } else {
            objects.add(options);
        }
    }

    /** The socket to the supervisor that started the machine. */
    private static int controlFd(OptionList options) throws OptionException {
        for (String key : options.values().keySet()) {
            if (!Set.of("qom-type", "id", "fd").contains(key)) {
                throw options.error("Property '" + CONTROL_OBJECT + "." + key + "' not found");
            }
        }
        try {
            return (int) Values.number(options.require("fd"), 3, 0xffff);
        } catch (OptionException e) {
            throw options.error(e.getMessage());
        }
    }

    private void takeCharDevice(OptionList options) throws OptionException {
        if (isHelp(options, "backend")) {
            request = Request.CHARDEV_HELP;
        } else {
            chardevs.add(options);
        }
    }

    private void takeDevice(OptionList options) throws OptionException {
        if (isHelp(options, "driver")) {
            request = Request.DEVICE_HELP;
        } else if (options.has("help") || options.has("?")) {
            request = Request.DEVICE_HELP;
            subject = options.require("driver");
        } else {
            devices.add(options);
        }
    }

    private static boolean isHelp(OptionList options, String key) {
        String value = options.get(key);
        return "help".equals(value) || "?".equals(value);
    }

    /** {@code DRIVER.PROPERTY=VALUE}, or the three by their names. */
    private void takeGlobal(String option, String argument) throws OptionException {
        int point = argument.indexOf('.');
        int equals = argument.indexOf('=');
        if (point <= 0 || equals < point) {
            OptionList list = OptionList.parse(option, argument, null);
            list.require("driver");
            list.require("property");
            list.require("value");
            globals.add(list);
            return;
        }
        String text =
                "driver="
                        + argument.substring(0, point)
                        + ",property="
                        + argument.substring(point + 1, equals)
                        + ",value="
                        + argument.substring(equals + 1).replace(",", ",,");
        globals.add(OptionList.parse(option, text, null));
    }

    private void takeMonitor(String option, String name, String argument) {
        monitors.add(
                new MonitorText(
                        option, argument, !name.equals("monitor"), name.equals("qmp-pretty")));
    }

    private static String guestName(OptionList options) throws OptionException {
        for (String key : options.values().keySet()) {
            if (!Set.of("guest", "process", "debug-threads").contains(key)) {
                throw options.error("Invalid parameter '" + key + "'");
            }
        }
        return options.get("guest");
    }

    private void takeRunWith(OptionList options) throws OptionException {
        for (Map.Entry<String, String> entry : options.values().entrySet()) {
            if (!entry.getKey().equals("exit-with-parent")) {
                throw options.error("'" + entry.getKey() + "' is not supported");
            }
            endsWithParent = bool(options, entry.getKey());
        }
    }

    private static void takeBoot(OptionList options) throws OptionException {
        for (String key : options.values().keySet()) {
            if (!BOOT_KEYS.contains(key)) {
                throw options.error("Invalid parameter '" + key + "'");
            }
        }
    }

    private void takeEscape(String option, String argument) throws OptionException {
        try {
            escape = (int) Values.number(argument, 0, 255);
        } catch (OptionException e) {
            throw new OptionException(option + ": " + e.getMessage());
        }
    }

    /** A flag of an option. */
    static boolean bool(OptionList options, String key) throws OptionException {
        try {
            return Values.bool(options.get(key));
        } catch (OptionException e) {
            throw options.error("Parameter '" + key + "': " + e.getMessage());
        }
    }

    /** A level's name, or QEMU's {@code guest_errors}. */
    private void takeLogItems(String option, String argument) throws OptionException {
        for (String item : argument.split(",")) {
            level =
                    switch (item) {
                        case "error", "warning", "info", "debug", "trace" ->
                                Level.valueOf(item.toUpperCase(Locale.ROOT));
                        case "guest_errors", "unimp" -> Level.DEBUG;
                        default ->
                                throw new OptionException(
                                        option
                                                + " "
                                                + argument
                                                + ": '"
                                                + item
                                                + "' is none of error, warning, info, debug,"
                                                + " guest_errors, trace");
                    };
        }
    }

    Request request() {
        return request;
    }

    /** What help was asked about, or null. */
    String subject() {
        return subject;
    }

    String type() {
        return type;
    }

    /** What {@code -machine} said beside the type and what is to be booted. */
    Map<String, String> machine() {
        return machine;
    }

    /** The last {@code -machine} as written. */
    String machineSource() {
        return machineSource;
    }

    List<OptionList> accelerators() {
        return accelerators;
    }

    /** Null if there was none. */
    String cpu() {
        return cpu;
    }

    /** Null if there was none. */
    OptionList smp() {
        return smp;
    }

    /** Null if there was none. */
    OptionList memory() {
        return memory;
    }

    List<OptionList> objects() {
        return objects;
    }

    List<OptionList> numas() {
        return numas;
    }

    /** Null if there was none. */
    String kernel() {
        return kernel;
    }

    /** Null if there was none. */
    String initrd() {
        return initrd;
    }

    /** Null if there was none. */
    String append() {
        return append;
    }

    /** Null if there was none. */
    Path bios() {
        return bios;
    }

    List<Text> serials() {
        return serials;
    }

    List<MonitorText> monitors() {
        return monitors;
    }

    List<OptionList> mons() {
        return mons;
    }

    List<OptionList> chardevs() {
        return chardevs;
    }

    /** Null if there was none. */
    String debugConsole() {
        return debugConsole;
    }

    /** Null if there was none. */
    String qtest() {
        return qtest;
    }

    /** Null if there was none. */
    String qtestLog() {
        return qtestLog;
    }

    List<OptionList> devices() {
        return devices;
    }

    List<OptionList> drives() {
        return drives;
    }

    List<OptionList> blockdevs() {
        return blockdevs;
    }

    List<OptionList> globals() {
        return globals;
    }

    boolean noGraphic() {
        return noGraphic;
    }

    boolean noDefaults() {
        return noDefaults;
    }

    boolean paused() {
        return paused;
    }

    boolean noReboot() {
        return noReboot;
    }

    boolean noShutdown() {
        return noShutdown;
    }

    boolean endsWithParent() {
        return endsWithParent;
    }

    /** The guest's name, or null. */
    String name() {
        return name;
    }

    Level level() {
        return level;
    }

    /** Where the log goes, or null for standard error. */
    Path logFile() {
        return logFile;
    }

    /** Null if there was none. */
    Path pidFile() {
        return pidFile;
    }

    SandboxOptions sandbox() {
        return sandbox;
    }

    /** The descriptor of the supervisor's socket, or -1. */
    int controlFd() {
        return control;
    }

    /** The multiplexers' key. */
    int escape() {
        return escape;
    }
}
