package dev.skerry.vmm.machine;

import dev.skerry.device.pci.PciBus;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;

/**
 * A PC's physical memory and ports. RAM has priority 0, what a host bridge puts over it 1; what PCI
 * devices and firmware ROMs answer for lies below the RAM.
 *
 * @param pci what is where no RAM is
 * @param ports 64 KiB, in which BARs have priority 1
 */
record Spaces(
        Container memory,
        Container pci,
        Container ports,
        AddressSpace memorySpace,
        AddressSpace portSpace) {
    /** What devices at fixed places have, which no BAR may cover. */
    static final int LEGACY_PRIORITY = 2;

    private static final long PHYSICAL_BYTES = 1L << 40;
    private static final int PORTS = 0x1_0000;

    static Spaces empty() {
        Container memory = new Container("system", PHYSICAL_BYTES);
        Container pci = new Container("pci", PHYSICAL_BYTES);
        Container ports = new Container("io", PORTS);
        memory.add(pci, 0, -1);
        return new Spaces(
                memory,
                pci,
                ports,
                new AddressSpace("memory", memory),
                new AddressSpace("io", ports));
    }

    /** What PCI functions see. */
    PciBus pciBus() {
        return new PciBus(pci, ports, memorySpace);
    }
}
