package dev.skerry.vmm.machine;

import dev.skerry.device.pci.IntxRouter;
import dev.skerry.device.pci.PciRootBus;

/** What makes a {@code pc} and a {@code q35} differ: host bridge, ISA bridge, power management. */
interface Board {
    /** Where devices are plugged in. */
    PciRootBus bus();

    /** How slots' pins are wired to the chipset. */
    IntxRouter wiring();

    /** Does what firmware would have done, for a kernel that is entered directly. */
    void actAsFirmware();

    /** The chipset as after power-on. */
    void reset();

    void pressPowerButton();
}
