package dev.skerry.device.pc;

import dev.skerry.device.api.Register;
import dev.skerry.device.api.RegisterTable;

/**
 * The registers of {@link Rtc}, in the order of Motorola's MC146818 data sheet, by their index; and
 * the century's byte, which is a convention of the PC's firmware (ACPI's FADT names it).
 */
enum RtcRegister implements Register {
    SECONDS(0x00, Access.READ_WRITE, 0),
    SECONDS_ALARM(0x01, Access.READ_WRITE, 0),
    MINUTES(0x02, Access.READ_WRITE, 0),
    MINUTES_ALARM(0x03, Access.READ_WRITE, 0),
    HOURS(0x04, Access.READ_WRITE, 0),
    HOURS_ALARM(0x05, Access.READ_WRITE, 0),
    DAY_OF_WEEK(0x06, Access.READ_WRITE, 0),
    DAY_OF_MONTH(0x07, Access.READ_WRITE, 0),
    MONTH(0x08, Access.READ_WRITE, 0),
    YEAR(0x09, Access.READ_WRITE, 0),
    /** Update in progress, divider, rate; 0x26 is the PC's: 32768 Hz, 1024 interrupts a second. */
    A(0x0a, Access.READ_WRITE, 0x26),
    /** Set, enables, formats; 0x02 is decimal and 24 hours. */
    B(0x0b, Access.READ_WRITE, 0x02),
    /** Flags; reading clears. */
    C(0x0c, Access.READ_ONLY, 0x00),
    /** Valid RAM and time. */
    D(0x0d, Access.READ_ONLY, 0x80),
    CENTURY(0x32, Access.READ_WRITE, 0);

    static final RegisterTable<RtcRegister> TABLE = new RegisterTable<>(values());

    private final int offset;
    private final Access access;
    private final int resetValue;

    RtcRegister(int offset, Access access, int resetValue) {
        this.offset = offset;
        this.access = access;
        this.resetValue = resetValue;
    }

    @Override
    public int offset() {
        return offset;
    }

    @Override
    public int sizeBytes() {
        return 1;
    }

    @Override
    public Access access() {
        return access;
    }

    @Override
    public long resetValue() {
        return resetValue;
    }
}
