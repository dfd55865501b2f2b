package dev.skerry.device.pci;

import dev.skerry.device.api.InterruptLine;

/**
 * The interrupt pins of a root bus: how many functions hold each up, and how many of those each PIRQ
 * input has. A PIRQ input is up while a pin that is wired to it is.
 *
 * <p>Safe for use by many threads. Its monitor covers the router's {@link IntxRouter#set}.
 */
final class IntxPins {
    private static final int PINS = 4;
    private static final InterruptLine NOWHERE = asserted -> {};

    private final IntxRouter router;
    private final int[] raisedAtPin = new int[PciAddress.SLOTS * PINS];
    private final int[] raisedAtPirq;

    IntxPins(IntxRouter router) {
        this.router = router;
        raisedAtPirq = new int[router.pirqs()];
    }

    /**
     * A new function's line.
     *
     * @param pin as in configuration space: 1 for INTA#, 0 for none
     */
    InterruptLine line(int slot, int pin) {
        return pin == 0 ? NOWHERE : new Line(slot, pin - 1);
    }

    synchronized int gsi(int slot, int pin) {
        return router.gsi(router.pirq(slot, pin - 1));
    }

    /** Counts anew and tells the router every input's level. */
    synchronized void routesChanged() {
        java.util.Arrays.fill(raisedAtPirq, 0);
        for (int at = 0; at < raisedAtPin.length; at++) {
            if (raisedAtPin[at] != 0) {
                raisedAtPirq[router.pirq(at / PINS, at % PINS)] += raisedAtPin[at];
            }
        }
        for (int pirq = 0; pirq < raisedAtPirq.length; pirq++) {
            router.set(pirq, raisedAtPirq[pirq] > 0);
        }
    }

    private synchronized void change(int slot, int pin, boolean up) {
        int pirq = router.pirq(slot, pin);
        raisedAtPin[slot * PINS + pin] += up ? 1 : -1;
        raisedAtPirq[pirq] += up ? 1 : -1;
        if (raisedAtPirq[pirq] == (up ? 1 : 0)) {
            router.set(pirq, up);
        }
    }

    /** One function's; used on its device thread. */
    private final class Line implements InterruptLine {
        private final int slot;
        private final int pin;
        private boolean up;

        Line(int slot, int pin) {
            this.slot = slot;
            this.pin = pin;
        }

        @Override
        public void set(boolean asserted) {
            if (up != asserted) {
                up = asserted;
                change(slot, pin, asserted);
            }
        }
    }
}
