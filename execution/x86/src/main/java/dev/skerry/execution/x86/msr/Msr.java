package dev.skerry.execution.x86.msr;

/**
 * The model-specific registers, by number: Intel SDM 4, chapter 2. The x2APIC's are with {@link
 * dev.skerry.execution.x86.apic.LocalApic}. One that is not here does not exist: #GP(0).
 */
enum Msr {
    TIME_STAMP_COUNTER(0x10, Access.BOTH, 0, -1),
    PLATFORM_ID(0x17, Access.READ, 0, 0),
    APIC_BASE(0x1b, Access.BOTH, 0, -1),
    /** Locked, with nothing in it switched on. */
    FEATURE_CONTROL(0x3a, Access.READ, 1, 0),
    TSC_ADJUST(0x3b, Access.BOTH, 0, -1),
    /** A microcode update is taken and not looked at. */
    BIOS_UPDATE_TRIGGER(0x79, Access.WRITE, 0, -1),
    /** The microcode's revision, in the upper half; software writes 0 and asks CPUID before. */
    BIOS_SIGNATURE_ID(0x8b, Access.BOTH, 1L << 32, -1),
    /** The ratio of the time stamp's frequency to 100 MHz in bits 8 to 15. */
    PLATFORM_INFO(0xce, Access.READ, 10 << 8, 0),
    /** Eight variable ranges, fixed ranges, write-combining. */
    MTRR_CAPABILITIES(0xfe, Access.READ, 0x508, 0),
    /**
     * Not subject to: rogue data cache load, L1 terminal fault, speculative store bypass,
     * microarchitectural data sampling, machine check on page size change, TSX abort.
     */
    ARCH_CAPABILITIES(0x10a, Access.READ, 0x179, 0),
    SYSENTER_CS(0x174, Access.BOTH, 0, 0xffff_ffffL),
    SYSENTER_ESP(0x175, Access.BOTH, 0, -1),
    SYSENTER_EIP(0x176, Access.BOTH, 0, -1),
    /** No banks of machine check registers. */
    MCG_CAPABILITIES(0x179, Access.READ, 0, 0),
    MCG_STATUS(0x17a, Access.BOTH, 0, 7),
    PERFORMANCE_STATUS(0x198, Access.READ, 10 << 8, 0),
    /** Fast strings; no branch trace storage, no precise event sampling. */
    MISC_ENABLE(0x1a0, Access.BOTH, 0x1801, -1),
    /** Kept and without effect: last branch records and single steps by branch. */
    DEBUG_CONTROL(0x1d9, Access.BOTH, 0, 3),
    /** Pairs of base and mask. */
    MTRR_VARIABLE(0x200, 16, 0, -1),
    MTRR_FIXED_64K(0x250, 1, 0, -1),
    MTRR_FIXED_16K(0x258, 2, 0, -1),
    MTRR_FIXED_4K(0x268, 8, 0, -1),
    PAT(0x277, Access.BOTH, 0x0007_0406_0007_0406L, -1),
    MTRR_DEFAULT(0x2ff, Access.BOTH, 0, 0xcff),
    TSC_DEADLINE(0x6e0, Access.BOTH, 0, -1),
    EFER(0xc000_0080, Access.BOTH, 0, -1),
    STAR(0xc000_0081, Access.BOTH, 0, -1),
    LSTAR(0xc000_0082, Access.BOTH, 0, -1),
    CSTAR(0xc000_0083, Access.BOTH, 0, -1),
    SFMASK(0xc000_0084, Access.BOTH, 0, 0xffff_ffffL),
    FS_BASE(0xc000_0100, Access.BOTH, 0, -1),
    GS_BASE(0xc000_0101, Access.BOTH, 0, -1),
    KERNEL_GS_BASE(0xc000_0102, Access.BOTH, 0, -1),
    TSC_AUX(0xc000_0103, Access.BOTH, 0, 0xffff_ffffL);

    /** Who may do what with it. */
    enum Access {
        READ,
        WRITE,
        BOTH
    }

    private static final int LOW = 0x700;
    private static final int HIGH_BASE = 0xc000_0080;
    private static final int HIGH = 0x84;
    private static final Msr[] BY_NUMBER = new Msr[LOW + HIGH];

    /** How many numbers there are in all. */
    static final int COUNT;

    static {
        int slot = 0;
        for (Msr msr : values()) {
            msr.slot = slot;
            slot += msr.count;
            for (int i = 0; i < msr.count; i++) {
                int index = index(msr.number + i);
                if (BY_NUMBER[index] != null) {
                    throw new AssertionError(msr + " overlaps " + BY_NUMBER[index]);
                }
                BY_NUMBER[index] = msr;
            }
        }
        COUNT = slot;
    }

    final int number;

    /** How many consecutive numbers it has. */
    final int count;

    final Access access;
    final long reset;

    /** Bits that may be set; any other is #GP(0). */
    final long writable;

    /** Where the first one's value is kept, if it is no more than its value. */
    private int slot;

    Msr(int number, Access access, long reset, long writable) {
        this(number, 1, access, reset, writable);
    }

    Msr(int number, int count, long reset, long writable) {
        this(number, count, Access.BOTH, reset, writable);
    }

    Msr(int number, int count, Access access, long reset, long writable) {
        this.number = number;
        this.count = count;
        this.access = access;
        this.reset = reset;
        this.writable = writable;
    }

    private static int index(int number) {
        if (number >= 0 && number < LOW) {
            return number;
        }
        int high = number - HIGH_BASE;
        return high >= 0 && high < HIGH ? LOW + high : -1;
    }

    /** The register of a number, or null. */
    static Msr of(int number) {
        int index = index(number);
        return index < 0 ? null : BY_NUMBER[index];
    }

    int slot(int at) {
        return slot + at - number;
    }
}
