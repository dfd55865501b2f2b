/**
 * QEMU's two devices for testing and teaching: {@code pci-testdev} and {@code edu}.
 *
 * <p>{@link dev.skerry.device.testdev.Edu} is the example of docs/write-your-own-device.md.
 */
module dev.skerry.device.testdev {
    requires transitive dev.skerry.device.pci;

    exports dev.skerry.device.testdev;

    provides dev.skerry.device.api.DeviceModel with
            dev.skerry.device.testdev.EduModel,
            dev.skerry.device.testdev.PciTestDeviceModel;
}
