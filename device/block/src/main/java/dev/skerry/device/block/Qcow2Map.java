package dev.skerry.device.block;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Where the guest's clusters are: L1 and L2 tables, and the order in which their changes and the
 * refcounts' reach the disk. Source: the qcow2 specification, "Cluster mapping". Under the metadata
 * lock.
 *
 * <p>A kill at any moment leaves leaks at worst, because what is written is always in this order:
 * refcounts that grew; then, after a barrier, L2 tables; then, after another, the L1 table; and only
 * after that do clusters that lost a reference get a smaller refcount, and can be used again.
 */
final class Qcow2Map {
    /** What a guest cluster is. */
    enum Kind {
        /** Not in this image: the backing file's, or zeroes. */
        UNALLOCATED,
        ZERO,
        /** In a cluster of its own, written in place. */
        DATA,
        /** In a cluster a snapshot may share: read in place, written elsewhere. */
        SHARED,
        COMPRESSED
    }

    /**
     * A run of guest bytes of one kind.
     *
     * @param hostOffset of the first byte for data; the descriptor for compressed clusters
     */
    record Run(Kind kind, long hostOffset, long lengthBytes) {}

    static final long COPIED = 1L << 63;
    static final long COMPRESSED = 1L << 62;
    static final long ZERO = 1;
    private static final long L1_RESERVED = 0x7f00_0000_0000_01ffL;
    private static final long L2_RESERVED = 0x3f00_0000_0000_01feL;
    private static final long BUDGET_BYTES = 4 << 20;
    private static final int MOST_PENDING = 16_384;

    private final Qcow2Store store;
    private final Qcow2Refcounts refcounts;
    private final TableCache tables;
    private final long[] l1;
    private final boolean punching;
    private final int clusterBits;
    private final int l2Entries;
    private int dirtyFrom = Integer.MAX_VALUE;
    private int dirtyTo = -1;
    private long[] pending = new long[64];
    private int pendingCount;
    private long compressedEnd;

    /**
     * @param punching whether freed clusters give their storage back
     */
    Qcow2Map(Qcow2Store store, Qcow2Refcounts refcounts, boolean punching) throws IOException {
        this.store = store;
        this.refcounts = refcounts;
        this.punching = punching;
        Qcow2Header header = store.header;
        clusterBits = header.clusterBits();
        l2Entries = store.clusterBytes / 8;
        l1 = store.readTable(header.l1Offset(), header.l1Entries(), "L1 table");
        tables =
                new TableCache(
                        store.file, store.clusterBytes, BUDGET_BYTES, "L2 table", this::settle);
        for (int i = 0; i < l1.length; i++) {
            long entry = l1[i];
            long offset = entry & Qcow2Store.OFFSET_MASK;
            if ((entry & L1_RESERVED) != 0) {
                throw store.bad(
                        "L1 entry " + i + ", " + Qcow2Store.hex(entry) + ", has reserved bits");
            }
            if (offset != 0) {
                store.checkPlace(offset, "L1 entry " + i + ",", entry);
                store.claim(offset, store.clusterBytes, ClusterUses.Use.L2);
            }
        }
    }

    /** What must be on disk before an L2 table is. */
    private void settle() throws IOException {
        refcounts.writeDirty();
        store.barrier();
        store.wrote();
    }

    private int l1Index(long guestOffset) {
        return (int) (guestOffset >>> store.header.l2CoverageBits());
    }

    private int l2Index(long guestOffset) {
        return (int) (guestOffset >>> clusterBits) & l2Entries - 1;
    }

    /** Whether looking up an offset needs no disk. */
    boolean isCached(long guestOffset) {
        long offset = l1[l1Index(guestOffset)] & Qcow2Store.OFFSET_MASK;
        return offset == 0 || tables.cached(offset) != null;
    }

    /** The longest run at an offset that one L2 table describes, at most a length. */
    Run lookUp(long guestOffset, long mostBytes) throws IOException {
        long l2Offset = l1[l1Index(guestOffset)] & Qcow2Store.OFFSET_MASK;
        int index = l2Index(guestOffset);
        long inCluster = guestOffset & (store.clusterBytes - 1);
        if (l2Offset == 0) {
            long left = ((long) (l2Entries - index) << clusterBits) - inCluster;
            return new Run(Kind.UNALLOCATED, 0, Math.min(mostBytes, left));
        }
        TableCache.Table l2 = tables.get(l2Offset);
        long entry = l2.entry(index);
        Kind kind = kind(entry);
        if (kind == Kind.COMPRESSED) {
            return new Run(kind, entry, Math.min(mostBytes, store.clusterBytes - inCluster));
        }
        boolean data = kind == Kind.DATA || kind == Kind.SHARED;
        long host = data ? entry & Qcow2Store.OFFSET_MASK : 0;
        long length = store.clusterBytes - inCluster;
        for (int next = index + 1; next < l2Entries && length < mostBytes; next++) {
            long following = l2.entry(next);
            if (kind(following) != kind
                    || (data
                            && (following & Qcow2Store.OFFSET_MASK) != host + inCluster + length)) {
                break;
            }
            length += store.clusterBytes;
        }
        return new Run(kind, data ? host + inCluster : 0, Math.min(mostBytes, length));
    }

    /** The kind of an entry, its bits and its target checked. */
    private Kind kind(long entry) throws ImageException {
        if ((entry & COMPRESSED) != 0) {
            if ((entry & COPIED) != 0) {
                throw store.bad("L2 entry " + Qcow2Store.hex(entry) + " is compressed and copied");
            }
            Compressed place = Compressed.of(entry, clusterBits);
            long last = (place.hostOffset() + place.lengthBytes() - 1) & -store.clusterBytes;
            for (long at = place.hostOffset() & -store.clusterBytes; at <= last; ) {
                // The count is of whole sectors: the last one may lie beyond the data and the file.
                if (at < store.fileBytes() || at <= place.hostOffset()) {
                    store.checkData(at, entry);
                }
                at += store.clusterBytes;
            }
            return Kind.COMPRESSED;
        }
        if ((entry & L2_RESERVED) != 0 || ((entry & ZERO) != 0 && store.header.version() == 2)) {
            throw store.bad("L2 entry " + Qcow2Store.hex(entry) + " has reserved bits");
        }
        long offset = entry & Qcow2Store.OFFSET_MASK;
        if ((entry & ZERO) != 0) {
            if (offset != 0) {
                store.checkData(offset, entry);
            }
            return Kind.ZERO;
        }
        if (offset == 0) {
            return Kind.UNALLOCATED;
        }
        store.checkData(offset, entry);
        return (entry & COPIED) != 0 ? Kind.DATA : Kind.SHARED;
    }

    /** Allocates up to a number of clusters; see {@link Qcow2Refcounts#allocate}. */
    long allocate(long most) throws IOException {
        relievePending();
        return refcounts.allocate(most);
    }

    /**
     * Allocates room for a compressed cluster, after the last one where that is possible.
     *
     * @param length less than a cluster
     */
    long allocateCompressed(int length) throws IOException {
        long next = compressedEnd;
        long cluster = next >>> clusterBits;
        long room = -next & store.clusterBytes - 1;
        boolean shared = room > 0 && refcounts.get(cluster) < refcounts.most();
        if (!shared || length > room) {
            long fresh = refcounts.allocate(1);
            if (!shared || fresh != cluster + 1) {
                compressedEnd = (fresh << clusterBits) + length;
                return fresh << clusterBits;
            }
        }
        refcounts.set(cluster, refcounts.get(cluster) + 1);
        compressedEnd = next + length;
        return next;
    }

    /** Lets a guest cluster be in a compressed place whose data has been written. */
    void linkCompressed(long guestOffset, long hostOffset, int length) throws IOException {
        TableCache.Table before = present(l1Index(guestOffset));
        int index = l2Index(guestOffset);
        if (before != null) {
            kind(before.entry(index));
        }
        long entry = Compressed.entry(hostOffset, length, clusterBits);
        replace(writable(l1Index(guestOffset)), index, entry);
    }

    /** How many clusters the last {@link #allocate} found. */
    long lastAllocated() {
        return refcounts.lastRun();
    }

    /** Takes back clusters that nothing has ever pointed to. */
    void abandon(long firstCluster, long count) throws IOException {
        for (long i = 0; i < count; i++) {
            refcounts.decrement(firstCluster + i);
        }
    }

    /** Lets guest clusters of one L2 table be in host clusters whose data has been written. */
    void link(long guestOffset, long hostCluster, long count) throws IOException {
        int index = l2Index(guestOffset);
        TableCache.Table before = present(l1Index(guestOffset));
        for (int i = 0; before != null && i < count; i++) {
            // All checked before anything is changed: a damaged entry must not leave half a link.
            kind(before.entry(index + i));
        }
        TableCache.Table l2 = writable(l1Index(guestOffset));
        for (int i = 0; i < count; i++) {
            replace(l2, index + i, (hostCluster + i) << clusterBits | COPIED);
        }
    }

    /**
     * Takes guest clusters away, as far as one L2 table goes.
     *
     * @param count of clusters, positive
     * @param entry what they become: 0 or {@link #ZERO}
     * @return how many it did
     */
    long unlink(long guestOffset, long count, long entry) throws IOException {
        relievePending();
        int index = l2Index(guestOffset);
        long here = Math.min(count, l2Entries - index);
        int l1Index = l1Index(guestOffset);
        if ((l1[l1Index] & Qcow2Store.OFFSET_MASK) == 0 && entry == 0) {
            return here;
        }
        for (int i = 0; i < here; i++) {
            // Looked at first, so that nothing is changed, or copied, for a damaged entry.
            TableCache.Table l2 = present(l1Index);
            long old = l2 == null ? 0 : l2.entry(index + i);
            kind(old);
            if (old != entry) {
                replace(writable(l1Index), index + i, entry);
            }
        }
        return here;
    }

    private TableCache.Table present(int l1Index) throws IOException {
        long offset = l1[l1Index] & Qcow2Store.OFFSET_MASK;
        return offset == 0 ? null : tables.get(offset);
    }

    private void replace(TableCache.Table l2, int index, long entry) throws ImageException {
        long old = l2.entry(index);
        Kind kind = kind(old);
        l2.setEntry(index, entry);
        if (kind == Kind.COMPRESSED) {
            Compressed place = Compressed.of(old, clusterBits);
            long last = (place.hostOffset() + place.lengthBytes() - 1) >>> clusterBits;
            for (long c = place.hostOffset() >>> clusterBits; c <= last; c++) {
                free(c);
            }
        } else if ((old & Qcow2Store.OFFSET_MASK) != 0) {
            free((old & Qcow2Store.OFFSET_MASK) >>> clusterBits);
        }
    }

    /** The L2 table of an L1 entry, made or copied if it is not there for this image alone. */
    private TableCache.Table writable(int index) throws IOException {
        long entry = l1[index];
        long oldOffset = entry & Qcow2Store.OFFSET_MASK;
        if (oldOffset != 0 && (entry & COPIED) != 0) {
            return tables.get(oldOffset);
        }
        long cluster = refcounts.allocate(1);
        long offset = cluster << clusterBits;
        TableCache.Table made;
        try {
            TableCache.Table old = oldOffset == 0 ? null : tables.get(oldOffset);
            made = tables.create(offset);
            if (old != null) {
                MemorySegment.copy(old.memory(), 0, made.memory(), 0, store.clusterBytes);
            }
        } catch (IOException e) {
            tables.forget(offset);
            refcounts.decrement(cluster);
            throw e;
        }
        if (oldOffset != 0) {
            store.uses.remove(oldOffset >>> clusterBits);
            free(oldOffset >>> clusterBits);
        }
        store.uses.put(cluster, ClusterUses.Use.L2);
        l1[index] = offset | COPIED;
        dirtyFrom = Math.min(dirtyFrom, index);
        dirtyTo = Math.max(dirtyTo, index);
        return made;
    }

    private void free(long cluster) {
        // It may be the one that compressed data is being added to.
        compressedEnd = 0;
        if (pendingCount == pending.length) {
            pending = Arrays.copyOf(pending, 2 * pendingCount);
        }
        pending[pendingCount++] = cluster;
    }

    private void relievePending() throws IOException {
        if (pendingCount >= MOST_PENDING) {
            writeBack();
            store.barrier();
            applyPending();
        }
    }

    /** Whether {@link #writeBack} or {@link #applyPending} have anything to do. */
    boolean isDirty() {
        return pendingCount > 0 || dirtyTo >= 0 || refcounts.isDirty() || tables.isDirty();
    }

    /** Writes all changes in their order; a barrier must follow before they can be relied on. */
    void writeBack() throws IOException {
        refcounts.writeDirty();
        if (tables.isDirty()) {
            settle();
            tables.writeDirty();
            store.wrote();
        }
        if (dirtyTo >= 0) {
            store.barrier();
            store.writeTable(store.header.l1Offset(), l1, dirtyFrom, dirtyTo - dirtyFrom + 1);
            dirtyFrom = Integer.MAX_VALUE;
            dirtyTo = -1;
        }
    }

    /** Counts freed clusters down, once no table on stable storage points to them. */
    void applyPending() throws IOException {
        while (pendingCount > 0) {
            long cluster = pending[pendingCount - 1];
            // Before the count changes: a failure leaves a leak, never a count too low.
            pendingCount--;
            if (refcounts.decrement(cluster) == 0 && punching) {
                store.file.punchHole(cluster << clusterBits, store.clusterBytes);
            }
        }
        if (pending.length > MOST_PENDING) {
            pending = new long[64];
        }
    }
}
