package dev.skerry.device.api;

/**
 * One register of a chip, in the order of its manual. Implemented by an enum of the device, whose
 * constants read like the manual's table: {@code SCNTL0(0x00, 1, RW, 0xC0)}.
 */
public interface Register {
    /** Who may do what with it. */
    enum Access {
        READ_ONLY,
        WRITE_ONLY,
        READ_WRITE
    }

    /** The enum constant's name, as in the manual. */
    String name();

    /** Bytes from the begin of the register file. */
    int offset();

    /** 1, 2, 4 or 8 bytes. */
    int sizeBytes();

    Access access();

    /** Its value after power-on. */
    long resetValue();
}
