package dev.skerry.isolation.sandbox;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;

import java.util.Map;
import java.util.Set;

/**
 * What {@code -sandbox} asks for: {@code off}, {@code on} (the inner layer, whole, or no start),
 * {@code auto} (what this host gives, and what it does not is named) or {@code required} (both
 * layers, or no start).
 *
 * <p>QEMU's refinements are accepted. All they can refuse is refused here anyway, and what they
 * would give back is not given back. {@code rehearse=on} tries everything out and takes nothing
 * away; that is for recording the image.
 */
public record SandboxOptions(Mode mode, boolean rehearse) {
    /** How much is asked for. */
    public enum Mode {
        OFF,
        ON,
        AUTO,
        REQUIRED
    }

    /** QEMU's default. */
    public static final SandboxOptions NONE = new SandboxOptions(Mode.OFF, false);

    private static final Set<String> ALLOW_OR_DENY = Set.of("allow", "deny");

    /** QEMU's refinements and the values they may have. */
    private static final Map<String, Set<String>> REFINEMENTS =
            Map.of(
                    "obsolete", ALLOW_OR_DENY,
                    "elevateprivileges", Set.of("allow", "deny", "children"),
                    "spawn", ALLOW_OR_DENY,
                    "resourcecontrol", ALLOW_OR_DENY);

    /** Reads the option's argument; the option as written is {@code option}. */
    public static SandboxOptions parse(String option, String argument) throws OptionException {
        OptionList options = OptionList.parse(option, argument, "enable");
        Mode mode =
                switch (options.require("enable")) {
                    case "off", "no" -> Mode.OFF;
                    case "on", "yes" -> Mode.ON;
                    case "auto" -> Mode.AUTO;
                    case "required" -> Mode.REQUIRED;
                    default -> throw options.error("is none of on, off, auto, required");
                };
        boolean rehearse = false;
        for (Map.Entry<String, String> entry : options.values().entrySet()) {
            String key = entry.getKey();
            Set<String> values = REFINEMENTS.get(key);
            if (key.equals("rehearse")) {
                rehearse = entry.getValue().equals("on");
            } else if (values != null) {
                if (!values.contains(entry.getValue())) {
                    throw options.error(
                            key
                                    + " is none of "
                                    + String.join(", ", values.stream().sorted().toList()));
                }
            } else if (!key.equals("enable")) {
                throw options.error("Invalid parameter '" + key + "'");
            }
        }
        return new SandboxOptions(mode, rehearse);
    }

    public boolean isOff() {
        return mode == Mode.OFF;
    }
}
