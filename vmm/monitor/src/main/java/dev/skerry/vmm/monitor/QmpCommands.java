package dev.skerry.vmm.monitor;

import dev.skerry.device.api.DeviceModels;
import dev.skerry.vmm.machine.Cause;
import dev.skerry.vmm.machine.Machine;
import dev.skerry.vmm.machine.RunState;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The commands of QMP there are, by name; those that ask about the machine are {@link QmpQueries}. */
final class QmpCommands {
    /** Carries a command out. */
    @FunctionalInterface
    private interface Command {
        /**
         * @return what is returned
         */
        Object run(QmpArguments arguments) throws QmpException;
    }

    /** What commands without a result return. */
    static final Map<String, Object> NOTHING = Map.of();

    private final MonitoredMachine monitored;
    private final Machine machine;
    private final HumanCommands human;
    private final Map<String, Command> commands = new TreeMap<>();

    /** What follows the answer, or null. */
    private Runnable afterwards;

    QmpCommands(MonitoredMachine monitored) {
        this.monitored = monitored;
        machine = monitored.machine();
        human = new HumanCommands(monitored);
        addControl();
        addQueries(new QmpQueries(monitored));
    }

    private void addControl() {
        commands.put("stop", done(machine::stop));
        commands.put("cont", arguments -> cont());
        commands.put("system_reset", done(() -> machine.reset(Cause.HOST_QMP_SYSTEM_RESET)));
        commands.put("system_powerdown", done(machine::powerdown));
        commands.put("quit", done(() -> afterwards = () -> machine.quit(Cause.HOST_QMP_QUIT)));
        commands.put("human-monitor-command", this::human);
        commands.put("device_add", this::addDevice);
        commands.put("device_del", this::removeDevice);
        commands.put("query-commands", arguments -> names());
        // It is carried out before there are others.
        commands.put("qmp_capabilities", done(() -> {}));
    }

    private void addQueries(QmpQueries queries) {
        commands.put("query-version", arguments -> queries.version());
        commands.put("query-status", arguments -> queries.status());
        commands.put("query-name", arguments -> queries.name());
        commands.put("query-kvm", arguments -> queries.kvm());
        commands.put("query-target", arguments -> Map.of("arch", "x86_64"));
        commands.put("query-cpus-fast", arguments -> queries.cpus());
        commands.put("query-machines", arguments -> QmpQueries.machines());
        commands.put("query-chardev", arguments -> queries.chardevs());
        commands.put("query-iothreads", arguments -> List.of());
        commands.put(
                "query-memory-size-summary",
                arguments -> Map.of("base-memory", machine.ramBytes()));
        commands.put(
                "qom-list-types",
                arguments ->
                        QmpTypes.list(
                                arguments.text("implements"), arguments.flag("abstract", false)));
    }

    private static Command done(Runnable action) {
        return arguments -> {
            action.run();
            return NOTHING;
        };
    }

    /**
     * Carries a command out.
     *
     * @return what is returned
     */
    Object run(String name, QmpArguments arguments) throws QmpException {
        Command command = commands.get(name);
        if (command == null) {
            throw new QmpException(
                    QmpException.Kind.COMMAND_NOT_FOUND,
                    "The command " + name + " has not been found");
        }
        if (!TAKING_ARGUMENTS.contains(name)) {
            arguments.requireNothingElse();
        }
        return command.run(arguments);
    }

    /** The answer has been sent: does what would have kept it from being. */
    void answered() {
        if (afterwards != null) {
            afterwards.run();
            afterwards = null;
        }
    }

    private static final List<String> TAKING_ARGUMENTS =
            List.of("human-monitor-command", "device_add", "device_del", "qom-list-types");

    private List<Object> names() {
        List<Object> names = new ArrayList<>();
        commands.keySet().forEach(name -> names.add(Map.of("name", name)));
        return names;
    }

    private Object cont() throws QmpException {
        if (!machine.cont() && machine.state() == RunState.SHUTDOWN) {
            throw new QmpException("Resetting the Virtual Machine is required");
        }
        return NOTHING;
    }

    private Object human(QmpArguments arguments) throws QmpException {
        String line = arguments.requiredText("command-line");
        // Accepted and without meaning where there is nothing that belongs to a CPU.
        arguments.askedForAll();
        return human.run(line).replace("\n", "\r\n");
    }

    private Object addDevice(QmpArguments arguments) throws QmpException {
        String driver = arguments.requiredText("driver");
        if (DeviceModels.find(driver) == null) {
            throw new QmpException("'" + driver + "' is not a valid device model name");
        }
        String bus = machine.type().equals("q35") ? "pcie.0" : "pci.0";
        throw new QmpException("Bus '" + bus + "' does not support hotplugging");
    }

    private Object removeDevice(QmpArguments arguments) throws QmpException {
        String id = arguments.requiredText("id");
        arguments.requireNothingElse();
        if (!monitored.devices().containsKey(id)) {
            throw new QmpException(
                    QmpException.Kind.DEVICE_NOT_FOUND, "Device '" + id + "' not found");
        }
        throw new QmpException(
                "Device '" + id + "' cannot be unplugged: hot-plug is not supported");
    }
}
