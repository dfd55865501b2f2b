package dev.skerry.execution.x86.apic;

/** The interrupt controller behind an interrupt line with delivery mode ExtINT: a pair of 8259As. */
public interface InterruptController {
    /** A machine without one. */
    InterruptController NONE = () -> -1;

    /**
     * The CPU's acknowledge cycle. Called on the vCPU's thread, with no lock held. The controller
     * may change its line meanwhile.
     *
     * @return the vector, 0 to 255, or -1 if there is nothing to acknowledge
     */
    int acknowledge();
}
