package dev.skerry.vmm.boot;

/**
 * The entry of a Multiboot kernel: protected mode without paging, EAX with the boot loader's magic
 * number, EBX at the information structure (Multiboot Specification 0.6.96, section 3.2).
 */
public record Multiboot32Entry(long rip, long infoGpa) implements Entry {
    /** What EAX holds. */
    public static final long MAGIC = 0x2bad_b002L;

    @Override
    public long rax() {
        return MAGIC;
    }

    @Override
    public long rbx() {
        return infoGpa;
    }

    @Override
    public long rsi() {
        return 0;
    }

    @Override
    public long cr0() {
        // ET, PE.
        return 0x11;
    }

    @Override
    public long cr3() {
        return 0;
    }

    @Override
    public long cr4() {
        return 0;
    }

    @Override
    public long efer() {
        return 0;
    }

    @Override
    public long gdtGpa() {
        return StartTables.GDT;
    }

    @Override
    public int gdtLimit() {
        return StartTables.GDT_LIMIT;
    }

    @Override
    public FlatSegment code() {
        return StartTables.CODE_32;
    }

    @Override
    public FlatSegment data() {
        return StartTables.DATA;
    }
}
