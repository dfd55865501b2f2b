package dev.skerry.isolation.remote;

import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.FileStatus;
import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the guest memory one device may reach as the peer last said. A map that cannot be had as a
 * whole leaves the device with none at all: with part of it, or with the one before, it could write
 * where the guest no longer wants it to.
 *
 * <p>Used on the device thread. Operations of workers keep the blocks they use until they end.
 */
final class MemoryManager implements AutoCloseable {
    private final Container system;
    private final Log log;
    private List<RamRegion> regions = List.of();

    MemoryManager(Container system, Log log) {
        this.system = system;
        this.log = log;
    }

    /**
     * Replaces the map.
     *
     * @param fds the entries' files, in their order; they stay the caller's
     */
    void replace(List<SystemMemoryMap.Entry> entries, ReceivedFds fds) {
        List<RamRegion> coming = new ArrayList<>();
        List<Container.Placement> placements = new ArrayList<>();
        try {
            for (int i = 0; i < entries.size(); i++) {
                SystemMemoryMap.Entry entry = entries.get(i);
                requirePlace(entry, entries.subList(0, i));
                RamRegion region = new RamRegion("ram" + i, block(entry, fds.get(i)), false);
                coming.add(region);
                placements.add(new Container.Placement(region, entry.gpa(), 0));
            }
        } catch (IOException e) {
            log.error("SYNC_SYSMEM refused, the device has no memory now: " + e.getMessage());
            release(coming);
            coming.clear();
            placements.clear();
        }
        system.replace(regions, placements);
        release(regions);
        regions = coming;
    }

    private static void requirePlace(
            SystemMemoryMap.Entry entry, List<SystemMemoryMap.Entry> earlier) throws IOException {
        if (entry.gpa() < 0 || entry.sizeBytes() < 0 || end(entry) < 0) {
            throw new IOException(describe(entry) + " is beyond the end of physical memory");
        }
        for (SystemMemoryMap.Entry other : earlier) {
            if (entry.gpa() < end(other) && other.gpa() < end(entry)) {
                throw new IOException(describe(entry) + " overlaps " + describe(other));
            }
        }
    }

    private static long end(SystemMemoryMap.Entry entry) {
        return entry.gpa() + entry.sizeBytes();
    }

    private static String describe(SystemMemoryMap.Entry entry) {
        return String.format(
                "region 0x%x, size 0x%x, offset 0x%x",
                entry.gpa(), entry.sizeBytes(), entry.fileOffset());
    }

    /** The entry's block: the present one where the same piece of the same file is mapped already. */
    private RamBlock block(SystemMemoryMap.Entry entry, Fd fd) throws IOException {
        try {
            FileStatus status = fd.status();
            for (RamRegion region : regions) {
                RamBlock block = region.block();
                if (block.isSame(status, entry.fileOffset(), entry.sizeBytes())
                        && block.tryRetain()) {
                    return block;
                }
            }
            return RamBlock.map(fd, entry.fileOffset(), entry.sizeBytes());
        } catch (IOException e) {
            throw new IOException(describe(entry) + ": " + e.getMessage(), e);
        }
    }

    private static void release(List<RamRegion> leaving) {
        leaving.forEach(region -> region.block().release());
    }

    @Override
    public void close() {
        system.replace(regions, List.of());
        release(regions);
        regions = List.of();
    }
}
