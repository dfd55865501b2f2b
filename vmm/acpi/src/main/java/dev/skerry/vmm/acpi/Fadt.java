package dev.skerry.vmm.acpi;

import dev.skerry.vmm.acpi.AcpiPlatform.Power;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The fixed description table in its third form (ACPI specification 3.0, 5.2.9): fixed hardware at
 * ports, a fixed power button, no display, no clock that wakes.
 */
final class Fadt {
    static final int BYTES = 244;
    static final int REVISION = 3;

    /** Offsets of the fields that hold addresses of other tables. */
    static final int FACS = 36;

    static final int DSDT = 40;
    static final int DSDT_64 = 140;

    private static final int WBINVD = 1;
    private static final int C1 = 1 << 2;
    private static final int NO_SLEEP_BUTTON = 1 << 5;
    private static final int NO_CLOCK_WAKE = 1 << 6;
    private static final int RESET_REGISTER = 1 << 10;

    private static final int LEGACY_DEVICES = 1;
    private static final int KEYBOARD = 1 << 1;
    private static final int NO_DISPLAY = 1 << 2;

    /** Longer than that: there is no such idle state. */
    private static final int NO_C2 = 0xfff;

    private static final int CMOS_CENTURY = 0x32;
    private static final int CONTROL_OFFSET = 4;
    private static final int TIMER_OFFSET = 8;

    private Fadt() {}

    /** The table without its header filled in, the pointers 0. */
    static byte[] table(AcpiPlatform platform) {
        Power power = platform.power();
        ByteBuffer table = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        table.put(44, (byte) 1);
        table.putShort(46, (short) power.sci());
        table.putInt(48, power.modePort());
        table.put(52, (byte) power.enable());
        table.put(53, (byte) power.disable());
        table.putInt(56, power.block());
        table.putInt(64, power.block() + CONTROL_OFFSET);
        table.putInt(76, power.block() + TIMER_OFFSET);
        table.putInt(80, power.events());
        table.put(88, (byte) 4);
        table.put(89, (byte) 2);
        table.put(91, (byte) 4);
        table.put(92, (byte) power.eventBytes());
        table.putShort(96, (short) NO_C2);
        table.putShort(98, (short) NO_C2);
        table.put(108, (byte) CMOS_CENTURY);
        int keyboard = platform.keyboard() ? KEYBOARD : 0;
        table.putShort(109, (short) (LEGACY_DEVICES | keyboard | NO_DISPLAY));
        table.putInt(112, WBINVD | C1 | NO_SLEEP_BUTTON | NO_CLOCK_WAKE | RESET_REGISTER);
        ports(table, 116, power.resetPort(), 1);
        table.put(128, (byte) power.resetValue());
        ports(table, 148, power.block(), 4);
        ports(table, 172, power.block() + CONTROL_OFFSET, 2);
        ports(table, 208, power.block() + TIMER_OFFSET, 4);
        ports(table, 220, power.events(), power.eventBytes());
        return table.array();
    }

    /** A generic address (5.2.3.1) in the space of ports. */
    private static void ports(ByteBuffer table, int offset, int port, int bytes) {
        table.put(offset, (byte) 1);
        table.put(offset + 1, (byte) (8 * bytes));
        table.putLong(offset + 4, port);
    }
}
