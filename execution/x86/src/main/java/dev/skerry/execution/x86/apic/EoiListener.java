package dev.skerry.execution.x86.apic;

/** Who is told of the end of level-triggered interrupts: I/O APICs. */
public interface EoiListener {
    /** A CPU is done with a vector. Called on its thread, with no lock held. */
    void endOfInterrupt(int vector);
}
