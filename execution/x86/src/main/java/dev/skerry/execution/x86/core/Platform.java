package dev.skerry.execution.x86.core;

/**
 * What instructions reach outside the registers and memory of their CPU: identification, MSRs,
 * time, the local APIC and the interrupt controller behind it. Called on the vCPU's thread, but for
 * {@link #wake}.
 */
public interface Platform {
    /**
     * CPUID: sets RAX, RBX, RCX and RDX from EAX and ECX.
     */
    void cpuid(Core core);

    /**
     * RDMSR.
     *
     * @throws dev.skerry.execution.x86.state.GuestFault #GP(0) for one that does not exist
     */
    long readMsr(Core core, int number);

    /** WRMSR; #GP(0) for one that does not exist, is read-only, or for a reserved bit. */
    void writeMsr(Core core, int number, long value);

    /** The time stamp counter. */
    long timeStamp();

    /** CR8: the upper four bits of the local APIC's task priority. */
    int taskPriority();

    void setTaskPriority(int value);

    /**
     * Takes the interrupt of the highest priority, if there is one that may be delivered.
     *
     * @return its vector, or -1
     */
    int acknowledgeInterrupt();

    /** INIT: the CPU is reset but for what INIT leaves (Intel SDM 3A, table 9-1), and waits. */
    void initialize(Core core);

    /** A startup message: if the CPU waits for one, it begins at the page the message names. */
    void startUp(Core core);

    /** Random bits from the host. */
    long random();

    /** The next instruction or wait begins a spin: let others run. */
    void pause();

    /**
     * Sleeps until something is requested of the core that it can act on: while interrupts are
     * disabled, {@link Core#INTERRUPT} alone is no reason to wake.
     */
    void waitForRequest(Core core);

    /** Ends {@link #waitForRequest}. From any thread. */
    void wake();

    /**
     * An instruction that this CPU does not know or implement: counted, and logged with its bytes.
     */
    void unknownInstruction(Core core, long rip);

    /**
     * An x87 exception is pending and CR0.NE keeps it from being raised: logged. PCs of old have their
     * interrupt 13 for this.
     */
    void floatingPointError();
}
