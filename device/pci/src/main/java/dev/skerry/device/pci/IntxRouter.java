package dev.skerry.device.pci;

/**
 * How a chipset takes interrupt pins of root bus slots to its PIRQ inputs, and those to the machine's
 * interrupt inputs (GSIs). Called inside a short monitor of the bus; must not call back into it.
 */
public interface IntxRouter {
    /** How many PIRQ inputs there are. */
    int pirqs();

    /**
     * The PIRQ input that a pin is wired to now.
     *
     * @param slot 0 to 31
     * @param pin 0 for INTA# to 3 for INTD#
     */
    int pirq(int slot, int pin);

    /** A PIRQ input goes up or down. */
    void set(int pirq, boolean up);

    /** The GSI that a PIRQ input reaches now, or -1 if it reaches none. */
    int gsi(int pirq);
}
