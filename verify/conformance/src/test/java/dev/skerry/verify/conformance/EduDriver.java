package dev.skerry.verify.conformance;

import java.io.IOException;

/**
 * What a student's driver for edu does, by its specification. Its 64-bit registers are used with 32
 * bits, which is all that comes through stock QEMU's proxy.
 */
final class EduDriver {
    static final int IDENTIFICATION = 0x00;
    static final int LIVENESS = 0x04;
    static final int FACTORIAL = 0x08;
    static final int STATUS = 0x20;
    static final int INTERRUPTS = 0x24;
    static final int RAISE = 0x60;
    static final int ACKNOWLEDGE = 0x64;
    static final int DMA_SOURCE = 0x80;
    static final int DMA_DESTINATION = 0x88;
    static final int DMA_COUNT = 0x90;
    static final int DMA_COMMAND = 0x98;
    static final int COMPUTING = 1;
    static final int INTERRUPT_WHEN_COMPUTED = 0x80;
    static final long BUFFER = 0x40000;
    static final int START = 1;
    static final int TO_MEMORY = 2;
    static final int INTERRUPT_WHEN_DONE = 4;

    private EduDriver() {}

    static long factorial(GuestDevice edu, int of) throws IOException {
        edu.write(FACTORIAL, 4, of);
        edu.awaitClear(STATUS, 4, COMPUTING);
        return edu.read(FACTORIAL, 4);
    }

    /** Starts a transfer and waits for its end. */
    static void transfer(GuestDevice edu, long from, long to, long count, int flags)
            throws IOException {
        edu.write(DMA_SOURCE, 4, from);
        edu.write(DMA_DESTINATION, 4, to);
        edu.write(DMA_COUNT, 4, count);
        edu.write(DMA_COMMAND, 4, START | flags);
        edu.awaitClear(DMA_COMMAND, 4, START);
    }
}
