package dev.skerry.device.pc;

import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.pci.ConfigEffects;
import dev.skerry.device.pci.IntxRouter;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.device.pci.PciRootBus;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AccessGuard;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.util.List;

/**
 * The ISA bridge of a {@code q35}: the LPC interface of Intel's I/O Controller Hub 9 (data sheet
 * 316972-004, August 2008, chapters 10 and 13), slot 31 of the bus. It places {@link
 * PowerManagement}'s registers and its own chipset configuration registers, and leads PCI interrupts
 * to ISA's and to I/O APIC inputs 16 to 23. Driven by SeaBIOS, by Linux and by ACPI's interrupt
 * links.
 *
 * <p>There is no system management mode, so SMIs look armed already (SMI_EN, bit 5): firmware then
 * leaves them alone. Not implemented: TCO, the hub's other functions, the ACPI interrupt on others
 * than IRQ 9.
 *
 * <p>Owned by one device thread, the same as the {@link PowerManagement}; as a router safe for use
 * by many.
 */
public final class Ich9Lpc implements PciDevice, IntxRouter {
    /** Its slot. */
    public static final int SLOT = 31;

    /** Ports the power management block takes. */
    public static final int BLOCK_PORTS = 128;

    /** Where in the block the general-purpose events are. */
    public static final int GPE_OFFSET = 0x20;

    private static final PciIdentity IDENTITY = new PciIdentity(0x8086, 0x2918, 0x02, 0x060100);
    private static final int PIRQS = 8;
    private static final int FIRST_APIC_INPUT = 16;
    private static final int BASE = 0x40;
    private static final int BASE_BITS = 0xff80;
    private static final int ACPI_CONTROL = 0x44;
    private static final int ACPI_ENABLED = 0x80;
    private static final int PIRQ_A = 0x60;
    private static final int PIRQ_E = 0x68;
    private static final int GENERAL_PM = 0xa0;
    private static final int SMI_LOCK = 0x10;
    private static final int RCBA = 0xf0;
    private static final int RCBA_BASE = 0xffff_c000;
    private static final int SMI_OFFSET = 0x30;

    private final PciFunction function;
    private final PirqLines lines;
    private final List<InterruptLine> gsis;
    private final GeneralPurposeEvents events =
            new GeneralPurposeEvents(GeneralPurposeEvents.ICH9_BYTES);
    private final SmiRegisters smi = new SmiRegisters();
    private final RootComplex complex = new RootComplex(this::routesChanged);
    private final MovableRegion block;
    private final MovableRegion complexRegion;
    private PciRootBus bus;
    private boolean smiLocked;

    /**
     * @param system the machine's memory, takes the chipset configuration registers
     * @param ports the machine's ports
     * @param guard what accesses to registers outside configuration space pass
     * @param gsis the machine's interrupt inputs, at least 24: this bridge's own sources of them
     */
    public Ich9Lpc(
            Log log,
            Container system,
            Container ports,
            PowerManagement pm,
            AccessGuard guard,
            List<InterruptLine> gsis) {
        this.gsis = gsis;
        lines = new PirqLines(PIRQS, gsis);
        function = new PciFunction(IDENTITY, log);
        function.setMultifunction();
        function.setConfig(BASE, 1, 1);
        function.setConfigWritable(BASE, 4, 0xff87);
        function.setConfig(PIRQ_A, 4, 0x8080_8080);
        function.setConfig(PIRQ_E, 4, 0x8080_8080);
        function.setConfigEffects(new Registers());
        Container registers = new Container("ich9-pm", BLOCK_PORTS);
        registers.add(pm.events().guardedBy(guard), 0);
        registers.add(pm.control().guardedBy(guard), 4);
        registers.add(pm.timer().guardedBy(guard), 8);
        registers.add(events.registers().guardedBy(guard), GPE_OFFSET);
        registers.add(smi.registers().guardedBy(guard), SMI_OFFSET);
        block = new MovableRegion(ports, registers);
        complexRegion = new MovableRegion(system, complex.registers().guardedBy(guard));
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
        return complex.pirq(slot, pin);
    }

    @Override
    public void set(int pirq, boolean up) {
        gsis.get(FIRST_APIC_INPUT + pirq).set(up);
        lines.set(pirq, up);
    }

    /** The ISA interrupt where one is routed, as long as systems use the 8259s; else the APIC's. */
    @Override
    public int gsi(int pirq) {
        int isa = lines.isaInterrupt(pirq);
        return isa >= 0 ? isa : FIRST_APIC_INPUT + pirq;
    }

    /** What firmware does, for a kernel that is started without: the block is at a port. */
    public void placeBlock(int port) {
        function.setConfig(BASE, 4, port | 1);
        function.setConfig(ACPI_CONTROL, 1, ACPI_ENABLED);
        arrange();
    }

    private void arrange() {
        boolean enabled = (function.config(ACPI_CONTROL, 1) & ACPI_ENABLED) != 0;
        int base = function.config(BASE, 4) & BASE_BITS;
        block.place(enabled && base != 0 ? base : MovableRegion.NOWHERE);
        int rcba = function.config(RCBA, 4);
        complexRegion.place(
                (rcba & 1) != 0 ? rcba & RCBA_BASE & 0xffff_ffffL : MovableRegion.NOWHERE);
        boolean changed = false;
        for (int i = 0; i < PIRQS / 2; i++) {
            changed |= lines.route(i, function.config(PIRQ_A + i, 1));
            changed |= lines.route(PIRQS / 2 + i, function.config(PIRQ_E + i, 1));
        }
        if (changed) {
            routesChanged();
        }
    }

    private void routesChanged() {
        if (bus != null) {
            bus.routesChanged();
        }
    }

    private final class Registers implements ConfigEffects {
        @Override
        public void written(int offset, int size, long value) {
            if (offset <= GENERAL_PM && offset + size > GENERAL_PM) {
                // Set once, it stays (13.8.1.1).
                smiLocked |= (function.config(GENERAL_PM, 1) & SMI_LOCK) != 0;
                int kept = function.config(GENERAL_PM, 1) | (smiLocked ? SMI_LOCK : 0);
                function.setConfig(GENERAL_PM, 1, kept);
            }
            if (offset >= BASE) {
                arrange();
            }
        }
    }

    /** SMI_EN and SMI_STS (13.8.3.8 and on): kept, without effect. */
    private static final class SmiRegisters implements IoHandler {
        private static final int BYTES = 8;
        private static final int ARMED = 0x20;

        private final IoRegion registers =
                new IoRegion("ich9-smi", BYTES, AccessSizes.handled(4, 4), this);
        private int enables = ARMED;

        IoRegion registers() {
            return registers;
        }

        @Override
        public long read(long offset, int size) {
            return offset == 0 ? enables & 0xffff_ffffL : 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (offset == 0) {
                enables = (int) value;
            }
        }
    }

    @Override
    public void reset() {
        function.reset();
        events.reset();
        smi.enables = SmiRegisters.ARMED;
        complex.reset();
        smiLocked = false;
        arrange();
        routesChanged();
    }
}
