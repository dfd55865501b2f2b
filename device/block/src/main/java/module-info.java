/**
 * Disk images: raw files, block devices and qcow2, and the queue through which a device model uses
 * one.
 *
 * <p>Knows no bus, no SCSI and no guest: requests carry pieces of memory. Enter by {@link
 * dev.skerry.device.block.Images} to open one as a drive option says, by {@link
 * dev.skerry.device.block.BlockImage} for what an image can do and by {@link
 * dev.skerry.device.block.BlockQueue} for using one from a device thread; by {@link
 * dev.skerry.device.block.img.ImgCommand} for the image commands.
 */
module dev.skerry.device.block {
    requires transitive dev.skerry.device.api;
    requires transitive dev.skerry.platform.linux;
    requires dev.skerry.platform.zstd;

    exports dev.skerry.device.block;
    exports dev.skerry.device.block.img;
}
