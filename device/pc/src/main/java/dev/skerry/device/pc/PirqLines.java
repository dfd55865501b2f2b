package dev.skerry.device.pc;

import dev.skerry.device.api.InterruptLine;

import java.util.List;

/**
 * PIRQ inputs and the ISA interrupts their route registers lead them to: PIRQRC of the 82371SB (data
 * sheet 290550-002, 2.3.6), PIRQn_ROUT of ICH9 (316972-004, 13.1.16). Bit 7 of a register cuts the
 * input off, its low bits are the interrupt's number. Several inputs may share one.
 *
 * <p>Safe for use by many threads: a short monitor covers it, in which GSIs are set.
 */
final class PirqLines {
    static final int CUT_OFF = 0x80;

    private static final int ISA_INTERRUPTS = 16;

    private final List<InterruptLine> gsis;
    private final int[] routes;
    private final boolean[] up;

    /**
     * @param gsis the machine's interrupt inputs, from 0 on: this chipset's own sources of them
     */
    PirqLines(int pirqs, List<InterruptLine> gsis) {
        this.gsis = gsis;
        routes = new int[pirqs];
        up = new boolean[pirqs];
        java.util.Arrays.fill(routes, CUT_OFF);
    }

    int count() {
        return routes.length;
    }

    synchronized void set(int pirq, boolean raised) {
        up[pirq] = raised;
        drive(isaInterrupt(pirq));
    }

    /** The ISA interrupt an input leads to, or -1. */
    synchronized int isaInterrupt(int pirq) {
        return routes[pirq] < ISA_INTERRUPTS ? routes[pirq] : -1;
    }

    /**
     * A route register has been written.
     *
     * @return whether that changed anything
     */
    synchronized boolean route(int pirq, int register) {
        int before = routes[pirq];
        if (before == register) {
            return false;
        }
        int left = isaInterrupt(pirq);
        routes[pirq] = register;
        drive(left);
        drive(isaInterrupt(pirq));
        return true;
    }

    private void drive(int interrupt) {
        if (interrupt < 0) {
            return;
        }
        boolean raised = false;
        for (int i = 0; i < up.length; i++) {
            raised |= up[i] && routes[i] == interrupt;
        }
        gsis.get(interrupt).set(raised);
    }
}
