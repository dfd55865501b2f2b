package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Changes a qcow2 image's capacity while nobody else has it open. */
final class Qcow2Resizer {
    private final Qcow2Store store;
    private final Qcow2Header header;
    private final Qcow2Refcounts refcounts;

    private Qcow2Resizer(ImageFile file, Qcow2Header header) throws IOException {
        this.header = header;
        store = new Qcow2Store(file, header);
        refcounts = new Qcow2Refcounts(store);
    }

    /**
     * Sets the capacity. What a smaller one cuts off must have been discarded.
     *
     * @param sizeBytes a multiple of 512
     */
    static void resize(ImageFile file, long sizeBytes) throws IOException {
        Qcow2Header header = Qcow2Header.read(file);
        // Opening it checks all structures, and repairs what was left dirty.
        Qcow2Image.open(file, header, null, false).flush();
        header = Qcow2Header.read(file);
        if (header.version() == 2 && header.snapshotCount() > 0) {
            throw new ImageException(file.name() + ": Can't resize a v2 image which has snapshots");
        }
        long entries = Qcow2Header.l1EntriesFor(sizeBytes, header.clusterBits());
        if (8 * entries > Qcow2Header.MOST_L1_BYTES) {
            throw new ImageException(
                    file.name() + ": size " + sizeBytes + " is too large for its clusters");
        }
        Qcow2Resizer resizer = new Qcow2Resizer(file, header);
        if (entries > header.l1Entries()) {
            resizer.moveL1((int) entries);
        }
        resizer.store.writeLongs(Qcow2Header.SIZE_AT, sizeBytes);
        resizer.store.barrier();
    }

    /** A longer copy first, then the header that names it, then the old one's clusters are free. */
    private void moveL1(int entries) throws IOException {
        long[] table = store.readTable(header.l1Offset(), header.l1Entries(), "L1 table");
        int bits = header.clusterBits();
        long place = refcounts.allocateRun(store.roundUp(8L * entries) >>> bits) << bits;
        refcounts.writeDirty();
        long[] longer = Arrays.copyOf(table, (int) (store.roundUp(8L * entries) / 8));
        store.writeTable(place, longer, 0, longer.length);
        store.barrier();
        MemorySegment fields = Arena.ofAuto().allocate(12);
        BigEndian.put32(fields, 0, entries);
        BigEndian.put64(fields, 4, place);
        store.write(Qcow2Header.L1_AT, IoVector.of(fields), 0, 12);
        store.barrier();
        long oldClusters = store.roundUp(8L * header.l1Entries()) >>> bits;
        for (long i = 0; i < oldClusters; i++) {
            refcounts.decrement((header.l1Offset() >>> bits) + i);
        }
        refcounts.writeDirty();
        store.barrier();
    }
}
