/**
 * Disk images as the media of SCSI devices: the disks of a command line by name, and the adapter
 * that lets a logical unit use one.
 *
 * <p>Knows images and SCSI units, no host adapter and no process. Enter by {@link
 * dev.skerry.device.disk.Drives}.
 */
module dev.skerry.device.disk {
    requires transitive dev.skerry.device.block;
    requires transitive dev.skerry.device.scsi;

    exports dev.skerry.device.disk;
}
