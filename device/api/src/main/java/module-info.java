/**
 * What a device is and what it may ask for: its registers, its timers, workers for slow things,
 * memory, its interrupt line, its properties.
 *
 * <p>A device model is written against this module (and its bus's) alone. It may not know processes,
 * sockets, protocols, threads or accelerators; the same class runs inside the machine, in a device
 * process and in a unit test. Enter by {@link dev.skerry.device.api.DeviceModel}.
 */
module dev.skerry.device.api {
    requires transitive dev.skerry.platform.log;
    requires transitive dev.skerry.platform.memory;
    requires transitive dev.skerry.platform.options;

    exports dev.skerry.device.api;

    uses dev.skerry.device.api.DeviceModel;
}
