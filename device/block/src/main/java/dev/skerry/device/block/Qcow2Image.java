package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;
import dev.skerry.platform.linux.LinuxException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A qcow2 image, versions 2 and 3. Source: the qcow2 specification in QEMU's documentation.
 *
 * <p>Structures are read and changed under one lock, in bounded caches; data moves outside it, while
 * the guest clusters it concerns are kept in place ({@link RangeLocks}). Changes of structures are
 * written by {@link #flush}, or earlier where caches are full, in an order that leaves at worst leaks
 * behind a kill ({@link Qcow2Map}).
 *
 * <p>Not implemented: encryption, external data files and extended L2 entries (refused by name),
 * writing zstd, changing snapshots. An allocated cluster that is marked zero gives
 * its place up when it is written.
 */
public final class Qcow2Image implements BlockImage {
    private static final long MOST_CHUNK_BYTES = 8 << 20;

    private final Qcow2Store store;
    private final Qcow2Header header;
    private final BlockImage backing;
    private final boolean unmap;
    private final Qcow2Map map;
    private final RangeLocks ranges = new RangeLocks();
    private final ReentrantLock metadata = new ReentrantLock();
    private final Qcow2Clusters clusters;

    private Qcow2Image(
            Qcow2Store store, Qcow2Refcounts refcounts, BlockImage backing, boolean unmap)
            throws IOException {
        this.store = store;
        this.header = store.header;
        this.backing = backing;
        this.unmap = unmap;
        map = new Qcow2Map(store, refcounts, unmap);
        clusters = new Qcow2Clusters(store, backing, map, metadata);
    }

    /**
     * Opens an image; takes over file and backing image.
     *
     * @param backing what unallocated clusters show, or null for zeroes
     * @throws ImageException if something in it does not fit together; nothing has been written then
     */
    static Qcow2Image open(ImageFile file, Qcow2Header header, BlockImage backing, boolean unmap)
            throws IOException {
        boolean writable = !file.isReadOnly();
        if (writable && header.isCorrupt()) {
            throw new ImageException(
                    file.name() + ": Image is corrupt; cannot be opened read/write");
        }
        Qcow2Image image = build(file, header, backing, unmap);
        if (writable && header.isDirty()) {
            repair(file, header);
            image = build(file, Qcow2Header.read(file), backing, unmap);
        }
        if (writable && header.autoclear() != 0) {
            // What this program does not keep up to date, the specification says to let go of.
            image.store.writeLongs(Qcow2Header.AUTOCLEAR_AT, 0);
        }
        return image;
    }

    /** Counts references anew, which whoever set the dirty bit did not keep up to date. */
    private static void repair(ImageFile file, Qcow2Header header) throws IOException {
        Qcow2Check check = Qcow2Check.run(file, header);
        check.repair(true, true);
        if (!Qcow2Check.run(file, header).isClean()) {
            throw new ImageException(
                    file.name() + ": is marked dirty, and its refcounts cannot be repaired");
        }
        Qcow2Store store = new Qcow2Store(file, header);
        store.wrote();
        store.barrier();
        long clean = header.incompatible() & ~Qcow2Header.DIRTY;
        store.writeLongs(Qcow2Header.INCOMPATIBLE_AT, clean);
        store.barrier();
    }

    /** Reads and checks the structures; writes nothing. */
    private static Qcow2Image build(
            ImageFile file, Qcow2Header header, BlockImage backing, boolean unmap)
            throws IOException {
        Qcow2Store store = new Qcow2Store(file, header);
        store.claim(0, store.clusterBytes, ClusterUses.Use.HEADER);
        store.claim(
                header.refcountTableOffset(),
                (long) header.refcountTableClusters() << header.clusterBits(),
                ClusterUses.Use.REFCOUNT_TABLE);
        if (header.l1Entries() > 0) {
            store.claim(header.l1Offset(), 8L * header.l1Entries(), ClusterUses.Use.L1);
        }
        Qcow2Snapshots.claim(store, Qcow2Snapshots.read(file, header));
        Qcow2Refcounts refcounts = new Qcow2Refcounts(store);
        return new Qcow2Image(store, refcounts, backing, unmap);
    }

    Qcow2Header header() {
        return header;
    }

    BlockImage backing() {
        return backing;
    }

    @Override
    public String name() {
        return store.file.name();
    }

    @Override
    public String format() {
        return "qcow2";
    }

    @Override
    public long sizeBytes() {
        return header.sizeBytes() + 511 & -512;
    }

    @Override
    public boolean isSlow() {
        return store.file.isSlow();
    }

    @Override
    public boolean isReadOnly() {
        return store.file.isReadOnly();
    }

    private long cluster(long offset) {
        return offset >>> header.clusterBits();
    }

    @Override
    public void read(long offset, IoVector into, long at, long lengthBytes) throws IOException {
        Objects.checkFromIndexSize(offset, lengthBytes, sizeBytes());
        if (lengthBytes == 0) {
            return;
        }
        RangeLocks.Range range = ranges.shared(cluster(offset), cluster(offset + lengthBytes - 1));
        try {
            clusters.read(offset, into, at, lengthBytes);
        } finally {
            ranges.release(range);
        }
    }

    @Override
    public boolean tryRead(long offset, IoVector into, long at, long lengthBytes)
            throws IOException {
        Objects.checkFromIndexSize(offset, lengthBytes, sizeBytes());
        return lengthBytes == 0 || tryTransfer(offset, into, at, lengthBytes, true);
    }

    @Override
    public boolean tryWrite(long offset, IoVector from, long at, long lengthBytes)
            throws IOException {
        checkWrite(offset, lengthBytes);
        return lengthBytes == 0 || tryTransfer(offset, from, at, lengthBytes, false);
    }

    private boolean tryTransfer(
            long offset, IoVector vector, long at, long lengthBytes, boolean reading)
            throws IOException {
        RangeLocks.Range range =
                ranges.tryShared(cluster(offset), cluster(offset + lengthBytes - 1));
        if (range == null) {
            return false;
        }
        try {
            for (long done = 0; done < lengthBytes; ) {
                Qcow2Map.Run run = clusters.tryLookUp(offset + done, lengthBytes - done);
                if (run == null
                        || !clusters.tryRun(run, offset + done, vector, at + done, reading)) {
                    return false;
                }
                done += run.lengthBytes();
            }
            return true;
        } finally {
            ranges.release(range);
        }
    }

    private void checkWrite(long offset, long lengthBytes) throws IOException {
        Objects.checkFromIndexSize(offset, lengthBytes, sizeBytes());
        if (isReadOnly()) {
            throw new LinuxException("write", BlockError.EROFS.value(), name());
        }
    }

    @Override
    public void write(long offset, IoVector from, long at, long lengthBytes) throws IOException {
        checkWrite(offset, lengthBytes);
        // The last bytes of a capacity that is no multiple of 512 have no place in the image.
        long kept = Math.min(lengthBytes, header.sizeBytes() - offset);
        long done = writeInPlace(offset, from, at, kept);
        while (done < kept) {
            long part = Math.min(kept - done, MOST_CHUNK_BYTES);
            long first = offset + done;
            RangeLocks.Range range = ranges.exclusive(cluster(first), cluster(first + part - 1));
            try {
                clusters.write(first, from, at + done, part);
            } finally {
                ranges.release(range);
            }
            done += part;
        }
    }

    /** Whether {@link #writeCompressed} can compress: only zlib is written. */
    public boolean canCompress() {
        return !header.zstd();
    }

    public int clusterBytes() {
        return store.clusterBytes;
    }

    /**
     * Writes one cluster compressed, or as it is if that makes it no smaller.
     *
     * @param offset of a cluster's first byte
     * @param length a cluster's, or less at the image's end
     */
    public void writeCompressed(long offset, IoVector from, long at, int length)
            throws IOException {
        checkWrite(offset, length);
        byte[] bytes = new byte[store.clusterBytes];
        from.copyTo(MemorySegment.ofArray(bytes), 0, at, length);
        byte[] packed = canCompress() ? Compressed.deflate(bytes) : null;
        if (packed == null) {
            write(offset, from, at, length);
            return;
        }
        IoVector data = IoVector.of(Arena.ofAuto().allocate(packed.length));
        data.copyFrom(MemorySegment.ofArray(packed), 0, 0, packed.length);
        RangeLocks.Range range = ranges.exclusive(cluster(offset), cluster(offset));
        metadata.lock();
        try {
            // Under the lock for simplicity: nobody uses an image while it is made. A failure
            // leaks.
            long host = map.allocateCompressed(packed.length);
            store.write(host, data, 0, packed.length);
            map.linkCompressed(offset, host, packed.length);
        } finally {
            metadata.unlock();
            ranges.release(range);
        }
    }

    /** Writes up to the first cluster that has to be allocated; returns how much. */
    private long writeInPlace(long offset, IoVector from, long at, long length) throws IOException {
        if (length <= 0) {
            return 0;
        }
        RangeLocks.Range range = ranges.shared(cluster(offset), cluster(offset + length - 1));
        try {
            long done = 0;
            while (done < length) {
                Qcow2Map.Run run = clusters.lookUp(offset + done, length - done);
                if (run.kind() != Qcow2Map.Kind.DATA) {
                    break;
                }
                store.write(run.hostOffset(), from, at + done, run.lengthBytes());
                done += run.lengthBytes();
            }
            return done;
        } finally {
            ranges.release(range);
        }
    }

    @Override
    public void flush() throws IOException {
        if (isReadOnly()) {
            return;
        }
        // Most of the waiting is here, without the lock.
        store.file.flush();
        metadata.lock();
        try {
            if (map.isDirty()) {
                map.writeBack();
                store.barrier();
                map.applyPending();
            }
        } finally {
            metadata.unlock();
        }
    }

    @Override
    public void discard(long offset, long lengthBytes) throws IOException {
        checkWrite(offset, lengthBytes);
        // Version 2 has no way to say that a cluster shows zeroes instead of the backing file.
        boolean backed = header.backingFile() != null;
        if (unmap && !(backed && header.version() == 2)) {
            unlink(offset, lengthBytes, backed ? Qcow2Map.ZERO : 0);
        }
    }

    @Override
    public void writeZeroes(long offset, long lengthBytes, boolean mayUnmap) throws IOException {
        checkWrite(offset, lengthBytes);
        if (header.backingFile() != null && header.version() == 2) {
            writeZeroData(offset, lengthBytes);
            return;
        }
        long end = offset + lengthBytes;
        long first = Math.min(end, store.roundUp(offset));
        long last = end >= header.sizeBytes() ? end : Math.max(first, end & -store.clusterBytes);
        writeZeroData(offset, first - offset);
        unlink(first, last - first, header.backingFile() != null ? Qcow2Map.ZERO : 0);
        writeZeroData(last, end - last);
    }

    private void writeZeroData(long offset, long length) throws IOException {
        IoVector zeroes = new IoVector();
        for (long done = 0; done < length; ) {
            long part = Math.min(length - done, MOST_CHUNK_BYTES);
            zeroes.clear();
            Zeroes.append(zeroes, part);
            write(offset + done, zeroes, 0, part);
            done += part;
        }
    }

    /** Takes away the whole clusters of a range. */
    private void unlink(long offset, long lengthBytes, long entry) throws IOException {
        long end = offset + lengthBytes;
        long first = cluster(store.roundUp(offset));
        long last = end >= header.sizeBytes() ? cluster(store.roundUp(end)) : cluster(end);
        while (first < last) {
            long part = Math.min(last - first, store.clusterBytes / 8);
            RangeLocks.Range range = ranges.exclusive(first, first + part - 1);
            metadata.lock();
            try {
                part = map.unlink(first << header.clusterBits(), part, entry);
            } finally {
                metadata.unlock();
                ranges.release(range);
            }
            first += part;
        }
    }

    @Override
    public Extent extentAt(long offset, long mostBytes) throws IOException {
        Objects.checkFromIndexSize(offset, mostBytes, sizeBytes());
        Qcow2Map.Run run = clusters.lookUp(offset, mostBytes);
        if (run.kind() == Qcow2Map.Kind.UNALLOCATED && backing != null) {
            if (offset < backing.sizeBytes()) {
                long most = Math.min(run.lengthBytes(), backing.sizeBytes() - offset);
                return backing.extentAt(offset, most);
            }
            return new Extent(true, run.lengthBytes());
        }
        boolean zero = run.kind() == Qcow2Map.Kind.ZERO || run.kind() == Qcow2Map.Kind.UNALLOCATED;
        return new Extent(zero, run.lengthBytes());
    }

    @Override
    public void close() throws IOException {
        try {
            if (!isReadOnly()) {
                // The second one writes the refcounts that the first one found too high.
                flush();
                flush();
                store.trim();
            }
        } finally {
            store.file.close();
            if (backing != null) {
                backing.close();
            }
        }
    }
}
