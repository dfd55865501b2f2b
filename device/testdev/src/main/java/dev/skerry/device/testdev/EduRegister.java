package dev.skerry.device.testdev;

import dev.skerry.device.api.Register;
import dev.skerry.device.api.RegisterTable;

/** The registers of {@link Edu}, in the order of its specification. */
enum EduRegister implements Register {
    /** 0xRRrr00ed: major and minor version, then the device's signature. */
    IDENTIFICATION(0x00, 4, Access.READ_ONLY, 0x010000ed),
    /** Reads as the complement of what was written. */
    LIVENESS(0x04, 4, Access.READ_WRITE, 0),
    FACTORIAL(0x08, 4, Access.READ_WRITE, 0),
    STATUS(0x20, 4, Access.READ_WRITE, 0),
    INTERRUPT_STATUS(0x24, 4, Access.READ_ONLY, 0),
    INTERRUPT_RAISE(0x60, 4, Access.WRITE_ONLY, 0),
    INTERRUPT_ACKNOWLEDGE(0x64, 4, Access.WRITE_ONLY, 0),
    DMA_SOURCE(0x80, 8, Access.READ_WRITE, 0),
    DMA_DESTINATION(0x88, 8, Access.READ_WRITE, 0),
    DMA_COUNT(0x90, 8, Access.READ_WRITE, 0),
    DMA_COMMAND(0x98, 8, Access.READ_WRITE, 0);

    static final RegisterTable<EduRegister> TABLE = new RegisterTable<>(values());

    private final int offset;
    private final int sizeBytes;
    private final Access access;
    private final long resetValue;

    EduRegister(int offset, int sizeBytes, Access access, long resetValue) {
        this.offset = offset;
        this.sizeBytes = sizeBytes;
        this.access = access;
        this.resetValue = resetValue;
    }

    @Override
    public int offset() {
        return offset;
    }

    @Override
    public int sizeBytes() {
        return sizeBytes;
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
