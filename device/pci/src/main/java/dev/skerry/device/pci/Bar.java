package dev.skerry.device.pci;

import dev.skerry.platform.memory.AccessGuard;
import dev.skerry.platform.memory.IoRegion;

/**
 * A base address register and the region it places (PCI 3.0, 6.2.5). Its {@link #address} follows
 * the configuration space; the device thread is the only one to look.
 */
public final class Bar {
    /** {@link #address} of a BAR that is not decoded. */
    public static final long NOT_DECODED = -1;

    /** The number of the expansion ROM's register among the BARs. */
    public static final int ROM_INDEX = 6;

    private static final long END_OF_IO = 0x1_0000L;
    private static final long LAST_OF_32_BITS = 0xffff_ffffL;

    /** What a BAR decodes, and what its low bits say. */
    public enum Kind {
        MEMORY_32(0x0, 16),
        MEMORY_32_PREFETCHABLE(0x8, 16),
        MEMORY_64(0x4, 16),
        MEMORY_64_PREFETCHABLE(0xc, 16),
        IO(0x1, 4),
        /** The expansion ROM; bit 0 is its own enable bit. */
        ROM(0x0, 2048);

        private final int lowBits;
        private final long leastBytes;

        Kind(int lowBits, long leastBytes) {
            this.lowBits = lowBits;
            this.leastBytes = leastBytes;
        }

        public boolean isIo() {
            return this == IO;
        }

        public boolean is64Bit() {
            return this == MEMORY_64 || this == MEMORY_64_PREFETCHABLE;
        }
    }

    private final int index;
    private final Kind kind;
    private final IoRegion region;
    private IoRegion placed;
    private long address = NOT_DECODED;

    Bar(int index, Kind kind, IoRegion region) {
        long size = region.sizeBytes();
        if (Long.bitCount(size) != 1 || size < kind.leastBytes) {
            throw new IllegalArgumentException(
                    kind
                            + " BAR of 0x"
                            + Long.toHexString(size)
                            + " bytes: not a power of two of at"
                            + " least "
                            + kind.leastBytes);
        }
        if (!kind.is64Bit() && size > 1L << 31 || kind.isIo() && size > END_OF_IO) {
            throw new IllegalArgumentException(kind + " BAR too large: " + region);
        }
        if ((kind == Kind.ROM) != (index == ROM_INDEX)) {
            throw new IllegalArgumentException(kind + " in BAR " + index);
        }
        this.index = index;
        this.kind = kind;
        this.region = region;
        placed = region;
    }

    void guardBy(AccessGuard guard) {
        placed = region.guardedBy(guard);
    }

    /** The region as the bus' spaces have it. */
    IoRegion placed() {
        return placed;
    }

    /** 0 to 5, or {@link #ROM_INDEX}. */
    public int index() {
        return index;
    }

    public Kind kind() {
        return kind;
    }

    public IoRegion region() {
        return region;
    }

    /** Where it is decoded now, a memory address or a port; or {@link #NOT_DECODED}. */
    public long address() {
        return address;
    }

    void setAddress(long address) {
        this.address = address;
    }

    /** Whether it is decoded and an address (of its own space) is in it. */
    public boolean contains(long busAddress) {
        return address != NOT_DECODED
                && busAddress >= address
                && busAddress - address < region.sizeBytes();
    }

    /** Where its register is in configuration space. */
    int configOffset() {
        return index == ROM_INDEX ? 0x30 : 0x10 + 4 * index;
    }

    /** Sets the register's fixed bits and its masks. */
    void declare(ConfigSpace config) {
        long mask = -region.sizeBytes() & (kind.isIo() ? ~0x3L : ~0xfL);
        config.set(configOffset(), 4, kind.lowBits);
        if (kind == Kind.ROM) {
            mask = -region.sizeBytes() | 1;
        }
        config.setWritable(configOffset(), 4, (int) mask);
        if (kind.is64Bit()) {
            config.setWritable(configOffset() + 4, 4, (int) (mask >>> 32));
        }
    }

    /**
     * The address the registers ask for, or {@link #NOT_DECODED}: 0, the all-ones pattern that
     * sizes a BAR, and what does not fit its space are not decoded.
     */
    long wantedAddress(ConfigSpace config, boolean ioEnabled, boolean memoryEnabled) {
        long low = config.get(configOffset(), 4) & 0xffff_ffffL;
        boolean enabled = kind.isIo() ? ioEnabled : memoryEnabled;
        if (!enabled || (kind == Kind.ROM && (low & 1) == 0)) {
            return NOT_DECODED;
        }
        long wanted = low & -region.sizeBytes();
        if (kind.is64Bit()) {
            long high = config.get(configOffset() + 4, 4) & 0xffff_ffffL;
            wanted = (high << 32 | low) & -region.sizeBytes();
        }
        long last = wanted + region.sizeBytes() - 1;
        if (wanted <= 0 || last <= wanted) {
            return NOT_DECODED;
        }
        if (kind.isIo()) {
            return last < END_OF_IO ? wanted : NOT_DECODED;
        }
        return kind.is64Bit() || last < LAST_OF_32_BITS ? wanted : NOT_DECODED;
    }

    @Override
    public String toString() {
        String name = kind == Kind.ROM ? "ROM" : "BAR" + index;
        return address == NOT_DECODED
                ? name + " not decoded"
                : String.format("%s at 0x%x, 0x%x bytes", name, address, region.sizeBytes());
    }
}
