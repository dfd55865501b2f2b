package dev.skerry.isolation.wire.mpqemu;

import dev.skerry.isolation.wire.LittleEndian;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.isolation.wire.WireStruct;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The payload of SYNC_SYSMEM: up to eight regions of guest memory, as three parallel arrays. The
 * n-th region is the n-th descriptor's file. It replaces the map sent before.
 */
public final class SystemMemoryMap {
    /** The payload's size. */
    public static final int BYTES;

    /** How many regions a message has room for; the same number of descriptors may come. */
    public static final int MOST_REGIONS = 8;

    private static final int ADDRESSES;
    private static final int SIZES;
    private static final int OFFSETS;

    static {
        WireStruct layout = new WireStruct("SyncSysmemMsg", 192);
        ADDRESSES = layout.u64s(0, MOST_REGIONS);
        SIZES = layout.u64s(64, MOST_REGIONS);
        OFFSETS = layout.u64s(128, MOST_REGIONS);
        BYTES = layout.complete();
    }

    /**
     * One region, as the peer sent it; nothing is checked but that it has a size.
     *
     * @param gpa its first guest-physical address
     * @param sizeBytes its length, not 0; unsigned
     * @param fileOffset where in its file it begins; unsigned
     */
    public record Entry(long gpa, long sizeBytes, long fileOffset) {}

    private SystemMemoryMap() {}

    /**
     * The regions of a message.
     *
     * @param fds how many descriptors came with it
     * @throws ProtocolException if there are not exactly as many regions as descriptors
     */
    public static List<Entry> read(MemorySegment buffer, long at, int fds)
            throws ProtocolException {
        List<Entry> entries = new ArrayList<>(fds);
        for (int i = 0; i < MOST_REGIONS; i++) {
            long size = LittleEndian.u64(buffer, at + SIZES + 8L * i);
            if ((size != 0) != (i < fds)) {
                throw new ProtocolException(
                        String.format(
                                "SYNC_SYSMEM with %d descriptors, but region %d has size 0x%x",
                                fds, i, size));
            }
            if (size != 0) {
                entries.add(
                        new Entry(
                                LittleEndian.u64(buffer, at + ADDRESSES + 8L * i),
                                size,
                                LittleEndian.u64(buffer, at + OFFSETS + 8L * i)));
            }
        }
        return entries;
    }

    /** Writes a payload. */
    public static void put(MemorySegment buffer, long at, List<Entry> entries) {
        if (entries.size() > MOST_REGIONS) {
            throw new IllegalArgumentException(entries.size() + " regions");
        }
        buffer.asSlice(at, BYTES).fill((byte) 0);
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            LittleEndian.set64(buffer, at + ADDRESSES + 8L * i, entry.gpa());
            LittleEndian.set64(buffer, at + SIZES + 8L * i, entry.sizeBytes());
            LittleEndian.set64(buffer, at + OFFSETS + 8L * i, entry.fileOffset());
        }
    }
}
