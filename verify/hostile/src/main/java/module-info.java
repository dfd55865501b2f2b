/**
 * A device model that somebody has taken over: through its BAR it makes any system call with any
 * arguments, and does with Java's own library what a device has no business with. For the tests of
 * the sandbox; not shipped. Enter by {@link dev.skerry.verify.hostile.HostileModel}.
 */
module dev.skerry.verify.hostile {
    requires transitive dev.skerry.device.pci;
    requires dev.skerry.platform.linux;

    exports dev.skerry.verify.hostile;

    provides dev.skerry.device.api.DeviceModel with
            dev.skerry.verify.hostile.HostileModel;
}
