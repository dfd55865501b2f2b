package dev.skerry.isolation.proxy;

import dev.skerry.platform.memory.RamBlock;

/**
 * A piece of guest memory a device is given.
 *
 * @param gpa its first guest-physical address
 * @param sizeBytes its length
 * @param block whose file it is in
 * @param fileOffset where in that file it begins
 */
public record SharedRam(long gpa, long sizeBytes, RamBlock block, long fileOffset) {
    /** The address after its last. */
    public long end() {
        return gpa + sizeBytes;
    }

    /** What has to be added to an address to find it in the file. */
    long delta() {
        return fileOffset - gpa;
    }
}
