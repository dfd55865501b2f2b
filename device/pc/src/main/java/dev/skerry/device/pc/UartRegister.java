package dev.skerry.device.pc;

import dev.skerry.device.api.Register;
import dev.skerry.device.api.RegisterTable;

/**
 * The registers of a 16550, in the order of National's PC16550D data sheet (June 1995).
 * What is at an offset depends on the direction, and on the divisor latch access bit (LCR bit 7).
 */
enum UartRegister implements Register {
    /** Receiver buffer. */
    RBR(0, Access.READ_ONLY, 0),
    /** Transmitter holding. */
    THR(0, Access.WRITE_ONLY, 0),
    /** Interrupt enable. */
    IER(1, Access.READ_WRITE, 0),
    /** Interrupt identification. */
    IIR(2, Access.READ_ONLY, 0x01),
    /** FIFO control. */
    FCR(2, Access.WRITE_ONLY, 0),
    /** Line control. */
    LCR(3, Access.READ_WRITE, 0),
    /** Modem control. */
    MCR(4, Access.READ_WRITE, 0),
    /** Line status; its writing is for factory tests. */
    LSR(5, Access.READ_ONLY, 0x60),
    /** Modem status: clear to send, data set ready and carrier are up from the start. */
    MSR(6, Access.READ_ONLY, 0xb0),
    /** Scratch. */
    SCR(7, Access.READ_WRITE, 0),
    /** Divisor latch, low byte; the data sheet leaves the reset value open, 12 is 9600 baud. */
    DLL(0, Access.READ_WRITE, 12),
    /** Divisor latch, high byte. */
    DLM(1, Access.READ_WRITE, 0);

    static final RegisterTable<UartRegister> READ =
            new RegisterTable<>(RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR);
    static final RegisterTable<UartRegister> WRITE =
            new RegisterTable<>(THR, IER, FCR, LCR, MCR, LSR, MSR, SCR);
    static final RegisterTable<UartRegister> READ_WITH_DIVISOR =
            new RegisterTable<>(DLL, DLM, IIR, LCR, MCR, LSR, MSR, SCR);
    static final RegisterTable<UartRegister> WRITE_WITH_DIVISOR =
            new RegisterTable<>(DLL, DLM, FCR, LCR, MCR, LSR, MSR, SCR);

    private final int offset;
    private final Access access;
    private final int resetValue;

    UartRegister(int offset, Access access, int resetValue) {
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
