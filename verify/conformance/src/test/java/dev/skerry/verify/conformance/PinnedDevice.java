package dev.skerry.verify.conformance;

import dev.skerry.device.api.DeviceLock;
import dev.skerry.device.pci.PciAddress;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.device.pci.PciRootBus;
import dev.skerry.platform.options.OptionException;

/** A device that is nothing but INTA#. */
final class PinnedDevice implements PciDevice {
    private final PciFunction function;

    PinnedDevice(PciRootBus bus, int slot) {
        function =
                new PciFunction(
                        new PciIdentity(0x1234, 0x5678, 0, 0xff0000),
                        new LegacyBoard.StandingHost().log());
        function.setInterruptPin(1);
        try {
            bus.plug("pinned", this, new PciAddress(slot, 0), new DeviceLock());
        } catch (OptionException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public PciFunction function() {
        return function;
    }

    @Override
    public void reset() {
        function.reset();
    }
}
