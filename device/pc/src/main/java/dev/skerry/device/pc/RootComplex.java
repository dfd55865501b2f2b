package dev.skerry.device.pc;

import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

/**
 * ICH9's chipset configuration registers (316972-004, chapter 10): 16 KiB that keep what is written.
 * Those that say which PIRQ input a pin of an internal slot reaches are looked at (10.1.43 and on).
 */
final class RootComplex {
    static final int BYTES = 0x4000;

    private static final int GENERAL_CONTROL = 0x3410;
    private static final int RESERVED_PAGE_ROUTE = 0x20;
    private static final int STRAIGHT = 0x3210;
    private static final int FIRST_INTERNAL_SLOT = 25;
    private static final int NO_REGISTER = -1;

    /** The route registers of slots 25 to 31; slot 30's pins are fixed. */
    private static final int[] ROUTES = {
        0x3150, 0x314c, 0x3148, 0x3146, 0x3144, NO_REGISTER, 0x3140
    };

    private static final int ROUTES_BEGIN = 0x3140;
    private static final int ROUTES_END = 0x3152;

    private final byte[] bytes = new byte[BYTES];
    private final Runnable routesChanged;
    private final IoRegion registers;

    RootComplex(Runnable routesChanged) {
        this.routesChanged = routesChanged;
        registers = new IoRegion("rcrb", BYTES, AccessSizes.handled(1, 1), new Registers());
        reset();
    }

    IoRegion registers() {
        return registers;
    }

    /** The PIRQ input of a slot's pin (0 for INTA#), by its register or the board's wiring. */
    int pirq(int slot, int pin) {
        if (slot < FIRST_INTERNAL_SLOT) {
            return 4 + (slot + pin & 3);
        }
        int route = ROUTES[slot - FIRST_INTERNAL_SLOT];
        if (route == NO_REGISTER) {
            return 4 + pin;
        }
        return bytes[route + pin / 2] >> 4 * (pin & 1) & 7;
    }

    void reset() {
        java.util.Arrays.fill(bytes, (byte) 0);
        for (int route : ROUTES) {
            if (route != NO_REGISTER) {
                bytes[route] = (byte) STRAIGHT;
                bytes[route + 1] = (byte) (STRAIGHT >> 8);
            }
        }
        bytes[GENERAL_CONTROL] = RESERVED_PAGE_ROUTE;
    }

    private final class Registers implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return bytes[(int) offset] & 0xff;
        }

        @Override
        public void write(long offset, int size, long value) {
            bytes[(int) offset] = (byte) value;
            if (offset >= ROUTES_BEGIN && offset < ROUTES_END) {
                routesChanged.run();
            }
        }
    }
}
