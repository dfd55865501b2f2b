package dev.skerry.isolation.remote;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Values;

import java.util.Set;

/**
 * {@code -object x-remote-object,id=ID,devid=DEVICE,fd=N}: ties an inherited socket to a device.
 *
 * @param options the option it came from, for messages
 * @param id the object's own id
 * @param deviceId the device's id
 * @param fd the socket's number
 */
public record RemoteObject(OptionList options, String id, String deviceId, int fd) {
    /** The object's type name. */
    public static final String TYPE = "x-remote-object";

    private static final Set<String> KEYS = Set.of("qom-type", "id", "devid", "fd");

    /** Reads the option; its type has been looked at already. */
    public static RemoteObject of(OptionList options) throws OptionException {
        for (String key : options.values().keySet()) {
            if (!KEYS.contains(key)) {
                throw options.error("Property '" + TYPE + "." + key + "' not found");
            }
        }
        String id = options.require("id");
        try {
            int fd = (int) Values.number(options.require("fd"), 0, Integer.MAX_VALUE);
            return new RemoteObject(options, id, options.require("devid"), fd);
        } catch (OptionException e) {
            throw e.getMessage().startsWith(options.source())
                    ? e
                    : options.error("fd: " + e.getMessage());
        }
    }

    OptionException error(String what) {
        return options.error(what);
    }
}
