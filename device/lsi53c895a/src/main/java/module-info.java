/**
 * The Symbios / LSI 53C895A PCI to Ultra2 SCSI controller.
 *
 * <p>Knows PCI and SCSI targets, and nothing of the disks behind them. Enter by {@link
 * dev.skerry.device.lsi53c895a.Lsi53c895a}.
 */
module dev.skerry.device.lsi53c895a {
    requires transitive dev.skerry.device.pci;
    requires transitive dev.skerry.device.scsi;

    exports dev.skerry.device.lsi53c895a;

    provides dev.skerry.device.api.DeviceModel with
            dev.skerry.device.lsi53c895a.Lsi53c895aModel;
}
