package dev.skerry.vmm.machine;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Values;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The properties of a device at fixed ports. */
final class IsaOptions {
    private static final int PORTS = 0x1_0000;

    private final OptionList options;

    /**
     * @throws OptionException if there is a property that is none of those
     */
    IsaOptions(OptionList options, List<String> properties) throws OptionException {
        this.options = options;
        Set<String> known = new HashSet<>(properties);
        known.addAll(List.of("driver", "id", "bus"));
        for (String key : options.values().keySet()) {
            if (!known.contains(key)) {
                throw options.error(
                        "Property '" + options.get("driver") + "." + key + "' not found");
            }
        }
    }

    int number(String key, int otherwise) throws OptionException {
        if (!options.has(key)) {
            return otherwise;
        }
        try {
            return (int) Values.number(options.get(key), 0, PORTS);
        } catch (OptionException e) {
            throw options.error("Parameter '" + key + "': " + e.getMessage());
        }
    }

    /** The character device that is named, or one that takes everything. */
    CharDevice chars(Map<String, CharDevice> all) throws OptionException {
        if (!options.has("chardev")) {
            throw options.error("Can't create device, empty char device");
        }
        CharDevice chars = all.get(options.get("chardev"));
        if (chars == null) {
            throw options.error(
                    "Property '"
                            + options.get("driver")
                            + ".chardev' can't find value '"
                            + options.get("chardev")
                            + "'");
        }
        return chars;
    }
}
