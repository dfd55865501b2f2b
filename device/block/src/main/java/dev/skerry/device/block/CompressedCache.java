package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads compressed clusters and keeps the last few, since a guest reads a cluster piece by piece.
 * Used by many threads. Compressed clusters are never written in place, so what is kept stays true.
 */
final class CompressedCache {
    private static final int MOST = 4;

    private final Qcow2Store store;
    private final Map<Long, byte[]> clusters =
            new LinkedHashMap<>(8, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
                    return size() > MOST;
                }
            };

    CompressedCache(Qcow2Store store) {
        this.store = store;
    }

    /** Reads part of the cluster an L2 entry describes. */
    void read(long entry, long inCluster, IoVector into, long at, long length) throws IOException {
        byte[] cluster;
        synchronized (clusters) {
            cluster = clusters.get(entry);
        }
        if (cluster == null) {
            cluster = decompress(entry);
            synchronized (clusters) {
                clusters.put(entry, cluster);
            }
        }
        into.copyFrom(MemorySegment.ofArray(cluster), inCluster, at, length);
    }

    private byte[] decompress(long entry) throws IOException {
        Compressed place = Compressed.of(entry, store.header.clusterBits());
        MemorySegment memory = Arena.ofAuto().allocate(place.lengthBytes());
        int read =
                (int)
                        store.file.read(
                                place.hostOffset(), IoVector.of(memory), 0, memory.byteSize());
        byte[] input = memory.asSlice(0, read).toArray(ValueLayout.JAVA_BYTE);
        byte[] cluster = new byte[store.clusterBytes];
        if (!Compressed.inflate(input, read, cluster, store.header.zstd())) {
            throw store.bad(
                    "the compressed cluster at "
                            + Qcow2Store.hex(place.hostOffset())
                            + " is damaged or not one cluster long");
        }
        return cluster;
    }
}
