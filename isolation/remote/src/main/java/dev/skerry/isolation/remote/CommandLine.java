package dev.skerry.isolation.remote;

import dev.skerry.isolation.sandbox.SandboxOptions;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Values;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A device process' command line, in QEMU's syntax. Options may come in any order and with one dash
 * or two. What a device process has no use for is accepted where it asks for nothing, as {@code
 * -display none} does; everything else that is not known is refused by name.
 */
final class CommandLine {
    /** The default of {@code poll-max-ns}. */
    static final long POLL_MAX_NS = 100_000;

    /** What to do instead of running a machine. */
    enum Request {
        RUN,
        VERSION,
        HELP,
        MACHINE_HELP,
        DEVICE_HELP,
        OBJECT_HELP
    }

    /** Options that ask for nothing here, whatever their argument. */
    private static final Set<String> WITHOUT_EFFECT = Set.of("name", "uuid");

    private static final Set<String> FLAGS_WITHOUT_EFFECT =
            Set.of("nographic", "nodefaults", "no-user-config", "no-reboot", "no-shutdown");

    /** Options that are accepted with one of these arguments alone. */
    private static final Map<String, Set<String>> ONLY_WITH =
            Map.of(
                    "display", Set.of("none"),
                    "serial", Set.of("none", "null"),
                    "parallel", Set.of("none", "null"),
                    "monitor", Set.of("none", "null"),
                    "vga", Set.of("none"),
                    "net", Set.of("none"),
                    "nic", Set.of("none"));

    private final List<OptionList> drives = new ArrayList<>();
    private final List<OptionList> blockdevs = new ArrayList<>();
    private final List<OptionList> devices = new ArrayList<>();
    private final List<RemoteObject> objects = new ArrayList<>();
    private Request request = Request.RUN;
    private boolean remote;
    private String subject;
    private Level level = Level.INFO;
    private Path logFile;
    private long pollMaxNs = POLL_MAX_NS;
    private boolean standIn;
    private SandboxOptions sandbox = SandboxOptions.NONE;

    private CommandLine() {}

    static CommandLine parse(String[] arguments) throws OptionException {
        CommandLine line = new CommandLine();
        for (int i = 0; i < arguments.length && line.request == Request.RUN; i++) {
            String option = arguments[i];
            if (!option.startsWith("-") || option.equals("-") || option.equals("--")) {
                throw new OptionException(
                        option + ": a device process takes no image as an argument");
            }
            String name = option.substring(option.startsWith("--") ? 2 : 1);
            if (line.takeFlag(name)) {
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

    private boolean takeFlag(String name) {
        switch (name) {
            case "version" -> request = Request.VERSION;
            case "help", "h" -> request = Request.HELP;
            default -> {
                return FLAGS_WITHOUT_EFFECT.contains(name);
            }
        }
        return true;
    }

    private static void requireKnown(String option, String name) throws OptionException {
        boolean known =
                switch (name) {
                    case "machine",
                            "M",
                            "device",
                            "object",
                            "drive",
                            "blockdev",
                            "sandbox",
                            "d",
                            "D",
                            "log" ->
                            true;
                    default -> ONLY_WITH.containsKey(name) || WITHOUT_EFFECT.contains(name);
                };
        if (!known) {
            throw new OptionException(option + ": not supported by a device process");
        }
    }

    private void take(String option, String name, String argument) throws OptionException {
        switch (name) {
            case "machine", "M" -> takeMachine(OptionList.parse(option, argument, "type"));
            case "device" -> takeDevice(OptionList.parse(option, argument, "driver"));
            case "drive" -> drives.add(OptionList.parse(option, argument, null));
            case "blockdev" -> blockdevs.add(OptionList.parse(option, argument, "driver"));
            case "object" -> takeObject(OptionList.parse(option, argument, "qom-type"));
            case "sandbox" -> sandbox = SandboxOptions.parse(option, argument);
            case "d", "log" -> takeLogItems(option, argument);
            case "D" -> logFile = Path.of(argument);
            default -> {
                Set<String> accepted = ONLY_WITH.get(name);
                if (accepted != null && !accepted.contains(argument)) {
                    throw new OptionException(
                            option
                                    + " "
                                    + argument
                                    + ": a device process has none; only "
                                    + String.join(" or ", accepted.stream().sorted().toList())
                                    + " is supported");
                }
            }
        }
    }

    private void takeMachine(OptionList options) throws OptionException {
        String type = options.require("type");
        if (type.equals("help") || type.equals("?")) {
            request = Request.MACHINE_HELP;
            return;
        }
        if (!type.equals("x-remote")) {
            throw options.error("unsupported machine type; this image has x-remote only");
        }
        remote = true;
        for (Map.Entry<String, String> entry : options.values().entrySet()) {
            switch (entry.getKey()) {
                case "type" -> {}
                case "poll-max-ns" -> pollMaxNs = pollTime(options, entry.getValue());
                case "stand-in" -> standIn = isOn(options, entry.getKey(), entry.getValue());
                default ->
                        throw options.error(
                                "Property 'x-remote-machine." + entry.getKey() + "' not found");
            }
        }
    }

    private static long pollTime(OptionList options, String text) throws OptionException {
        try {
            return Values.number(text, 0, 1_000_000_000);
        } catch (OptionException e) {
            throw options.error("poll-max-ns: " + e.getMessage());
        }
    }

    private static boolean isOn(OptionList options, String name, String text)
            throws OptionException {
        try {
            return Values.bool(text);
        } catch (OptionException e) {
            throw options.error(name + ": " + e.getMessage());
        }
    }

    private void takeDevice(OptionList options) throws OptionException {
        String driver = options.require("driver");
        if (driver.equals("help") || driver.equals("?")) {
            request = Request.DEVICE_HELP;
        } else if (options.has("help") || options.has("?")) {
            request = Request.DEVICE_HELP;
            subject = driver;
        } else {
            devices.add(options);
        }
    }

    private void takeObject(OptionList options) throws OptionException {
        String type = options.require("qom-type");
        if (type.equals("help") || options.has("help")) {
            request = Request.OBJECT_HELP;
        } else if (type.equals(RemoteObject.TYPE)) {
            objects.add(RemoteObject.of(options));
        } else {
            throw options.error("object type '" + type + "' is not supported by a device process");
        }
    }

    /** A level's name, or QEMU's {@code guest_errors} and {@code trace}. */
    private void takeLogItems(String option, String argument) throws OptionException {
        for (String item : argument.split(",")) {
            Level wanted =
                    switch (item) {
                        case "error", "warning", "info", "debug", "trace" ->
                                Level.valueOf(item.toUpperCase(Locale.ROOT));
                        case "guest_errors" -> Level.DEBUG;
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
            level = wanted;
        }
    }

    Request request() {
        return request;
    }

    /** What help was asked about, or null. */
    String subject() {
        return subject;
    }

    boolean isRemote() {
        return remote;
    }

    List<OptionList> drives() {
        return drives;
    }

    List<OptionList> blockdevs() {
        return blockdevs;
    }

    List<OptionList> devices() {
        return devices;
    }

    List<RemoteObject> objects() {
        return objects;
    }

    Level level() {
        return level;
    }

    /** Where the log goes, or null for standard error. */
    Path logFile() {
        return logFile;
    }

    SandboxOptions sandbox() {
        return sandbox;
    }

    /** Whether its devices take the places of lost ones. */
    boolean isStandIn() {
        return standIn;
    }

    long pollMaxNs() {
        return pollMaxNs;
    }
}
