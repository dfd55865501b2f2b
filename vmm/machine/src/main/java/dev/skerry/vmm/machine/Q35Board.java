package dev.skerry.vmm.machine;

import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.pc.ChipsetMemory;
import dev.skerry.device.pc.Ich9Lpc;
import dev.skerry.device.pc.MachinePower;
import dev.skerry.device.pc.Mch;
import dev.skerry.device.pc.PowerManagement;
import dev.skerry.device.pci.ConfigPorts;
import dev.skerry.device.pci.IntxRouter;
import dev.skerry.device.pci.PciAddress;
import dev.skerry.device.pci.PciRootBus;
import dev.skerry.platform.options.OptionException;

import java.util.List;

/** {@code -machine q35}: the memory controller hub of the 3 series, and ICH9's LPC interface. */
final class Q35Board implements Board {
    /** As {@link PcBoard}'s. */
    static final long HOLE_BYTES = 0xb000_0000L;

    static final long LOW_BYTES = 0x8000_0000L;

    private final LockedHost host;
    private final PowerManagement pm;
    private final Ich9Lpc isa;
    private final Mch bridge;
    private final PciRootBus bus;
    private final ConfigPorts configPorts;

    Q35Board(
            LockedHost host,
            Spaces spaces,
            GuestRam ram,
            List<InterruptLine> gsis,
            InterruptLine sci,
            MachinePower power)
            throws OptionException {
        this.host = host;
        pm = PowerManagement.ofIch9(host, power, sci);
        isa = new Ich9Lpc(host.log(), spaces.memory(), spaces.ports(), pm, host.lock(), gsis);
        bus = new PciRootBus(spaces.pciBus(), isa);
        isa.setBus(bus);
        bridge =
                new Mch(
                        host.log(),
                        new ChipsetMemory(
                                spaces.memory(), spaces.pci(), ram.region(), ram.readOnlyRegion()),
                        bus);
        bus.plug("mch", bridge, new PciAddress(0, 0), host.lock());
        bus.plug("ICH9-LPC", isa, new PciAddress(Ich9Lpc.SLOT, 0), host.lock());
        configPorts = new ConfigPorts(bus, pm.resetControl().guardedBy(host.lock()));
        spaces.ports().add(configPorts.address(), 0xcf8, Spaces.LEGACY_PRIORITY);
        spaces.ports().add(configPorts.data(), 0xcfc, Spaces.LEGACY_PRIORITY);
        host.place(spaces.ports(), pm.mode(), 0xb2);
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
                            bridge.placeWindow(Mch.WINDOW_AT);
                            isa.placeBlock(PcBoard.PM_BLOCK);
                        });
    }

    @Override
    public void reset() {
        configPorts.reset();
        host.lock()
                .run(
                        () -> {
                            pm.reset();
                            bridge.reset();
                            isa.reset();
                        });
    }

    @Override
    public void pressPowerButton() {
        host.lock().run(pm::pressPowerButton);
    }
}
