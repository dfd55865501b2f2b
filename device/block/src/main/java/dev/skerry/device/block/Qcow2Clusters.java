package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Transfers between memory and a qcow2 image's clusters, wherever they are: in the file, compressed,
 * in the backing file, nowhere. The caller keeps the guest clusters in place meanwhile ({@link
 * RangeLocks}): shared to read, exclusive to allocate. The metadata lock is taken here, and never
 * held while data moves.
 */
final class Qcow2Clusters {
    private final Qcow2Store store;
    private final Qcow2Header header;
    private final BlockImage backing;
    private final Qcow2Map map;
    private final ReentrantLock metadata;
    private final CompressedCache compressed;

    Qcow2Clusters(Qcow2Store store, BlockImage backing, Qcow2Map map, ReentrantLock metadata) {
        this.store = store;
        this.header = store.header;
        this.backing = backing;
        this.map = map;
        this.metadata = metadata;
        compressed = new CompressedCache(store);
    }

    /** Reads a range of the guest's. */
    void read(long offset, IoVector into, long at, long lengthBytes) throws IOException {
        long done = 0;
        while (done < lengthBytes) {
            Qcow2Map.Run run = lookUp(offset + done, lengthBytes - done);
            readRun(run, offset + done, into, at + done);
            done += run.lengthBytes();
        }
    }

    /** The run at an offset; what lies after the capacity, in the last block, reads as zeroes. */
    Qcow2Map.Run lookUp(long offset, long mostBytes) throws IOException {
        if (offset >= header.sizeBytes()) {
            return new Qcow2Map.Run(Qcow2Map.Kind.ZERO, 0, mostBytes);
        }
        metadata.lock();
        try {
            return map.lookUp(offset, mostBytes);
        } finally {
            metadata.unlock();
        }
    }

    private void readRun(Qcow2Map.Run run, long offset, IoVector into, long at) throws IOException {
        long length = run.lengthBytes();
        switch (run.kind()) {
            case ZERO -> into.zero(at, length);
            case UNALLOCATED -> readBacking(offset, into, at, length);
            case DATA, SHARED -> readData(run.hostOffset(), into, at, length);
            case COMPRESSED ->
                    compressed.read(
                            run.hostOffset(), offset & store.clusterBytes - 1, into, at, length);
        }
    }

    private void readBacking(long offset, IoVector into, long at, long length) throws IOException {
        long there = 0;
        if (backing != null && offset < backing.sizeBytes()) {
            there = Math.min(length, backing.sizeBytes() - offset);
            backing.read(offset, into, at, there);
        }
        into.zero(at + there, length - there);
    }

    private void readData(long hostOffset, IoVector into, long at, long length) throws IOException {
        long read = store.file.read(hostOffset, into, at, length);
        if (read < length) {
            if (hostOffset + read < store.fileBytes()) {
                throw store.bad(
                        "was truncated while in use: ends at or before byte "
                                + (hostOffset + read));
            }
            into.zero(at + read, length - read);
        }
    }

    /** {@link #lookUp} if it takes no waiting, or null. */
    Qcow2Map.Run tryLookUp(long offset, long mostBytes) throws IOException {
        if (offset >= header.sizeBytes() || !metadata.tryLock()) {
            return null;
        }
        try {
            return map.isCached(offset) ? map.lookUp(offset, mostBytes) : null;
        } finally {
            metadata.unlock();
        }
    }

    /** Transfers a run if that takes no waiting. */
    boolean tryRun(Qcow2Map.Run run, long offset, IoVector vector, long at, boolean reading)
            throws IOException {
        long length = run.lengthBytes();
        if (!reading) {
            boolean written =
                    run.kind() == Qcow2Map.Kind.DATA
                            && store.file.tryWrite(run.hostOffset(), vector, at, length);
            store.wrote();
            return written;
        }
        return switch (run.kind()) {
            case DATA, SHARED -> store.file.tryRead(run.hostOffset(), vector, at, length);
            case COMPRESSED -> false;
            case ZERO -> {
                vector.zero(at, length);
                yield true;
            }
            case UNALLOCATED -> {
                if (backing == null) {
                    vector.zero(at, length);
                    yield true;
                }
                yield offset + length <= backing.sizeBytes()
                        && backing.tryRead(offset, vector, at, length);
            }
        };
    }

    /** Writes a range whose clusters nobody else uses meanwhile, allocating what is not there. */
    void write(long offset, IoVector from, long at, long length) throws IOException {
        long done = 0;
        while (done < length) {
            Qcow2Map.Run run = lookUp(offset + done, length - done);
            if (run.kind() == Qcow2Map.Kind.DATA) {
                store.write(run.hostOffset(), from, at + done, run.lengthBytes());
                done += run.lengthBytes();
            } else {
                done += writeElsewhere(run, offset + done, from, at + done);
            }
        }
    }

    /**
     * Writes a run, or its beginning, to newly allocated clusters, completed with what the guest
     * had around it, then makes them the guest's.
     *
     * @return how many bytes it wrote
     */
    private long writeElsewhere(Qcow2Map.Run run, long offset, IoVector from, long at)
            throws IOException {
        long head = offset & store.clusterBytes - 1;
        long end = offset + run.lengthBytes();
        long tail = -end & store.clusterBytes - 1;
        boolean zero = showsZeroes(run.kind(), offset - head);
        // What cannot be read must not cost an allocation, so that comes first.
        IoVector before = zero ? null : readOld(offset - head, head);
        IoVector after = zero ? null : readOld(end, tail);
        long wanted = head + run.lengthBytes() + tail >>> header.clusterBits();
        long host;
        long count;
        boolean fresh;
        metadata.lock();
        try {
            long freshFrom = store.freshFrom();
            host = map.allocate(wanted);
            count = map.lastAllocated();
            fresh = host << header.clusterBits() >= freshFrom;
        } finally {
            metadata.unlock();
        }
        long hostOffset = host << header.clusterBits();
        boolean all = count == wanted;
        long length = all ? run.lengthBytes() : (count << header.clusterBits()) - head;
        try {
            if (zero && fresh) {
                store.write(hostOffset + head, from, at, length);
            } else {
                IoVector whole = new IoVector();
                append(whole, before, head);
                whole.add(from, at, length);
                append(whole, after, all ? tail : 0);
                store.write(hostOffset, whole, 0, whole.totalBytes());
            }
            link(offset - head, host, count);
        } catch (IOException e) {
            abandon(host, count);
            throw e;
        }
        return length;
    }

    private void link(long guestOffset, long host, long count) throws IOException {
        metadata.lock();
        try {
            map.link(guestOffset, host, count);
        } finally {
            metadata.unlock();
        }
    }

    private void abandon(long host, long count) throws IOException {
        metadata.lock();
        try {
            map.abandon(host, count);
        } finally {
            metadata.unlock();
        }
    }

    private boolean showsZeroes(Qcow2Map.Kind kind, long offset) {
        return kind == Qcow2Map.Kind.ZERO
                || (kind == Qcow2Map.Kind.UNALLOCATED
                        && (backing == null || offset >= backing.sizeBytes()));
    }

    private IoVector readOld(long offset, long length) throws IOException {
        IoVector old = new IoVector();
        if (length > 0) {
            old.add(Arena.ofAuto().allocate(length, 8), 0, length);
            read(offset, old, 0, length);
        }
        return old;
    }

    /** Adds what was read, or zeroes. */
    private static void append(IoVector whole, IoVector old, long length) {
        if (old == null) {
            Zeroes.append(whole, length);
        } else {
            whole.add(old, 0, length);
        }
    }
}
