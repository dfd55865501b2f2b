package dev.skerry.vmm.monitor;

import dev.skerry.vmm.chardev.HostChar;
import dev.skerry.vmm.machine.Machine;
import dev.skerry.vmm.machine.RunState;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What QMP tells of a machine, in QEMU's shapes. */
final class QmpQueries {
    /** The version of QMP that is spoken, as QEMU's: clients go by it. */
    private static final Map<String, Object> PROTOCOL = version(7, 2, 0);

    private final MonitoredMachine monitored;
    private final Machine machine;

    QmpQueries(MonitoredMachine monitored) {
        this.monitored = monitored;
        machine = monitored.machine();
    }

    private static Map<String, Object> version(int major, int minor, int micro) {
        Map<String, Object> version = new LinkedHashMap<>();
        version.put("micro", micro);
        version.put("minor", minor);
        version.put("major", major);
        return version;
    }

    Map<String, Object> version() {
        return Map.of("qemu", PROTOCOL, "package", "Skerry " + monitored.version());
    }

    Map<String, Object> status() {
        RunState state = machine.state();
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("status", state.label());
        status.put("singlestep", false);
        status.put("running", state == RunState.RUNNING);
        return status;
    }

    Map<String, Object> name() {
        return monitored.name() == null ? Map.of() : Map.of("name", monitored.name());
    }

    Map<String, Object> kvm() {
        return Map.of(
                "enabled", machine.accelerator().equals("kvm"), "present", monitored.kvmPresent());
    }

    List<Object> cpus() {
        List<Object> cpus = new ArrayList<>();
        for (int i = 0; i < machine.cpus(); i++) {
            Map<String, Object> cpu = new LinkedHashMap<>();
            cpu.put("cpu-index", i);
            cpu.put("qom-path", "/machine/unattached/device[" + i + "]");
            cpu.put("target", "x86_64");
            cpu.put("props", Map.of("socket-id", i, "core-id", 0, "thread-id", 0));
            // Its thread is the JVM's; a number others could use is not to be had.
            cpu.put("thread-id", ProcessHandle.current().pid());
            cpus.add(cpu);
        }
        return cpus;
    }

    static List<Object> machines() {
        List<Object> machines = new ArrayList<>();
        for (String name : List.of("pc", "q35", "none")) {
            boolean real = !name.equals("none");
            Map<String, Object> machine = new LinkedHashMap<>();
            machine.put("name", name);
            machine.put("cpu-max", real ? 255 : 1);
            machine.put("hotpluggable-cpus", false);
            machine.put("numa-mem-supported", false);
            machine.put("deprecated", false);
            machine.put("acpi", real);
            if (name.equals("pc")) {
                machine.put("is-default", true);
            }
            machines.add(machine);
        }
        return machines;
    }

    List<Object> chardevs() {
        List<Object> chardevs = new ArrayList<>();
        for (Map.Entry<String, HostChar> entry : monitored.chars().entrySet()) {
            Map<String, Object> chardev = new LinkedHashMap<>();
            chardev.put("label", entry.getKey());
            chardev.put("filename", entry.getValue().description());
            chardev.put("frontend-open", entry.getValue().hasFront());
            chardevs.add(chardev);
        }
        return chardevs;
    }
}
