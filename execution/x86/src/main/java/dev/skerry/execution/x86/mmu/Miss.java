package dev.skerry.execution.x86.mmu;

/**
 * Thrown by {@link Hits} where an address is not in the TLB. Nothing has been done then. There is one,
 * without a stack trace: to the code that catches it it is a jump.
 */
public final class Miss extends RuntimeException {
    static final Miss MISS = new Miss();

    private static final long serialVersionUID = 1;

    private Miss() {
        super("not in the TLB", null, false, false);
    }
}
