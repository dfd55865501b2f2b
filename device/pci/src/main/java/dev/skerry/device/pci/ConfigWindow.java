package dev.skerry.device.pci;

import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

/**
 * PCI Express' enhanced configuration access mechanism (PCI Express 2.0, 7.2.2): 4096 bytes a
 * function, 1 MiB a bus. There is bus 0 alone, and its functions are conventional ones: what lies
 * past their 256 bytes reads as ones.
 */
public final class ConfigWindow implements IoHandler {
    private static final int FUNCTION_BYTES = 0x1000;
    private static final int BUS_BYTES = 1 << 20;

    private final PciRootBus bus;

    private ConfigWindow(PciRootBus bus) {
        this.bus = bus;
    }

    /**
     * A window for the machine's map.
     *
     * @param buses 1 to 256
     */
    public static IoRegion region(PciRootBus bus, int buses) {
        return new IoRegion(
                "pcie-mmcfg",
                (long) BUS_BYTES * buses,
                AccessSizes.handled(1, 4),
                new ConfigWindow(bus));
    }

    @Override
    public long read(long offset, int size) {
        return offset < BUS_BYTES
                ? bus.readConfig((int) offset / FUNCTION_BYTES, (int) offset % FUNCTION_BYTES, size)
                : AccessSizes.ones(size);
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset < BUS_BYTES) {
            bus.writeConfig(
                    (int) offset / FUNCTION_BYTES, (int) offset % FUNCTION_BYTES, size, value);
        }
    }
}
