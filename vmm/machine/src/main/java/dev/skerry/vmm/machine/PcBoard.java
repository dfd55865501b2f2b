package dev.skerry.vmm.machine;

import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.pc.ChipsetMemory;
import dev.skerry.device.pc.GeneralPurposeEvents;
import dev.skerry.device.pc.I440fx;
import dev.skerry.device.pc.MachinePower;
import dev.skerry.device.pc.Piix3;
import dev.skerry.device.pc.Piix4Pm;
import dev.skerry.device.pc.PowerManagement;
import dev.skerry.device.pci.ConfigPorts;
import dev.skerry.device.pci.IntxRouter;
import dev.skerry.device.pci.PciAddress;
import dev.skerry.device.pci.PciRootBus;
import dev.skerry.platform.options.OptionException;

import java.util.List;

/** {@code -machine pc}: 440FX, PIIX3, and PIIX4's power management. */
final class PcBoard implements Board {
    /** Where firmware puts the power management block on QEMU's machine. */
    static final int PM_BLOCK = 0x600;

    /** Up to which size all RAM is below 4 GiB, and how much of a larger one, as QEMU has it. */
    static final long HOLE_BYTES = 0xe000_0000L;

    static final long LOW_BYTES = 0xc000_0000L;

    private final LockedHost host;
    private final PowerManagement pm;
    private final GeneralPurposeEvents events =
            new GeneralPurposeEvents(GeneralPurposeEvents.PC_BYTES);
    private final Piix3 isa;
    private final I440fx bridge;
    private final Piix4Pm pmFunction;
    private final PciRootBus bus;
    private final ConfigPorts configPorts;

    PcBoard(
            LockedHost host,
            Spaces spaces,
            GuestRam ram,
            List<InterruptLine> gsis,
            InterruptLine sci,
            MachinePower power)
            throws OptionException {
        this.host = host;
        pm = new PowerManagement(host, power, sci);
        isa = new Piix3(host.log(), gsis);
        bus = new PciRootBus(spaces.pciBus(), isa);
        isa.setBus(bus);
        bridge =
                new I440fx(
                        host.log(),
                        new ChipsetMemory(
                                spaces.memory(), spaces.pci(), ram.region(), ram.readOnlyRegion()));
        pmFunction = new Piix4Pm(host.log(), spaces.ports(), pm, host.lock());
        bus.plug("i440FX", bridge, new PciAddress(0, 0), host.lock());
        bus.plug("PIIX3", isa, new PciAddress(1, 0), host.lock());
        bus.plug("PIIX4_PM", pmFunction, new PciAddress(1, 3), host.lock());
        configPorts = new ConfigPorts(bus, pm.resetControl().guardedBy(host.lock()));
        spaces.ports().add(configPorts.address(), 0xcf8, Spaces.LEGACY_PRIORITY);
        spaces.ports().add(configPorts.data(), 0xcfc, Spaces.LEGACY_PRIORITY);
        host.place(spaces.ports(), pm.mode(), 0xb2);
        host.place(spaces.ports(), events.registers(), GeneralPurposeEvents.PC_PORT);
    }

    @Override
    public PciRootBus bus() {
        return bus;
    }

    @Override
    public IntxRouter wiring() {
        return isa;
    }

    @Override
    public void actAsFirmware() {
        host.lock()
                .run(
                        () -> {
                            bridge.openShadowRam();
                            pmFunction.placeBlock(PM_BLOCK);
                        });
    }

    @Override
    public void reset() {
        configPorts.reset();
        host.lock()
                .run(
                        () -> {
                            pm.reset();
                            events.reset();
                            bridge.reset();
                            isa.reset();
                            pmFunction.reset();
                        });
    }

    @Override
    public void pressPowerButton() {
        host.lock().run(pm::pressPowerButton);
    }
}
