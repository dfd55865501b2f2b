package dev.skerry.vmm.system;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Values;
import dev.skerry.vmm.machine.MachineOptions.AcceleratorChoice;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How many CPUs there are, and what executes them. */
final class CpuPlan {
    private static final int MOST_CPUS = 255;
    private static final List<String> TOPOLOGY =
            List.of("sockets", "dies", "clusters", "cores", "threads");
    private static final Set<String> ACCELERATORS = Set.of("kvm", "tcg", "qtest");

    private CpuPlan() {}

    /** {@code -smp}: the number, or the product of the topology. */
    static int cpus(CommandLine line) throws OptionException {
        OptionList smp = line.smp();
        if (smp == null) {
            return 1;
        }
        for (String key : smp.values().keySet()) {
            if (!key.equals("cpus") && !key.equals("maxcpus") && !TOPOLOGY.contains(key)) {
                throw smp.error("Invalid parameter '" + key + "'");
            }
        }
        long product = 1;
        boolean whole = true;
        for (String key : TOPOLOGY) {
            whole &= smp.has(key) || key.equals("dies") || key.equals("clusters");
            product *= smp.has(key) ? number(smp, key) : 1;
        }
        long cpus = smp.has("cpus") ? number(smp, "cpus") : product;
        long most = smp.has("maxcpus") ? number(smp, "maxcpus") : Math.max(cpus, 1);
        if (most < cpus) {
            throw smp.error("maxcpus must be equal to or greater than cpus");
        } else if (whole && product != most) {
            throw smp.error(
                    "product of the hierarchy must match maxcpus: " + product + " != " + most);
        } else if (cpus < 1 || cpus > MOST_CPUS) {
            throw smp.error("there can be 1 to " + MOST_CPUS + " CPUs");
        }
        return (int) cpus;
    }

    private static long number(OptionList smp, String key) throws OptionException {
        try {
            return Values.number(smp.get(key), 1, MOST_CPUS);
        } catch (OptionException e) {
            throw smp.error("Parameter '" + key + "': " + e.getMessage());
        }
    }

    /** {@code -accel}, or {@code -machine accel=}; by default what a test wants, or the software CPU. */
    static List<AcceleratorChoice> accelerators(CommandLine line) throws OptionException {
        List<AcceleratorChoice> choices = new ArrayList<>();
        String inMachine = line.machine().get("accel");
        if (inMachine != null) {
            if (!line.accelerators().isEmpty()) {
                throw new OptionException(
                        line.machineSource()
                                + ": The -accel and \"-machine accel=\" options are incompatible");
            }
            for (String name : inMachine.split(":")) {
                choices.add(choice(OptionList.parse("-accel", name, "accel")));
            }
        }
        for (OptionList option : line.accelerators()) {
            // Several in one, as before there was more than one -accel.
            String[] names = option.require("accel").split(":");
            for (String name : names) {
                choices.add(
                        choice(
                                names.length == 1
                                        ? option
                                        : OptionList.parse("-accel", name, "accel")));
            }
        }
        if (choices.isEmpty()) {
            String name = line.qtest() != null ? "qtest" : "tcg";
            choices.add(choice(OptionList.parse("-accel", name, "accel")));
        }
        return choices;
    }

    private static AcceleratorChoice choice(OptionList option) throws OptionException {
        String name = option.require("accel");
        if (!ACCELERATORS.contains(name)) {
            throw option.error("invalid accelerator " + name);
        }
        for (Map.Entry<String, String> entry : option.values().entrySet()) {
            boolean known =
                    switch (entry.getKey()) {
                        case "accel" -> true;
                        case "jit", "jit-threshold", "thread", "tb-size", "split-wx" ->
                                name.equals("tcg");
                        case "kernel-irqchip", "dirty-ring-size", "kvm-shadow-mem" ->
                                name.equals("kvm");
                        default -> false;
                    };
            if (!known) {
                throw option.error(
                        "Property '" + name + "-accel." + entry.getKey() + "' not found");
            }
        }
        return new AcceleratorChoice(name, option);
    }
}
