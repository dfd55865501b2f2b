package dev.skerry.device.pc;

import dev.skerry.device.api.Device;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * QEMU's firmware configuration device (its {@code docs/specs/fw_cfg}): items that a guest selects
 * and reads byte by byte, or has copied into its memory. Driven by SeaBIOS, by the option ROMs that
 * start kernels, by Linux' {@code qemu_fw_cfg}, and by qtest programs. Items cannot be written.
 *
 * <p>Owned by one device thread; a copy takes place in the access that asks for it.
 */
public final class FwCfg implements Device {
    /** Where a PC has {@link #ports}. */
    public static final int PORT = 0x510;

    /** Where a PC has {@link #dmaPorts}. */
    public static final int DMA_PORT = 0x514;

    private static final int NUMBER_BITS = 0xbfff;
    private static final byte[] NOTHING = {};

    /** "QEMU CFG", as big-endian bytes. */
    private static final long DMA_SIGNATURE = 0x51454d5520434647L;

    private static final int DESCRIPTOR_BYTES = 16;
    private static final int ERROR = 1;
    private static final int READ = 2;
    private static final int SKIP = 4;
    private static final int SELECT = 8;
    private static final int WRITE = 16;

    private static final ValueLayout.OfInt BIG_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BIG_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final Map<Integer, byte[]> items;
    private final AddressSpace memory;
    private final Runnable memoryChanged;
    private final IoRegion ports = new IoRegion("fw-cfg", 2, AccessSizes.ANY, new Ports());
    private final IoRegion dmaPorts =
            new IoRegion("fw-cfg-dma", 8, AccessSizes.ANY, new DmaPorts());
    private final MemorySegment descriptor = MemorySegment.ofArray(new byte[DESCRIPTOR_BYTES]);
    private final MemorySegment zeroes = MemorySegment.ofArray(new byte[1 << 16]);
    private byte[] selected = NOTHING;
    private MemorySegment selectedBytes = MemorySegment.ofArray(NOTHING);
    private long position;
    private long addressHigh;

    /**
     * @param memory what the guest's addresses mean
     * @param memoryChanged is called after a copy into memory
     */
    public FwCfg(FwCfgItems items, AddressSpace memory, Runnable memoryChanged) {
        this.items = items.all();
        this.memory = memory;
        this.memoryChanged = memoryChanged;
        select(0);
    }

    /** Selector and data register, 2 bytes. */
    public IoRegion ports() {
        return ports;
    }

    /** The DMA address register, 8 bytes. */
    public IoRegion dmaPorts() {
        return dmaPorts;
    }

    private void select(int number) {
        selected = items.getOrDefault(number & NUMBER_BITS, NOTHING);
        selectedBytes = MemorySegment.ofArray(selected);
        position = 0;
    }

    /** A selection is a word; every byte read is data, whichever of the two ports it is read at. */
    private final class Ports implements IoHandler {
        @Override
        public long read(long offset, int size) {
            if (size != 1) {
                return 0;
            }
            return position < selected.length ? selected[(int) position++] & 0xff : 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (size == 2) {
                select((int) value);
            }
        }
    }

    private final class DmaPorts implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return Long.reverseBytes(DMA_SIGNATURE) >>> 8 * offset;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (size == 8) {
                addressHigh = 0;
                run(Long.reverseBytes(value));
            } else if (size == 4 && offset == 0) {
                addressHigh = Integer.reverseBytes((int) value) & 0xffff_ffffL;
            } else if (size == 4) {
                long gpa = addressHigh << 32 | Integer.reverseBytes((int) value) & 0xffff_ffffL;
                addressHigh = 0;
                run(gpa);
            }
        }
    }

    /** Does what a descriptor in guest memory says, and says there how it went. */
    private void run(long gpa) {
        int result = ERROR;
        if (memory.read(gpa, descriptor, 0, DESCRIPTOR_BYTES)) {
            int control = descriptor.get(BIG_INT, 0);
            long length = descriptor.get(BIG_INT, 4) & 0xffff_ffffL;
            if ((control & SELECT) != 0) {
                select(control >>> 16);
            }
            result = transfer(control, length, descriptor.get(BIG_LONG, 8)) ? 0 : ERROR;
        }
        memory.write(gpa, 4, Integer.reverseBytes(result));
        memoryChanged.run();
    }

    private boolean transfer(int control, long length, long gpa) {
        if ((control & READ) != 0) {
            return copy(length, gpa);
        } else if ((control & WRITE) != 0) {
            // Refused, but it moves on as in QEMU.
            position += length;
            return false;
        } else if ((control & SKIP) != 0) {
            position += length;
        }
        return true;
    }

    /** What lies past an item's end is zeros. */
    private boolean copy(long length, long gpa) {
        long there = Math.clamp(selected.length - position, 0, length);
        boolean whole =
                memory.write(gpa, selectedBytes, Math.min(position, selected.length), there);
        position += there;
        for (long done = there; whole && done < length; ) {
            long part = Math.min(length - done, zeroes.byteSize());
            whole = memory.write(gpa + done, zeroes, 0, part);
            done += part;
            position += part;
        }
        return whole;
    }

    @Override
    public void reset() {
        select(0);
        addressHigh = 0;
    }
}
