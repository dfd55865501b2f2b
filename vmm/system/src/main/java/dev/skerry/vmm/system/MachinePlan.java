package dev.skerry.vmm.system;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Values;
import dev.skerry.vmm.machine.MachineOptions;

import java.nio.file.Path;
import java.util.Map;

/** Makes of a command line what a machine consists of. */
final class MachinePlan {
    private MachinePlan() {}

    static MachineOptions of(CommandLine line, Streams streams) throws OptionException {
        checkProperties(line);
        return new MachineOptions(
                line.type(),
                properties(line),
                MemoryPlan.of(line),
                CpuPlan.cpus(line),
                line.cpu(),
                CpuPlan.accelerators(line),
                boot(line),
                streams.forDevices(),
                streams.serials(),
                streams.debugConsole(),
                line.drives(),
                line.blockdevs(),
                line.devices(),
                line.globals(),
                new MachineOptions.Run(line.paused(), line.noReboot(), line.noShutdown()));
    }

    private static MachineOptions.Boot boot(CommandLine line) throws OptionException {
        if (line.kernel() == null && line.append() != null) {
            throw new OptionException("-append only allowed with -kernel option");
        } else if (line.kernel() == null && line.initrd() != null) {
            throw new OptionException("-initrd only allowed with -kernel option");
        }
        return new MachineOptions.Boot(
                line.bios(),
                line.kernel() == null ? null : Path.of(line.kernel()),
                line.initrd(),
                line.append() == null ? "" : line.append());
    }

    private static void checkProperties(CommandLine line) throws OptionException {
        for (Map.Entry<String, String> entry : line.machine().entrySet()) {
            String key = entry.getKey();
            Boolean fixed = OptionTable.MACHINE_FIXED.get(key);
            if (fixed != null && Values.bool(entry.getValue()) != fixed) {
                throw new OptionException(
                        line.machineSource()
                                + ": '"
                                + key
                                + "' can only be "
                                + (fixed ? "on" : "off"));
            } else if (fixed == null
                    && !key.equals("accel")
                    && !key.equals("memory-backend")
                    && !OptionTable.MACHINE_WITHOUT_EFFECT.contains(key)) {
                throw new OptionException(
                        line.machineSource()
                                + ": Property '"
                                + line.type()
                                + "-machine."
                                + key
                                + "' not found");
            }
        }
    }

    private static OptionList properties(CommandLine line) throws OptionException {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, String> entry : line.machine().entrySet()) {
            if (!entry.getKey().equals("accel") && !entry.getKey().equals("memory-backend")) {
                text.append(text.isEmpty() ? "" : ",")
                        .append(entry.getKey())
                        .append('=')
                        .append(entry.getValue().replace(",", ",,"));
            }
        }
        return OptionList.parse("-machine", text.toString(), null);
    }
}
