package dev.skerry.vmm.boot;

/**
 * One line of the map of memory a kernel is given, as firmware's E820 call reports it (ACPI
 * specification 6.5, section 15.1).
 *
 * @param type one of the constants here
 */
public record MemoryRange(long gpa, long sizeBytes, int type) {
    /** RAM for the kernel to use. */
    public static final int USABLE = 1;

    /** Not to be used. */
    public static final int RESERVED = 2;

    /** RAM that holds ACPI tables, usable when they have been read. */
    public static final int ACPI_RECLAIMABLE = 3;

    public long endGpa() {
        return gpa + sizeBytes;
    }
}
