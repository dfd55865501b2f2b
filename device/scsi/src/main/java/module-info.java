/**
 * SCSI targets independent of the host adapter: buses, targets, logical units, tasks with their data
 * phases, sense; the disk and the CD-ROM drive.
 *
 * <p>Knows no host adapter and no image format. A host adapter enters by {@link
 * dev.skerry.device.scsi.ScsiBus}, an image by {@link dev.skerry.device.scsi.Storage}. Sources: SAM-2,
 * SPC-3, SBC-3, MMC-4.
 */
module dev.skerry.device.scsi {
    requires transitive dev.skerry.device.api;

    exports dev.skerry.device.scsi;

    provides dev.skerry.device.api.DeviceModel with
            dev.skerry.device.scsi.ScsiCdModel,
            dev.skerry.device.scsi.ScsiHdModel;
}
