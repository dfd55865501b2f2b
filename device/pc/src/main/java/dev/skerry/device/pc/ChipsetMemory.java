package dev.skerry.device.pc;

import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.Region;

/**
 * What a host bridge arranges.
 *
 * @param system all of physical memory; the bridge puts its parts over what is there, priority 1
 * @param pci what is where no RAM is: the bus' memory space, firmware ROMs included
 * @param ram the machine's RAM, from address 0 on
 * @param readOnlyRam the same RAM, not writable
 */
public record ChipsetMemory(Container system, Container pci, Region ram, Region readOnlyRam) {
    /** What the bridge's parts have, above the RAM a machine places with 0. */
    static final int PRIORITY = 1;
}
