package dev.skerry.execution.x86.apic;

/** The CPU a local APIC belongs to. Called from any thread, with the APIC's lock held: must not wait. */
public interface ApicListener {
    /** An interrupt can be had, by {@link LocalApic#acknowledge}, once the CPU takes interrupts. */
    void interruptReady();

    void nmi();

    /** INIT: the CPU is to be reset and then to wait for a startup message. */
    void init();

    /** A startup message has come; its vector is in {@link LocalApic#startupVector}. */
    void startup();
}
