package dev.skerry.device.pc;

/**
 * Where {@link IoApic} sends its interrupts: the local APICs. Called inside the I/O APIC's monitor,
 * from device and vCPU threads; must neither block nor call back.
 */
@FunctionalInterface
public interface ApicMessages {
    /**
     * @param destination an APIC id, or with {@code logical} a set of them; 8 bits
     * @param deliveryMode 0 fixed, 1 lowest priority, 2 SMI, 4 NMI, 5 INIT, 7 ExtINT
     * @param vector 0 to 255; of no meaning where the mode has none
     * @param level whether {@link IoApic#endOfInterrupt} has to follow
     */
    void deliver(int destination, boolean logical, int deliveryMode, int vector, boolean level);
}
