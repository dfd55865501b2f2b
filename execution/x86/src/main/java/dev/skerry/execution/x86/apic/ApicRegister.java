package dev.skerry.execution.x86.apic;

/**
 * The local APIC's registers in the manual's order: Intel SDM 3A, tables 12-1 and 12-6 (10-1 and
 * 10-6 in editions before 2023). Offsets are bytes in the xAPIC's page; the x2APIC's MSR is 0x800 +
 * offset / 16.
 */
enum ApicRegister {
    ID(0x020, Access.READ, Access.READ, 0, 0),
    VERSION(0x030, Access.READ, Access.READ, 0, 0x0005_0014),
    TPR(0x080, Access.BOTH, Access.BOTH, 0xff, 0),
    PPR(0x0a0, Access.READ, Access.READ, 0, 0),
    EOI(0x0b0, Access.WRITE, Access.WRITE, 0, 0),
    LDR(0x0d0, Access.BOTH, Access.READ, 0xff00_0000, 0),
    DFR(0x0e0, Access.BOTH, Access.NONE, 0xf000_0000, 0xffff_ffff),
    SVR(0x0f0, Access.BOTH, Access.BOTH, 0x3ff, 0xff),
    ISR(0x100, 8, Access.READ),
    TMR(0x180, 8, Access.READ),
    IRR(0x200, 8, Access.READ),
    ESR(0x280, Access.BOTH, Access.BOTH, 0, 0),
    ICR_LOW(0x300, Access.BOTH, Access.BOTH, 0x000c_cfff, 0),
    ICR_HIGH(0x310, Access.BOTH, Access.NONE, 0xff00_0000, 0),
    LVT_TIMER(0x320, Access.BOTH, Access.BOTH, 0x0007_00ff, 0x0001_0000),
    LVT_THERMAL(0x330, Access.BOTH, Access.BOTH, 0x0001_07ff, 0x0001_0000),
    LVT_PERFORMANCE(0x340, Access.BOTH, Access.BOTH, 0x0001_07ff, 0x0001_0000),
    LVT_LINT0(0x350, Access.BOTH, Access.BOTH, 0x0001_a7ff, 0x0001_0000),
    LVT_LINT1(0x360, Access.BOTH, Access.BOTH, 0x0001_a7ff, 0x0001_0000),
    LVT_ERROR(0x370, Access.BOTH, Access.BOTH, 0x0001_00ff, 0x0001_0000),
    INITIAL_COUNT(0x380, Access.BOTH, Access.BOTH, 0xffff_ffff, 0),
    CURRENT_COUNT(0x390, Access.READ, Access.READ, 0, 0),
    DIVIDE(0x3e0, Access.BOTH, Access.BOTH, 0xb, 0),
    SELF_IPI(0x3f0, Access.NONE, Access.WRITE, 0xff, 0);

    /** Who may do what with it. */
    enum Access {
        NONE,
        READ,
        WRITE,
        BOTH;

        boolean reads() {
            return this == READ || this == BOTH;
        }

        boolean writes() {
            return this == WRITE || this == BOTH;
        }
    }

    private static final ApicRegister[] BY_INDEX = new ApicRegister[64];

    static {
        for (ApicRegister register : values()) {
            for (int i = 0; i < register.count; i++) {
                int index = (register.offset >>> 4) + i;
                if (BY_INDEX[index] != null) {
                    throw new AssertionError(register + " overlaps " + BY_INDEX[index]);
                }
                BY_INDEX[index] = register;
            }
        }
    }

    final int offset;

    /** How many of 32 bits there are, 16 bytes apart. */
    final int count;

    final Access xapic;
    final Access x2apic;

    /** Bits that may be written. */
    final int writable;

    final int reset;

    ApicRegister(int offset, Access xapic, Access x2apic, int writable, int reset) {
        this.offset = offset;
        count = 1;
        this.xapic = xapic;
        this.x2apic = x2apic;
        this.writable = writable;
        this.reset = reset;
    }

    ApicRegister(int offset, int count, Access access) {
        this.offset = offset;
        this.count = count;
        xapic = access;
        x2apic = access;
        writable = 0;
        reset = 0;
    }

    /** The register at an offset / 16, 0 to 63, or null. */
    static ApicRegister at(int index) {
        return BY_INDEX[index];
    }

    boolean isLvt() {
        return ordinal() >= LVT_TIMER.ordinal() && ordinal() <= LVT_ERROR.ordinal();
    }
}
