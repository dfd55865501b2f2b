/**
 * Guest-physical address spaces: RAM regions backed by files, I/O regions backed by handlers,
 * aliases, priorities, the flat view they make, listeners, and DMA.
 *
 * <p>Knows nothing of buses, devices or processes. Enter by {@link
 * dev.skerry.platform.memory.AddressSpace}.
 */
module dev.skerry.platform.memory {
    requires transitive dev.skerry.platform.linux;

    exports dev.skerry.platform.memory;
}
