package dev.skerry.vmm.boot;

/**
 * The registers a kernel is entered with, on the first CPU. What is not named here has its value
 * after a reset, or 0; interrupts are disabled (RFLAGS is 2).
 */
public sealed interface Entry permits Linux64Entry, Multiboot32Entry {
    long rip();

    long rax();

    long rbx();

    long rsi();

    long cr0();

    long cr3();

    long cr4();

    /** With LME and LMA where the mode is a long one. */
    long efer();

    long gdtGpa();

    /** In bytes, the last offset. */
    int gdtLimit();

    FlatSegment code();

    /** For DS, ES, FS, GS and SS. */
    FlatSegment data();
}
