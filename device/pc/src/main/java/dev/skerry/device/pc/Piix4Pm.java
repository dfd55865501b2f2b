package dev.skerry.device.pc;

import dev.skerry.device.pci.ConfigEffects;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AccessGuard;
import dev.skerry.platform.memory.Container;

/**
 * The power management function of a {@code pc}: function 3 of Intel's 82371AB, PIIX4 (data sheet
 * 290562-001, April 1997), which QEMU's machine has beside a PIIX3. It places {@link
 * PowerManagement}'s registers where PMBA says while PMREGMISC enables them. Driven by SeaBIOS.
 *
 * <p>There is no system management mode, so SMIs look armed already (DEVACTB, bit 25): firmware
 * then leaves them alone. The SMBus controller is not there and not enabled.
 *
 * <p>Owned by one device thread, the same as the {@link PowerManagement}.
 */
public final class Piix4Pm implements PciDevice {
    /** Ports the block takes. */
    public static final int BLOCK_PORTS = 64;

    private static final PciIdentity IDENTITY = new PciIdentity(0x8086, 0x7113, 0x03, 0x068000);
    private static final int BASE = 0x40;
    private static final int BASE_BITS = 0xffc0;
    private static final int DEVICE_ACTIVITY = 0x58;
    private static final int SMI_ARMED = 1 << 25;
    private static final int MISCELLANEOUS = 0x80;

    private final PciFunction function;
    private final MovableRegion block;

    /**
     * @param ports the machine's ports
     * @param guard what accesses to the block pass
     */
    public Piix4Pm(Log log, Container ports, PowerManagement pm, AccessGuard guard) {
        function = new PciFunction(IDENTITY, log);
        function.setConfig(0x06, 2, 0x0280);
        function.setInterruptPin(1);
        function.setConfig(BASE, 1, 1);
        function.setConfig(DEVICE_ACTIVITY, 4, SMI_ARMED);
        function.setConfig(0x5f, 1, 0x10);
        function.setConfig(0x63, 1, 0x60);
        function.setConfigEffects(new Registers());
        Container registers = new Container("piix4-pm", BLOCK_PORTS);
        registers.add(pm.events().guardedBy(guard), 0);
        registers.add(pm.control().guardedBy(guard), 4);
        registers.add(pm.timer().guardedBy(guard), 8);
        block = new MovableRegion(ports, registers);
    }

    @Override
    public PciFunction function() {
        return function;
    }

    private void arrange() {
        boolean enabled = (function.config(MISCELLANEOUS, 1) & 1) != 0;
        int base = function.config(BASE, 4) & BASE_BITS;
        block.place(enabled && base != 0 ? base : MovableRegion.NOWHERE);
    }

    /** What firmware does, for a kernel that is started without: the block is at a port. */
    public void placeBlock(int port) {
        function.setConfig(BASE, 4, port | 1);
        function.setConfig(MISCELLANEOUS, 1, 1);
        arrange();
    }

    private final class Registers implements ConfigEffects {
        @Override
        public void written(int offset, int size, long value) {
            if (offset >= BASE && offset <= MISCELLANEOUS) {
                arrange();
            }
        }
    }

    @Override
    public void reset() {
        function.reset();
        arrange();
    }
}
