package dev.skerry.device.pc;

/**
 * What a guest can have done with the whole machine. Called on the device thread, in the middle of
 * an access: it is to be noted and done later, not in the call.
 */
public interface MachinePower {
    /** All devices and CPUs back to power-on. */
    void reset();

    /** The machine is off: ACPI's S5. */
    void powerOff();
}
