package dev.skerry.device.pc;

import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.pci.ConfigEffects;
import dev.skerry.device.pci.IntxRouter;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.device.pci.PciRootBus;
import dev.skerry.platform.log.Log;

import java.util.List;

/**
 * The ISA bridge of a {@code pc}: function 0 of Intel's 82371SB, PIIX3 (data sheet 290550-002, April
 * 1997), slot 1 of the bus. It leads PCI interrupts to ISA's; other registers keep what is written.
 * Driven by SeaBIOS and by ACPI's interrupt links.
 *
 * <p>Pins are wired to PIRQ inputs as QEMU's machine has them: a slot's INTA# to input (slot + 3)
 * modulo 4, the next pin to the next.
 *
 * <p>Owned by one device thread; as a router safe for use by many.
 */
public final class Piix3 implements PciDevice, IntxRouter {
    private static final PciIdentity IDENTITY = new PciIdentity(0x8086, 0x7000, 0x00, 0x060100);
    private static final int PIRQS = 4;
    private static final int PIRQ_ROUTE = 0x60;

    private final PciFunction function;
    private final PirqLines lines;
    private PciRootBus bus;

    /**
     * @param gsis the machine's interrupt inputs, at least 16: this bridge's own sources of them
     */
    public Piix3(Log log, List<InterruptLine> gsis) {
        lines = new PirqLines(PIRQS, gsis);
        function = new PciFunction(IDENTITY, log);
        function.setMultifunction();
        function.setConfig(0x06, 2, 0x0200);
        function.setConfig(0x4c, 1, 0x4d);
        function.setConfig(0x4e, 1, 0x03);
        function.setConfig(PIRQ_ROUTE, 4, 0x8080_8080);
        function.setConfig(0x69, 1, 0x02);
        function.setConfig(0x70, 1, 0x80);
        function.setConfig(0x76, 2, 0x0c0c);
        function.setConfig(0x78, 1, 0x02);
        function.setConfig(0xa0, 1, 0x08);
        function.setConfig(0xa8, 1, 0x0f);
        function.setConfigEffects(new Registers());
    }

    /** The bus that hears of changed routes. */
    public void setBus(PciRootBus to) {
        bus = to;
    }

    @Override
    public PciFunction function() {
        return function;
    }

    @Override
    public int pirqs() {
        return PIRQS;
    }

    @Override
    public int pirq(int slot, int pin) {
        return slot + PIRQS - 1 + pin & PIRQS - 1;
    }

    @Override
    public void set(int pirq, boolean up) {
        lines.set(pirq, up);
    }

    @Override
    public int gsi(int pirq) {
        return lines.isaInterrupt(pirq);
    }

    private void arrange() {
        boolean changed = false;
        for (int pirq = 0; pirq < PIRQS; pirq++) {
            changed |= lines.route(pirq, function.config(PIRQ_ROUTE + pirq, 1));
        }
        if (changed && bus != null) {
            bus.routesChanged();
        }
    }

    private final class Registers implements ConfigEffects {
        @Override
        public void written(int offset, int size, long value) {
            if (offset < PIRQ_ROUTE + PIRQS && offset + size > PIRQ_ROUTE) {
                arrange();
            }
        }
    }

    @Override
    public void reset() {
        function.reset();
        arrange();
    }
}
