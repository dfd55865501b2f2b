package dev.skerry.vmm.machine;

import dev.skerry.execution.x86.time.Clock;
import dev.skerry.platform.memory.Container;
import dev.skerry.vmm.boot.Entry;

/**
 * What executes a machine: its CPUs, their APICs, the interrupt controllers and the clock they go
 * by.
 */
interface Accelerator extends AutoCloseable {
    /** How many inputs the interrupt fabric has: GSIs 0 to 23. */
    int GSIS = 24;

    /** By QEMU's name. */
    String name();

    /** The time of CPUs and devices. It stands while the machine is paused. */
    Clock clock();

    /** Where interrupts go. */
    InterruptFabric interrupts();

    /** Whether it has a PC's timer (ports 0x40 to 0x43, 0x61) of its own. */
    default boolean hasTimer() {
        return false;
    }

    /** Puts what CPUs and interrupt controllers answer for into the machine's map. */
    void place(Container memory, Container ports);

    /** Lets CPUs and clock go. */
    void resume();

    /** Lets them stand; returns when they do. Not from a vCPU's thread. */
    void pause();

    /** Asks the CPUs to stand soon; from any thread, a vCPU's in the middle of an access included. */
    void pauseSoon();

    /** CPUs and interrupt controllers back to power-on, while they stand. */
    void reset();

    /** Puts the first CPU where a loader wants it, while it stands. */
    void enter(Entry entry);

    /** Opens or closes the A20 gate. */
    void setA20(boolean open);

    /** Somebody whose writes nobody sees may have written to memory. From any thread. */
    void memoryMayHaveChanged();

    @Override
    void close();
}
