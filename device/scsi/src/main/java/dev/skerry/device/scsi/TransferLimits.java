package dev.skerry.device.scsi;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.PropertyValues;

/**
 * What vital page B0 advises an initiator of (SBC-3, 6.5.3), by QEMU's names, in bytes.
 *
 * @param discardGranularity 0 if the medium is not thin; what discards should be multiples of
 * @param maxUnmap the longest UNMAP descriptor
 * @param maxIo the longest transfer
 * @param minIo what transfers should be multiples of; 0 for no advice
 * @param optIo the best length of a transfer; 0 for no advice
 */
record TransferLimits(long discardGranularity, long maxUnmap, long maxIo, long minIo, long optIo) {
    private static final long AUTOMATIC = 0xffff_ffffL;
    private static final long USUAL_GRANULARITY = 4096;

    /**
     * @param disk whether it has the properties a disk alone has
     * @throws OptionException if a value is no multiple of the block size, or too large for its field
     */
    static TransferLimits of(PropertyValues values, boolean disk, int blockBytes)
            throws OptionException {
        long granularity = values.number("discard_granularity");
        if (granularity == AUTOMATIC) {
            granularity = Math.max(blockBytes, USUAL_GRANULARITY);
        }
        long maxUnmap = disk ? values.number("max_unmap_size") : 0;
        long minIo = blocks("min_io_size", values.number("min_io_size"), blockBytes, 0xffff);
        blocks("discard_granularity", granularity, blockBytes, AUTOMATIC);
        if (maxUnmap < 0 || maxUnmap / blockBytes > AUTOMATIC) {
            throw new OptionException("max_unmap_size: too large");
        }
        return new TransferLimits(
                granularity,
                maxUnmap,
                Math.max(values.number("max_io_size"), blockBytes),
                minIo,
                blocks("opt_io_size", values.number("opt_io_size"), blockBytes, AUTOMATIC));
    }

    private static long blocks(String name, long bytes, int blockBytes, long mostBlocks)
            throws OptionException {
        if (bytes % blockBytes != 0) {
            throw new OptionException(
                    name + ": " + bytes + " is no multiple of the block size " + blockBytes);
        }
        if (bytes / blockBytes > mostBlocks) {
            throw new OptionException(
                    name + ": " + bytes + " is more than " + mostBlocks + " blocks");
        }
        return bytes;
    }
}
