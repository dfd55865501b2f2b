/**
 * The small devices every PC has had since 1984, as models without a bus of their own (ports and
 * registers as I/O regions, lines as {@link dev.skerry.device.api.InterruptLine}), and the chipsets
 * around them: host bridges, ISA bridges, power management, QEMU's firmware configuration.
 *
 * <p>Knows no CPU and no machine: who makes a device maps its regions and connects its lines. Each
 * is owned by one device thread or, inside a machine, by its lock; only {@link
 * dev.skerry.device.pc.Pic} and {@link dev.skerry.device.pc.IoApic} are also reached from others,
 * and say how. Enter by {@link dev.skerry.device.pc.Uart16550} and {@link
 * dev.skerry.device.pc.Ich9Lpc}.
 */
module dev.skerry.device.pc {
    requires transitive dev.skerry.device.pci;

    exports dev.skerry.device.pc;
}
