package dev.skerry.device.block;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts what an image's tables refer to and compares that with its refcounts: what {@code qemu-img
 * check} does. The file must not change meanwhile.
 */
final class Qcow2Check {
    /** So many clusters take 256 MiB of counters. */
    private static final long MOST_CLUSTERS = 1L << 26;

    private static final int MOST_MESSAGES = 1000;

    private final Qcow2Store store;
    private final Qcow2Header header;
    private final Qcow2Refcounts refcounts;
    private final int clusterBits;
    private final int[] expected;
    private final List<String> messages = new ArrayList<>();
    private long leaks;
    private long errors;
    private long otherErrors;
    private long allocated;
    private long fragmented;
    private long compressedClusters;
    private long endCluster;
    private long nextHost = -1;

    private Qcow2Check(ImageFile file, Qcow2Header header) throws IOException {
        this.header = header;
        store = new Qcow2Store(file, header);
        clusterBits = header.clusterBits();
        refcounts = new Qcow2Refcounts(store);
        long clusters = store.roundUp(store.fileBytes()) >>> clusterBits;
        if (clusters > MOST_CLUSTERS) {
            throw store.bad(clusters + " clusters are too many to check");
        }
        expected = new int[(int) clusters];
    }

    /**
     * Checks an image.
     *
     * @throws ImageException if it is so damaged that it cannot be checked
     */
    static Qcow2Check run(ImageFile file, Qcow2Header header) throws IOException {
        Qcow2Check check = new Qcow2Check(file, header);
        check.count(0, check.store.clusterBytes, "header");
        check.countL1(header.l1Offset(), header.l1Entries(), true);
        List<Qcow2Snapshots.Snapshot> snapshots = Qcow2Snapshots.read(file, header);
        Qcow2Snapshots.claim(check.store, snapshots);
        for (Qcow2Snapshots.Snapshot snapshot : snapshots) {
            check.countL1(snapshot.l1Offset(), snapshot.l1Entries(), false);
        }
        if (!snapshots.isEmpty()) {
            long bytes = Qcow2Snapshots.tableBytes(file, header);
            check.count(header.snapshotOffset(), bytes, "snapshot table");
        }
        check.countRefcountTable();
        check.compare();
        check.checkCopied();
        return check;
    }

    boolean isClean() {
        return leaks + errors + otherErrors == 0;
    }

    long leaks() {
        return leaks;
    }

    long errors() {
        return errors + otherErrors;
    }

    long allocatedClusters() {
        return allocated;
    }

    long fragmentedClusters() {
        return fragmented;
    }

    long compressedClusters() {
        return compressedClusters;
    }

    long totalClusters() {
        return store.roundUp(header.sizeBytes()) >>> clusterBits;
    }

    long endOffset() {
        return endCluster << clusterBits;
    }

    /** What was found, one line each, in qemu-img's manner; not more than a thousand. */
    List<String> messages() {
        return messages;
    }

    private void say(String message) {
        if (messages.size() < MOST_MESSAGES) {
            messages.add(message);
        }
    }

    private void otherError(String message) {
        otherErrors++;
        say("ERROR " + message);
    }

    private void count(long offset, long lengthBytes, String what) {
        if (lengthBytes == 0) {
            return;
        }
        long last = (offset + lengthBytes - 1) >>> clusterBits;
        for (long cluster = offset >>> clusterBits; cluster <= last; cluster++) {
            if (cluster >= expected.length) {
                otherError(what + " at 0x" + Long.toHexString(offset) + " is beyond the file");
                return;
            }
            expected[(int) cluster]++;
        }
    }

    private void countL1(long offset, int entries, boolean active) throws IOException {
        count(offset, 8L * entries, "L1 table");
        for (long entry : store.readTable(offset, entries, "L1 table")) {
            long l2 = entry & Qcow2Store.OFFSET_MASK;
            if (l2 == 0) {
                continue;
            }
            if ((l2 & store.clusterBytes - 1) != 0 || l2 + store.clusterBytes > fileEnd()) {
                otherError("L1 entry 0x" + Long.toHexString(entry) + " points to no L2 table");
                continue;
            }
            count(l2, store.clusterBytes, "L2 table");
            for (long data : store.readTable(l2, store.clusterBytes / 8, "L2 table")) {
                countData(data, active);
            }
        }
    }

    private long fileEnd() {
        return store.roundUp(store.fileBytes());
    }

    private void countData(long entry, boolean active) {
        if ((entry & Qcow2Map.COMPRESSED) != 0) {
            Compressed place = Compressed.of(entry, clusterBits);
            long length = Math.min(place.lengthBytes(), fileEnd() - place.hostOffset());
            count(place.hostOffset(), Math.max(1, length), "compressed cluster");
            if (active) {
                allocated++;
                compressedClusters++;
                // As qemu-img counts: a compressed cluster is never where a plain one would be.
                fragmented++;
            }
            return;
        }
        long host = entry & Qcow2Store.OFFSET_MASK;
        if (host == 0) {
            return;
        }
        if ((host & store.clusterBytes - 1) != 0) {
            otherError("offset=" + Long.toHexString(host) + ": Cluster is not properly aligned");
            return;
        }
        count(host, store.clusterBytes, "data cluster");
        if (active && (entry & Qcow2Map.ZERO) == 0) {
            allocated++;
            fragmented += nextHost >= 0 && host != nextHost ? 1 : 0;
            nextHost = host + store.clusterBytes;
        }
    }

    private void countRefcountTable() throws IOException {
        int entries = header.refcountTableClusters() << clusterBits - 3;
        long tableBytes = (long) header.refcountTableClusters() << clusterBits;
        count(header.refcountTableOffset(), tableBytes, "refcount table");
        for (long block :
                store.readTable(header.refcountTableOffset(), entries, "refcount table")) {
            if (block != 0) {
                count(block, store.clusterBytes, "refcount block");
            }
        }
    }

    private void compare() throws IOException {
        for (int cluster = 0; cluster < expected.length; cluster++) {
            long actual = refcounts.get(cluster);
            if (actual != 0 || expected[cluster] != 0) {
                endCluster = cluster + 1;
            }
            String counts = cluster + " refcount=" + actual + " reference=" + expected[cluster];
            if (actual > expected[cluster]) {
                leaks++;
                say("Leaked cluster " + counts);
            } else if (actual < expected[cluster]) {
                errors++;
                say("ERROR cluster " + counts);
            }
        }
    }

    private void checkCopied() throws IOException {
        walkActive(false);
    }

    /** Compares the copied flags of the active tables with the refcounts, or puts them right. */
    private void walkActive(boolean repair) throws IOException {
        long[] l1 = store.readTable(header.l1Offset(), header.l1Entries(), "L1 table");
        for (int i = 0; i < l1.length; i++) {
            long l2Offset = l1[i] & Qcow2Store.OFFSET_MASK;
            if (l2Offset == 0 || l2Offset + store.clusterBytes > fileEnd()) {
                continue;
            }
            long right = withCopied(l1[i], l2Offset);
            if (right != l1[i]) {
                copiedError("L2 cluster: l1_index=" + i, l1[i], l2Offset, repair);
                if (repair) {
                    store.writeLongs(header.l1Offset() + 8L * i, right);
                }
            }
            long[] l2 = store.readTable(l2Offset, store.clusterBytes / 8, "L2 table");
            for (int j = 0; j < l2.length; j++) {
                long host = l2[j] & Qcow2Store.OFFSET_MASK;
                if ((l2[j] & Qcow2Map.COMPRESSED) != 0 || host == 0) {
                    continue;
                }
                long rightData = withCopied(l2[j], host);
                if (rightData != l2[j]) {
                    copiedError("data cluster:", l2[j], host, repair);
                    if (repair) {
                        store.writeLongs(l2Offset + 8L * j, rightData);
                    }
                }
            }
        }
    }

    private long withCopied(long entry, long host) throws IOException {
        boolean single = refcounts.get(host >>> clusterBits) == 1;
        return single ? entry | Qcow2Map.COPIED : entry & ~Qcow2Map.COPIED;
    }

    private void copiedError(String what, long entry, long host, boolean repair)
            throws IOException {
        if (!repair) {
            errors++;
            say(
                    "ERROR OFLAG_COPIED "
                            + what
                            + " entry="
                            + Long.toHexString(entry)
                            + " refcount="
                            + refcounts.get(host >>> clusterBits));
        }
    }

    /**
     * Puts refcounts right. Nothing is done if something else is wrong: then the counts may be too
     * low.
     *
     * @param fixLeaks counts that are too high
     * @param fixErrors counts that are too low, and copied flags
     * @return whether it did what was asked
     */
    boolean repair(boolean fixLeaks, boolean fixErrors) throws IOException {
        if (otherErrors > 0) {
            return false;
        }
        for (int cluster = 0; cluster < expected.length; cluster++) {
            long actual = refcounts.get(cluster);
            boolean tooLow = actual < expected[cluster];
            if (actual != expected[cluster] && (tooLow ? fixErrors : fixLeaks)) {
                if (expected[cluster] > refcounts.most()) {
                    return false;
                }
                refcounts.ensureBlock(cluster);
                refcounts.set(cluster, expected[cluster]);
            }
        }
        refcounts.writeDirty();
        store.barrier();
        if (fixErrors) {
            walkActive(true);
            store.barrier();
        }
        return true;
    }
}
