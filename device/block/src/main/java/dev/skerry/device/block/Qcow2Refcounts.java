package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;
import dev.skerry.platform.linux.LinuxException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Which clusters of a qcow2 file are in use, and how often; and the allocator on top. Source: the
 * qcow2 specification, "Host cluster management". Under the metadata lock.
 *
 * <p>Changed counts stay in memory until {@link #writeDirty}. New blocks and tables are on disk
 * before anything points to them.
 */
final class Qcow2Refcounts {
    private static final long BUDGET_BYTES = 1 << 20;

    private final Qcow2Store store;
    private final int clusterBits;
    private final int blockBits;
    private final int order;
    private final TableCache blocks;
    private long[] table;
    private long tableOffset;
    private long firstFree;

    Qcow2Refcounts(Qcow2Store store) throws IOException {
        this.store = store;
        Qcow2Header header = store.header;
        clusterBits = header.clusterBits();
        order = header.refcountOrder();
        blockBits = clusterBits + 3 - order;
        tableOffset = header.refcountTableOffset();
        int entries = header.refcountTableClusters() << (clusterBits - 3);
        table = store.readTable(tableOffset, entries, "refcount table");
        // Of counts, any order of writing is safe: frees come here only when they are due.
        blocks =
                new TableCache(
                        store.file,
                        store.clusterBytes,
                        BUDGET_BYTES,
                        "refcount block",
                        store::wrote);
        for (int i = 0; i < table.length; i++) {
            checkEntry(table[i]);
        }
    }

    private void checkEntry(long entry) throws ImageException {
        if (entry == 0) {
            return;
        }
        if ((entry & 0x1ff) != 0 || entry >>> 56 != 0) {
            throw store.bad("refcount table entry " + Qcow2Store.hex(entry) + " has reserved bits");
        }
        store.checkPlace(entry, "refcount table entry", entry);
        store.claim(entry, store.clusterBytes, ClusterUses.Use.REFCOUNT_BLOCK);
    }

    private int blockEntries() {
        return 1 << blockBits;
    }

    /** The largest count an entry can hold. */
    long most() {
        return order == 6 ? Long.MAX_VALUE : (1L << (1 << order)) - 1;
    }

    /** How many clusters the refcount table covers now. */
    long coveredClusters() {
        return (long) table.length << blockBits;
    }

    long get(long cluster) throws IOException {
        long index = cluster >>> blockBits;
        if (index >= table.length || table[(int) index] == 0) {
            return 0;
        }
        MemorySegment block = blocks.get(table[(int) index]).memory();
        return value(block, cluster & blockEntries() - 1);
    }

    private long value(MemorySegment block, long entry) {
        return switch (order) {
            case 3 -> Byte.toUnsignedLong(block.get(ValueLayout.JAVA_BYTE, entry));
            case 4 -> BigEndian.u16(block, 2 * entry);
            case 5 -> BigEndian.u32(block, 4 * entry);
            case 6 -> BigEndian.u64(block, 8 * entry);
            default -> {
                int bits = 1 << order;
                int shift = (int) (entry << order) & 7;
                yield block.get(ValueLayout.JAVA_BYTE, entry << order >>> 3) >>> shift
                        & (1 << bits) - 1;
            }
        };
    }

    private void setValue(MemorySegment block, long entry, long value) {
        switch (order) {
            case 3 -> block.set(ValueLayout.JAVA_BYTE, entry, (byte) value);
            case 4 -> BigEndian.put16(block, 2 * entry, (int) value);
            case 5 -> BigEndian.put32(block, 4 * entry, value);
            case 6 -> BigEndian.put64(block, 8 * entry, value);
            default -> {
                long at = entry << order >>> 3;
                int shift = (int) (entry << order) & 7;
                int mask = (1 << (1 << order)) - 1 << shift;
                int rest = block.get(ValueLayout.JAVA_BYTE, at) & ~mask;
                block.set(ValueLayout.JAVA_BYTE, at, (byte) (rest | (int) value << shift));
            }
        }
    }

    /** Sets a count, making the block it is in if there is none. */
    void set(long cluster, long value) throws IOException {
        long index = cluster >>> blockBits;
        if (index >= table.length || table[(int) index] == 0) {
            if (value == 0) {
                return;
            }
            throw store.bad(
                    "no refcount block for the cluster at "
                            + Qcow2Store.hex(cluster << clusterBits));
        }
        TableCache.Table block = blocks.get(table[(int) index]);
        setValue(block.memory(), cluster & blockEntries() - 1, value);
        block.markDirty();
        if (value == 0) {
            firstFree = Math.min(firstFree, cluster);
        }
    }

    /**
     * Counts one use less.
     *
     * @return what is left
     */
    long decrement(long cluster) throws IOException {
        long count = get(cluster);
        if (count == 0) {
            throw store.bad(
                    "the refcount of the cluster at "
                            + Qcow2Store.hex(cluster << clusterBits)
                            + " would fall below zero");
        }
        set(cluster, count - 1);
        return count - 1;
    }

    /**
     * Allocates clusters that follow each other.
     *
     * @param most how many at most, positive
     * @return the first one; {@link #lastRun} says how many
     */
    long allocate(long most) throws IOException {
        long first = firstFree;
        while (!isFree(first)) {
            first++;
        }
        firstFree = first;
        long freshCluster = store.freshFrom() >>> clusterBits;
        long count = 1;
        while (count < most && first + count != freshCluster && hasBlock(first + count)) {
            if (!isFree(first + count)) {
                break;
            }
            count++;
        }
        take(first, count);
        return first;
    }

    private long lastRun;

    /** How many clusters the last {@link #allocate} found. */
    long lastRun() {
        return lastRun;
    }

    /** Allocates exactly as many clusters as asked for, in one run. */
    long allocateRun(long count) throws IOException {
        long first = firstFree;
        long found = 0;
        while (found < count) {
            if (isFree(first + found)) {
                found++;
            } else {
                first += found + 1;
                found = 0;
            }
        }
        take(first, count);
        return first;
    }

    private void take(long first, long count) throws IOException {
        store.reach((first + count) << clusterBits);
        for (long cluster = first; cluster < first + count; cluster++) {
            set(cluster, 1);
        }
        lastRun = count;
        if (firstFree == first) {
            firstFree = first + count;
        }
    }

    private boolean hasBlock(long cluster) {
        long index = cluster >>> blockBits;
        return index < table.length && table[(int) index] != 0;
    }

    /** Whether a cluster can be taken; makes the refcount block it needs, perhaps in its place. */
    private boolean isFree(long cluster) throws IOException {
        if (cluster << clusterBits > Qcow2Store.OFFSET_MASK) {
            throw new LinuxException("allocate", BlockError.ENOSPC.value(), store.file.name());
        }
        while (!hasBlock(cluster)) {
            makeBlock(cluster);
        }
        if (get(cluster) != 0) {
            return false;
        }
        ClusterUses.Use use = store.uses.get(cluster);
        if (use != null) {
            throw store.bad(
                    "the cluster at "
                            + Qcow2Store.hex(cluster << clusterBits)
                            + " has refcount 0 but holds "
                            + use);
        }
        return true;
    }

    /** Puts a block at the first cluster of its range that holds nothing known: it counts itself. */
    private void makeBlock(long cluster) throws IOException {
        long index = cluster >>> blockBits;
        if (index >= table.length) {
            growTable(index);
            return;
        }
        if (store.uses.get(cluster) != null) {
            throw store.bad(
                    "the cluster at "
                            + Qcow2Store.hex(cluster << clusterBits)
                            + " has no refcount but holds "
                            + store.uses.get(cluster));
        }
        long offset = cluster << clusterBits;
        writeNewBlock(offset, cluster, 1);
        store.barrier();
        store.writeLongs(tableOffset + 8 * index, offset);
        table[(int) index] = offset;
        store.uses.put(cluster, ClusterUses.Use.REFCOUNT_BLOCK);
    }

    /**
     * Makes sure that a cluster's count can be set, the counts there are not being reliable: a new
     * block goes to the end of the file.
     */
    void ensureBlock(long cluster) throws IOException {
        if (hasBlock(cluster)) {
            return;
        }
        long index = cluster >>> blockBits;
        if (index >= table.length) {
            throw store.bad("the refcount table is too short for the file");
        }
        long place = store.freshFrom() >>> clusterBits;
        boolean countsItself = place >>> blockBits == index;
        writeNewBlock(place << clusterBits, place, countsItself ? 1 : 0);
        store.barrier();
        store.writeLongs(tableOffset + 8 * index, place << clusterBits);
        table[(int) index] = place << clusterBits;
        store.uses.put(place, ClusterUses.Use.REFCOUNT_BLOCK);
        if (!countsItself) {
            ensureBlock(place);
            set(place, 1);
        }
    }

    /** Writes a block at an offset in which a run of clusters has the count 1. */
    private void writeNewBlock(long offset, long firstUsed, long count) throws IOException {
        store.reach(offset + store.clusterBytes);
        TableCache.Table block = blocks.create(offset);
        for (long i = 0; i < count; i++) {
            setValue(block.memory(), (firstUsed & blockEntries() - 1) + i, 1);
        }
        try {
            blocks.writeDirty();
        } catch (IOException e) {
            blocks.forget(offset);
            throw e;
        }
        store.wrote();
    }

    /**
     * Moves the refcount table to the first clusters it did not cover, with the blocks that count
     * them: blocks first, then the table, then the header that names it.
     */
    private void growTable(long neededIndex) throws IOException {
        long place = Math.max(coveredClusters(), store.freshFrom() >>> clusterBits);
        place = (place + blockEntries() - 1) & -(long) blockEntries();
        long clusterEntries = store.clusterBytes / 8;
        long firstIndex = place >>> blockBits;
        long newBlocks = 1;
        long entries;
        long tableClusters;
        while (true) {
            entries = Math.max(neededIndex + 1, firstIndex + newBlocks);
            entries += entries / 2;
            tableClusters = (entries + clusterEntries - 1) / clusterEntries;
            if (newBlocks << blockBits >= tableClusters + newBlocks) {
                break;
            }
            newBlocks++;
        }
        if (tableClusters << clusterBits > Qcow2Header.MOST_REFCOUNT_TABLE_BYTES) {
            throw new LinuxException(
                    "allocate",
                    BlockError.EFBIG.value(),
                    store.file.name() + ", the refcount table is at its limit");
        }
        long[] grown = Arrays.copyOf(table, (int) (tableClusters * clusterEntries));
        long used = newBlocks + tableClusters;
        for (long i = 0; i < newBlocks; i++) {
            long offset = (place + i) << clusterBits;
            long counted = Math.min(used - (i << blockBits), blockEntries());
            writeNewBlock(offset, place + (i << blockBits), Math.max(0, counted));
            grown[(int) (firstIndex + i)] = offset;
        }
        moveTable(grown, (place + newBlocks) << clusterBits, tableClusters);
        for (long i = 0; i < newBlocks; i++) {
            store.uses.put(place + i, ClusterUses.Use.REFCOUNT_BLOCK);
        }
    }

    private void moveTable(long[] grown, long offset, long clusters) throws IOException {
        store.reach(offset + (clusters << clusterBits));
        store.writeTable(offset, grown, 0, grown.length);
        store.barrier();
        MemorySegment fields = Arena.ofAuto().allocate(12);
        BigEndian.put64(fields, 0, offset);
        BigEndian.put32(fields, 8, clusters);
        store.write(Qcow2Header.REFCOUNT_TABLE_AT, IoVector.of(fields), 0, 12);
        store.barrier();
        long oldOffset = tableOffset;
        long oldClusters = table.length / (store.clusterBytes / 8);
        store.claim(offset, clusters << clusterBits, ClusterUses.Use.REFCOUNT_TABLE);
        table = grown;
        tableOffset = offset;
        store.unclaim(oldOffset, oldClusters << clusterBits);
        for (long i = 0; i < oldClusters; i++) {
            decrement((oldOffset >>> clusterBits) + i);
        }
    }

    boolean isDirty() {
        return blocks.isDirty();
    }

    void writeDirty() throws IOException {
        if (blocks.isDirty()) {
            store.wrote();
            blocks.writeDirty();
            store.wrote();
        }
    }
}
