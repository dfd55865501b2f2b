package dev.skerry.vmm.monitor;

import dev.skerry.vmm.chardev.HostChar;
import dev.skerry.vmm.machine.Cause;
import dev.skerry.vmm.machine.Machine;
import dev.skerry.vmm.machine.RunState;

import java.util.Map;

/** The few commands of QEMU's monitor for people: text in, text out. */
final class HumanCommands {
    private static final String HELP =
            """
            cont|c -- resume emulation
            help|? -- show this help
            info status|version|name|kvm|cpus|chardev -- show information
            quit|q -- end the machine
            stop|s -- stop emulation
            system_powerdown -- press the power button
            system_reset -- press the reset button
            """;

    private final MonitoredMachine monitored;
    private final Machine machine;

    HumanCommands(MonitoredMachine monitored) {
        this.monitored = monitored;
        machine = monitored.machine();
    }

    /** Carries a line out; returns whole lines, or nothing. */
    String run(String line) {
        String[] words = line.strip().split("\\s+");
        switch (words[0]) {
            case "" -> {}
            case "help", "?" -> {
                return HELP;
            }
            case "info" -> {
                return words.length < 2 ? HELP : info(words[1]);
            }
            case "quit", "q" -> machine.quit(Cause.HOST_QMP_QUIT);
            case "stop", "s" -> machine.stop();
            case "cont", "c" -> {
                if (!machine.cont() && machine.state() == RunState.SHUTDOWN) {
                    return "Error: Resetting the Virtual Machine is required\n";
                }
            }
            case "system_reset" -> machine.reset(Cause.HOST_QMP_SYSTEM_RESET);
            case "system_powerdown" -> machine.powerdown();
            default -> {
                return "unknown command: '" + printable(words[0]) + "'\n";
            }
        }
        return "";
    }

    private static String printable(String word) {
        return word.replaceAll("[^ -~]", "?");
    }

    private String info(String what) {
        return switch (what) {
            case "status" -> "VM status: " + status() + "\n";
            case "version" -> "Skerry " + monitored.version() + "\n";
            case "name" -> monitored.name() == null ? "" : monitored.name() + "\n";
            case "kvm" ->
                    "kvm support: "
                            + (machine.accelerator().equals("kvm") ? "enabled" : "disabled")
                            + "\n";
            case "cpus" -> cpus();
            case "chardev" -> chardevs();
            default -> "unknown command: 'info " + printable(what) + "'\n";
        };
    }

    private String status() {
        RunState state = machine.state();
        return switch (state) {
            case RUNNING -> "running";
            case PAUSED -> "paused";
            default -> "paused (" + state.label() + ")";
        };
    }

    private String cpus() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < machine.cpus(); i++) {
            text.append(i == 0 ? "* " : "  ").append("CPU #").append(i).append('\n');
        }
        return text.toString();
    }

    private String chardevs() {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, HostChar> entry : monitored.chars().entrySet()) {
            text.append(entry.getKey())
                    .append(": filename=")
                    .append(entry.getValue().description())
                    .append('\n');
        }
        return text.toString();
    }
}
