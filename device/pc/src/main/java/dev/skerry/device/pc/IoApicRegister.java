package dev.skerry.device.pc;

import dev.skerry.device.api.Register;
import dev.skerry.device.api.RegisterTable;

/**
 * The memory-mapped registers of {@link IoApic} (Intel 82093AA data sheet; the last is that of
 * version 0x20, as in the ICH's data sheets).
 */
enum IoApicRegister implements Register {
    IOREGSEL(0x00, Access.READ_WRITE),
    IOWIN(0x10, Access.READ_WRITE),
    EOIR(0x40, Access.WRITE_ONLY);

    static final RegisterTable<IoApicRegister> TABLE = new RegisterTable<>(values());

    private final int offset;
    private final Access access;

    IoApicRegister(int offset, Access access) {
        this.offset = offset;
        this.access = access;
    }

    @Override
    public int offset() {
        return offset;
    }

    @Override
    public int sizeBytes() {
        return 4;
    }

    @Override
    public Access access() {
        return access;
    }

    @Override
    public long resetValue() {
        return 0;
    }
}
