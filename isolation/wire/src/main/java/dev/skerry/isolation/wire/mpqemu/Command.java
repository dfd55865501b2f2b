package dev.skerry.isolation.wire.mpqemu;

import dev.skerry.isolation.wire.ProtocolException;

/**
 * What a message asks for. Open: a number from the wire that has no name stays a number.
 *
 * @param value the number on the wire
 */
public record Command(int value) {
    /** The guest's memory map: one region and one descriptor each, no reply. */
    public static final int SYNC_SYSMEM = 0;

    /** The reply to any request that has one. */
    public static final int RET = 1;

    /** Write to configuration space. */
    public static final int PCI_CFGWRITE = 2;

    /** Read from configuration space. */
    public static final int PCI_CFGREAD = 3;

    /** Write to a BAR, by address. */
    public static final int BAR_WRITE = 4;

    /** Read from a BAR, by address. */
    public static final int BAR_READ = 5;

    /** The interrupt's and the resample event counters, no reply. */
    public static final int SET_IRQFD = 6;

    /** Reset the device. */
    public static final int DEVICE_RESET = 7;

    private static final String[] NAMES = {
        "SYNC_SYSMEM",
        "RET",
        "PCI_CFGWRITE",
        "PCI_CFGREAD",
        "BAR_WRITE",
        "BAR_READ",
        "SET_IRQFD",
        "DEVICE_RESET"
    };

    /** The payload of each command; RET may also be empty, as the reply to DEVICE_RESET is. */
    private static final int[] PAYLOADS = {
        SystemMemoryMap.BYTES,
        Reply.PAYLOAD_BYTES,
        ConfigAccess.BYTES,
        ConfigAccess.BYTES,
        BarAccess.BYTES,
        BarAccess.BYTES,
        0,
        0
    };

    /** The descriptors SET_IRQFD carries. */
    public static final int IRQ_FDS = 2;

    /** Checks a header's size against its command. */
    static int requirePayload(int command, long size) throws ProtocolException {
        if (command < 0 || command >= PAYLOADS.length) {
            throw new ProtocolException("command " + new Command(command));
        }
        boolean emptyReply = command == RET && size == 0;
        if (size != PAYLOADS[command] && !emptyReply) {
            throw new ProtocolException(
                    String.format(
                            "%s with size 0x%x, wanted 0x%x",
                            new Command(command), size, PAYLOADS[command]));
        }
        return (int) size;
    }

    /** Checks how many descriptors came with a message. */
    public static void requireFds(int command, int count) throws ProtocolException {
        boolean right =
                switch (command) {
                    case SYNC_SYSMEM -> count <= SystemMemoryMap.MOST_REGIONS;
                    case SET_IRQFD -> count == IRQ_FDS;
                    default -> count == 0;
                };
        if (!right) {
            throw new ProtocolException(
                    String.format(
                            "%s with %d descriptors, wanted %s",
                            new Command(command),
                            count,
                            command == SYNC_SYSMEM
                                    ? "at most " + SystemMemoryMap.MOST_REGIONS
                                    : command == SET_IRQFD ? IRQ_FDS : 0));
        }
    }

    @Override
    public String toString() {
        return value >= 0 && value < NAMES.length
                ? NAMES[value]
                : "0x" + Integer.toHexString(value) + " unknown";
    }
}
