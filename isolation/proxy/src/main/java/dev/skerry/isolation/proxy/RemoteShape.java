package dev.skerry.isolation.proxy;

import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.PciIdentity;

import java.util.ArrayList;
import java.util.List;

/**
 * What a device elsewhere looks like to its bus, as its configuration space says: what a machine must
 * know to decode for it. Source: PCI Local Bus Specification 3.0, 6.1 and 6.2.5.
 *
 * @param interruptPin 1 for INTA# to 4 for INTD#, 0 for none
 * @param windows its BARs and ROM, in the order of their indices
 */
record RemoteShape(PciIdentity identity, int interruptPin, List<Window> windows) {
    private static final int COMMAND = 0x04;
    private static final int HEADER_TYPE = 0x0e;
    private static final int FIRST_BAR = 0x10;
    private static final int BARS = 6;
    private static final int ROM = 0x30;

    private static final long DWORD = 0xffff_ffffL;
    private static final long ROM_ADDRESS = 0xffff_f800L;
    private static final long MEMORY_ADDRESS = ~0xfL;
    private static final long PORT_ADDRESS = 0xfffcL;

    /**
     * One BAR, or the ROM.
     *
     * @param index 0 to 5, or {@link Bar#ROM_INDEX}
     * @param sizeBytes a power of two
     */
    record Window(int index, Bar.Kind kind, long sizeBytes) {}

    /**
     * Finds out. The device decodes nothing meanwhile and is left as it was found.
     *
     * @throws LinkException if it does not answer, or with what no device can be
     */
    static RemoteShape of(DeviceLink link) throws LinkException {
        int vendor = word(link, 0x00);
        if (vendor == 0xffff) {
            throw new LinkException("there is no PCI function: its vendor id is 0xffff");
        }
        int headerType = word(link, HEADER_TYPE) & 0x7f;
        if (headerType != 0) {
            throw new LinkException("its header is of type " + headerType + ", wanted 0");
        }
        int device = word(link, 0x02);
        int revisionAndClass = (int) link.readConfig(0x08, 4);
        PciIdentity identity =
                new PciIdentity(
                        vendor,
                        device,
                        revisionAndClass & 0xff,
                        revisionAndClass >>> 8,
                        word(link, 0x2c),
                        word(link, 0x2e));
        int pin = word(link, 0x3c) >>> 8;
        if (pin > 4) {
            throw new LinkException("its interrupt pin is " + pin + ", wanted 0 to 4");
        }
        int command = word(link, COMMAND);
        link.writeConfig(COMMAND, 2, 0);
        List<Window> windows = windows(link);
        link.writeConfig(COMMAND, 2, command);
        return new RemoteShape(identity, pin, windows);
    }

    private static int word(DeviceLink link, int offset) throws LinkException {
        return (int) link.readConfig(offset, 2) & 0xffff;
    }

    private static List<Window> windows(DeviceLink link) throws LinkException {
        List<Window> windows = new ArrayList<>();
        for (int index = 0; index < BARS; ) {
            Window window = bar(link, index);
            if (window != null) {
                windows.add(window);
            }
            index += window != null && window.kind().is64Bit() ? 2 : 1;
        }
        long rom = sizing(link, ROM, ROM_ADDRESS) & ROM_ADDRESS;
        if (rom != 0) {
            windows.add(window(Bar.ROM_INDEX, Bar.Kind.ROM, rom, DWORD));
        }
        return windows;
    }

    /** A BAR's window, or null if there is none. */
    private static Window bar(DeviceLink link, int index) throws LinkException {
        int offset = FIRST_BAR + 4 * index;
        long low = sizing(link, offset, DWORD);
        if ((low & 1) != 0) {
            long ports = low & PORT_ADDRESS;
            return ports == 0 ? null : window(index, Bar.Kind.IO, ports, 0xffff);
        }
        boolean prefetchable = (low & 0x8) != 0;
        if ((low & 0x6) != 0x4) {
            Bar.Kind kind = prefetchable ? Bar.Kind.MEMORY_32_PREFETCHABLE : Bar.Kind.MEMORY_32;
            long memory = low & MEMORY_ADDRESS;
            return memory == 0 ? null : window(index, kind, memory, DWORD);
        }
        if (index == BARS - 1) {
            throw new LinkException("its last BAR is a 64-bit one");
        }
        long memory = sizing(link, offset + 4, DWORD) << 32 | low & MEMORY_ADDRESS;
        Bar.Kind kind = prefetchable ? Bar.Kind.MEMORY_64_PREFETCHABLE : Bar.Kind.MEMORY_64;
        return window(index, kind, memory, -1);
    }

    /** What a register reads after ones have been written to it; puts back what was there. */
    private static long sizing(DeviceLink link, int offset, long ones) throws LinkException {
        long before = link.readConfig(offset, 4) & DWORD;
        link.writeConfig(offset, 4, ones);
        long mask = link.readConfig(offset, 4) & DWORD;
        link.writeConfig(offset, 4, before);
        return mask;
    }

    /**
     * @param mask the address bits that can be set
     * @param all the address bits there are: those from the size's on must be settable
     */
    private static Window window(int index, Bar.Kind kind, long mask, long all)
            throws LinkException {
        long size = Long.lowestOneBit(mask);
        if (size <= 0 || mask != (-size & all)) {
            throw new LinkException(
                    String.format("%s %d has address bits 0x%x", kind, index, mask));
        }
        return new Window(index, kind, size);
    }
}
