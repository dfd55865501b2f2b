package dev.skerry.vmm.acpi;

import java.util.List;

/**
 * What ACPI tables say of a PC.
 *
 * @param cpus 1 to 255; the local APICs' ids are 0 and on
 * @param power the fixed hardware
 * @param pci the one host bridge
 * @param serials the serial ports, at most 4
 * @param keyboard whether there is an i8042
 */
public record AcpiPlatform(
        int cpus, Power power, PciRoot pci, List<Serial> serials, boolean keyboard) {
    static final long LOCAL_APIC = 0xfee0_0000L;
    static final long IO_APIC = 0xfec0_0000L;

    public AcpiPlatform {
        serials = List.copyOf(serials);
        if (cpus < 1 || cpus > 255 || serials.size() > 4) {
            throw new IllegalArgumentException(cpus + " CPUs, " + serials.size() + " serial ports");
        }
    }

    /**
     * ACPI's registers, all of them ports.
     *
     * @param block PM1 event block; the control block is at 4 from there, the PM timer at 8
     * @param sci the interrupt of ACPI's events, below 16
     * @param events the general-purpose event block
     * @param eventBytes its length, both halves
     * @param modePort takes {@code enable} and {@code disable}
     * @param resetPort takes {@code resetValue}
     * @param sleepTypeOff SLP_TYP of S5
     */
    public record Power(
            int block,
            int sci,
            int events,
            int eventBytes,
            int modePort,
            int enable,
            int disable,
            int resetPort,
            int resetValue,
            int sleepTypeOff) {}

    /**
     * The host bridge of bus 0.
     *
     * @param configWindow the enhanced configuration mechanism's address, or -1 if there is none
     * @param configBuses how many buses it covers, from 0 on
     * @param memory where BARs may be; what is above 4 GiB for 64-bit ones
     * @param interrupts where the slots' pins go
     */
    public record PciRoot(
            long configWindow, int configBuses, List<Window> memory, Interrupts interrupts) {
        public static final long NO_CONFIG_WINDOW = -1;

        public PciRoot {
            memory = List.copyOf(memory);
        }
    }

    /** A range of addresses, neither end beyond 64 bits. */
    public record Window(long gpa, long bytes) {
        long last() {
            return gpa + bytes - 1;
        }
    }

    /**
     * PIRQ inputs, and how they reach interrupt inputs: by route registers in the ISA bridge's
     * configuration space, one byte each, bit 7 of which cuts it off; or directly at an I/O APIC's.
     *
     * @param bridgeSlot the ISA bridge's
     * @param routeRegisters offsets of the registers, ascending, one a PIRQ input; at most 8
     * @param firstApicInput the input of the I/O APIC that the first PIRQ input is wired to, or
     *     {@link #NONE}: then they reach it only as ISA interrupts
     * @param wiring what the slots' pins are wired to
     */
    public record Interrupts(
            int bridgeSlot, List<Integer> routeRegisters, int firstApicInput, Wiring wiring) {
        public static final int NONE = -1;

        public Interrupts {
            routeRegisters = List.copyOf(routeRegisters);
        }
    }

    /** The board's wires, such as {@code IntxRouter::pirq}. */
    @FunctionalInterface
    public interface Wiring {
        /**
         * The PIRQ input of a pin.
         *
         * @param slot 0 to 31
         * @param pin 0 for INTA# to 3 for INTD#
         */
        int pirq(int slot, int pin);
    }

    /** A 16550 at 8 ports. */
    public record Serial(int port, int irq) {}
}
