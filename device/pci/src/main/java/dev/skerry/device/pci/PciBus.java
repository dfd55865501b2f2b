package dev.skerry.device.pci;

import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;

/**
 * What a function sees of its bus.
 *
 * @param memory where memory BARs and ROMs appear
 * @param io where I/O BARs appear, 64 KiB
 * @param dmaSpace what bus masters reach
 */
public record PciBus(Container memory, Container io, AddressSpace dmaSpace) {}
