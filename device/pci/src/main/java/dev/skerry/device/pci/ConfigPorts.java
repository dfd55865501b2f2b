package dev.skerry.device.pci;

import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

/**
 * Configuration mechanism 1 (PCI 3.0, 3.2.2.3.2): the address register, taken as a dword alone, and
 * a window of four bytes onto the dword it names. As in QEMU the address' low two bits count, and
 * whatever is read of the address register begins with its lowest byte.
 *
 * <p>A PC has another register in the middle of the address register: port 0xcf9, a byte.
 *
 * <p>The address belongs to the machine, not to a CPU; guests serialise its use themselves.
 */
public final class ConfigPorts {
    private static final int ENABLE = 0x8000_0000;
    private static final int BUS = 0xff_0000;

    private final PciRootBus bus;
    private final IoRegion resetControl;
    private final IoRegion address =
            new IoRegion("pci-config-address", 4, AccessSizes.ANY, new Address());
    private final IoRegion data =
            new IoRegion("pci-config-data", 4, AccessSizes.handled(1, 4), new Data());
    private volatile int selected;

    /**
     * @param resetControl what answers byte accesses to the address register's second byte
     */
    public ConfigPorts(PciRootBus bus, IoRegion resetControl) {
        this.bus = bus;
        this.resetControl = resetControl;
    }

    /** CONFIG_ADDRESS, 4 bytes, on a PC at port 0xcf8. */
    public IoRegion address() {
        return address;
    }

    /** CONFIG_DATA, 4 bytes, on a PC at port 0xcfc. */
    public IoRegion data() {
        return data;
    }

    /** As after power-on. */
    public void reset() {
        selected = 0;
    }

    private final class Address implements IoHandler {
        @Override
        public long read(long offset, int size) {
            if (offset == 1 && size == 1) {
                return resetControl.read(0, 1);
            }
            return selected;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (offset == 1 && size == 1) {
                resetControl.write(0, 1, value);
            } else if (size == 4) {
                selected = (int) value;
            }
        }
    }

    private final class Data implements IoHandler {
        private static boolean isBus0(int address) {
            return (address & (ENABLE | BUS)) == ENABLE;
        }

        @Override
        public long read(long offset, int size) {
            int at = selected;
            return isBus0(at)
                    ? bus.readConfig(at >> 8 & 0xff, at & 0xff | (int) offset, size)
                    : AccessSizes.ones(size);
        }

        @Override
        public void write(long offset, int size, long value) {
            int at = selected;
            if (isBus0(at)) {
                bus.writeConfig(at >> 8 & 0xff, at & 0xff | (int) offset, size, value);
            }
        }
    }
}
