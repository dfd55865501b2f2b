package dev.skerry.vmm.machine;

import dev.skerry.execution.x86.Jit;
import dev.skerry.execution.x86.model.CpuModel;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Values;

import java.util.Iterator;
import java.util.Set;

/** Chooses among the accelerators a user named the first that is to be had. */
final class Accelerators {
    /** Of the last three, which are QEMU's, ours has nothing to set. */
    private static final Set<String> TCG_PROPERTIES =
            Set.of("jit", "jit-threshold", "thread", "tb-size", "split-wx");

    private Accelerators() {}

    /**
     * @param requests what a CPU's end leads to; called on its thread
     * @throws OptionException if none is to be had
     */
    static Accelerator choose(
            MachineOptions options, Spaces spaces, GuestRam ram, Pc.Requests requests, Log log)
            throws OptionException {
        OptionException last = new OptionException("-accel: no accelerator is named");
        Iterator<MachineOptions.AcceleratorChoice> left = options.accelerators().iterator();
        while (left.hasNext()) {
            MachineOptions.AcceleratorChoice choice = left.next();
            try {
                return make(choice, options, spaces, ram, requests, log);
            } catch (OptionException e) {
                last = e;
                if (left.hasNext()) {
                    log.warning(e.getMessage() + "; trying the next accelerator");
                }
            }
        }
        throw last;
    }

    private static Accelerator make(
            MachineOptions.AcceleratorChoice choice,
            MachineOptions options,
            Spaces spaces,
            GuestRam ram,
            Pc.Requests requests,
            Log log)
            throws OptionException {
        return switch (choice.name()) {
            case "kvm" -> KvmCpus.create(choice.properties(), options, spaces, requests, log);
            case "tcg" -> {
                requireKnown(choice.properties(), TCG_PROPERTIES);
                yield new SoftwareCpus(
                        spaces.memorySpace(),
                        ram.block(),
                        spaces.portSpace(),
                        options.cpuModel() == null
                                ? CpuModel.skerry64()
                                : CpuModel.parse(options.cpuModel()),
                        options.cpus(),
                        jit(choice.properties()),
                        requests,
                        log);
            }
            case "qtest" -> {
                requireKnown(choice.properties(), Set.of());
                yield new NoCpus();
            }
            default -> throw new OptionException("invalid accelerator " + choice.name());
        };
    }

    /** How the software CPUs translate: {@code jit=on|off|check}, {@code jit-threshold=N}. */
    private static Jit jit(OptionList properties) throws OptionException {
        try {
            Jit jit = properties.has("jit") ? Jit.named(properties.get("jit")) : Jit.ON;
            if (!properties.has("jit-threshold")) {
                return jit;
            }
            return jit.after((int) Values.number(properties.get("jit-threshold"), 1, 1 << 30));
        } catch (IllegalArgumentException | OptionException e) {
            throw properties.error(e.getMessage());
        }
    }

    private static void requireKnown(OptionList properties, Set<String> known)
            throws OptionException {
        for (String key : properties.values().keySet()) {
            if (!key.equals("accel") && !known.contains(key)) {
                throw properties.error(
                        "Property '" + properties.get("accel") + "-accel." + key + "' not found");
            }
        }
    }
}
