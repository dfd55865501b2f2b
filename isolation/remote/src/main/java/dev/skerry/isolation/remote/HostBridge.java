package dev.skerry.isolation.remote;

import dev.skerry.device.pci.PciBus;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;

/**
 * The PCI host bridge of one remote device, and the guest's memory as that device sees it: what the
 * peer shared, and its own BARs. Nothing another device of the process was given is in it.
 */
final class HostBridge {
    /** Guest-physical addresses have at most 52 bits; the space is as large as a region may be. */
    private static final long SPACE_BYTES = Long.MAX_VALUE;

    private static final long IO_BYTES = 0x1_0000;

    /** Where the guest puts a BAR over memory, memory is what a bus master reaches. */
    private static final int BELOW_MEMORY = -1;

    private final Container system;
    private final PciBus bus;

    HostBridge(String id) {
        system = new Container(id + "-system", SPACE_BYTES);
        Container pciMemory = new Container(id + "-pci-memory", SPACE_BYTES);
        Container pciIo = new Container(id + "-pci-io", IO_BYTES);
        system.add(pciMemory, 0, BELOW_MEMORY);
        bus = new PciBus(pciMemory, pciIo, new AddressSpace(id + "-dma", system));
    }

    PciBus bus() {
        return bus;
    }

    /** Where guest memory goes. */
    Container system() {
        return system;
    }
}
