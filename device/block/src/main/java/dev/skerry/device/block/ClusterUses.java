package dev.skerry.device.block;

import java.util.Arrays;

/**
 * Which clusters of a qcow2 file hold structures, and which. Data that claims such a cluster is a
 * damaged or hostile image. A hash table of longs; not safe for use by many threads.
 */
final class ClusterUses {
    /** What a cluster may hold beside guest data. */
    enum Use {
        HEADER("the header"),
        L1("the L1 table"),
        L2("an L2 table"),
        REFCOUNT_TABLE("the refcount table"),
        REFCOUNT_BLOCK("a refcount block"),
        SNAPSHOT_TABLE("the snapshot table"),
        SNAPSHOT_L1("a snapshot's L1 table");

        private final String label;

        Use(String label) {
            this.label = label;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    private static final Use[] USES = Use.values();
    private static final long EMPTY = -1;

    private long[] keys = new long[64];
    private byte[] uses = new byte[64];
    private int count;

    ClusterUses() {
        Arrays.fill(keys, EMPTY);
    }

    /** What a cluster holds, or null. */
    Use get(long cluster) {
        int slot = slot(cluster);
        return keys[slot] == EMPTY ? null : USES[uses[slot]];
    }

    /** Notes a use; returns the use it had, or null. */
    Use put(long cluster, Use use) {
        int slot = slot(cluster);
        if (keys[slot] != EMPTY) {
            Use before = USES[uses[slot]];
            uses[slot] = (byte) use.ordinal();
            return before;
        }
        keys[slot] = cluster;
        uses[slot] = (byte) use.ordinal();
        if (++count * 2 > keys.length) {
            grow();
        }
        return null;
    }

    /** Forgets a cluster; entries after it move up so that no gap hides one. */
    void remove(long cluster) {
        int hole = slot(cluster);
        if (keys[hole] == EMPTY) {
            return;
        }
        count--;
        int mask = keys.length - 1;
        for (int at = hole + 1 & mask; keys[at] != EMPTY; at = at + 1 & mask) {
            int home = home(keys[at]);
            if ((at - home & mask) >= (at - hole & mask)) {
                keys[hole] = keys[at];
                uses[hole] = uses[at];
                hole = at;
            }
        }
        keys[hole] = EMPTY;
    }

    private int home(long cluster) {
        return (int) (cluster * 0x9e3779b97f4a7c15L >>> 33) & keys.length - 1;
    }

    private int slot(long cluster) {
        int at = home(cluster);
        while (keys[at] != EMPTY && keys[at] != cluster) {
            at = at + 1 & keys.length - 1;
        }
        return at;
    }

    private void grow() {
        long[] oldKeys = keys;
        byte[] oldUses = uses;
        keys = new long[2 * oldKeys.length];
        uses = new byte[2 * oldKeys.length];
        Arrays.fill(keys, EMPTY);
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != EMPTY) {
                int slot = slot(oldKeys[i]);
                keys[slot] = oldKeys[i];
                uses[slot] = oldUses[i];
            }
        }
    }
}
