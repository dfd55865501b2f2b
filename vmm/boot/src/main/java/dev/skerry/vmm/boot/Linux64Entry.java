package dev.skerry.vmm.boot;

/**
 * Linux' 64-bit entry: long mode, the first 4 GiB mapped to themselves, RSI at the zero page (Linux
 * kernel documentation, "The Linux/x86 Boot Protocol", 64-bit boot protocol).
 *
 * @param rip the kernel's {@code startup_64}
 * @param zeroPageGpa where {@code struct boot_params} is
 */
public record Linux64Entry(long rip, long zeroPageGpa) implements Entry {
    @Override
    public long rax() {
        return 0;
    }

    @Override
    public long rbx() {
        return 0;
    }

    @Override
    public long rsi() {
        return zeroPageGpa;
    }

    @Override
    public long cr0() {
        // PG, NE, ET, PE.
        return 0x8000_0031L;
    }

    @Override
    public long cr3() {
        return StartTables.PML4;
    }

    @Override
    public long cr4() {
        // PAE.
        return 0x20;
    }

    @Override
    public long efer() {
        // LMA, LME.
        return 0x500;
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
        return StartTables.CODE_64;
    }

    @Override
    public FlatSegment data() {
        return StartTables.DATA;
    }
}
