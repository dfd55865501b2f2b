package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A qcow2 image's file: what is known of its length, which clusters hold structures, and whether
 * anything written is not yet on stable storage. All but the data transfers are done under the
 * image's metadata lock.
 */
final class Qcow2Store {
    /** The offset bits of every kind of table entry: 9 to 55. */
    static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;

    private static final long GROW_BYTES = 1 << 20;

    final ImageFile file;
    final Qcow2Header header;
    final ClusterUses uses = new ClusterUses();
    final int clusterBytes;
    private volatile boolean unsynced;
    private volatile long fileBytes;
    private final long openedBytes;
    private long freshFrom;

    Qcow2Store(ImageFile file, Qcow2Header header) throws IOException {
        this.file = file;
        this.header = header;
        clusterBytes = header.clusterBytes();
        fileBytes = file.sizeBytes();
        openedBytes = fileBytes;
        freshFrom = roundUp(fileBytes);
    }

    long roundUp(long bytes) {
        return (bytes + clusterBytes - 1) & -clusterBytes;
    }

    ImageException bad(String what) {
        return new ImageException(file.name() + ": " + what);
    }

    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    long fileBytes() {
        return fileBytes;
    }

    /** Nothing at or after this offset has ever been written; it reads as zeroes. */
    long freshFrom() {
        return freshFrom;
    }

    /** Makes the file reach to the end of newly allocated clusters. */
    void reach(long end) throws IOException {
        if (end > fileBytes) {
            long length =
                    Math.max(end, Math.min(end + GROW_BYTES, roundUp(fileBytes) + GROW_BYTES));
            file.truncate(length);
            unsynced = true;
            fileBytes = length;
        }
        freshFrom = Math.max(freshFrom, end);
    }

    /** Takes back what {@link #reach} added ahead of need. */
    void trim() throws IOException {
        long end = Math.max(openedBytes, freshFrom);
        if (end < fileBytes && fileBytes > openedBytes) {
            file.truncate(end);
            fileBytes = end;
        }
    }

    /** Notes that data was written. */
    void wrote() {
        unsynced = true;
    }

    /** Returns when all that was written before is on stable storage. */
    void barrier() throws IOException {
        if (unsynced) {
            unsynced = false;
            try {
                file.flush();
            } catch (IOException e) {
                unsynced = true;
                throw e;
            }
        }
    }

    void write(long offset, IoVector from, long at, long lengthBytes) throws IOException {
        file.write(offset, from, at, lengthBytes);
        unsynced = true;
    }

    /** Writes big-endian numbers in one piece. */
    void writeLongs(long offset, long... values) throws IOException {
        MemorySegment memory = Arena.ofAuto().allocate(8L * values.length, 8);
        for (int i = 0; i < values.length; i++) {
            BigEndian.put64(memory, 8L * i, values[i]);
        }
        write(offset, IoVector.of(memory), 0, memory.byteSize());
    }

    /** Writes part of an array of big-endian numbers, one table on disk. */
    void writeTable(long offset, long[] values, int first, int count) throws IOException {
        writeLongs(offset + 8L * first, java.util.Arrays.copyOfRange(values, first, first + count));
    }

    /** Reads a table of big-endian numbers, all of it. */
    long[] readTable(long offset, int count, String what) throws IOException {
        long[] values = new long[count];
        MemorySegment memory = Arena.ofAuto().allocate(Math.max(8, Math.min(8L * count, 1 << 20)));
        IoVector vector = IoVector.of(memory);
        int perChunk = (int) (memory.byteSize() / 8);
        for (int done = 0; done < count; done += perChunk) {
            int part = Math.min(perChunk, count - done);
            if (file.read(offset + 8L * done, vector, 0, 8L * part) < 8L * part) {
                throw bad(what + " at offset " + hex(offset) + " is cut off by the file's end");
            }
            for (int i = 0; i < part; i++) {
                values[done + i] = BigEndian.u64(memory, 8L * i);
            }
        }
        return values;
    }

    /**
     * Notes what clusters hold.
     *
     * @throws ImageException if one of them holds something else already
     */
    void claim(long offset, long lengthBytes, ClusterUses.Use use) throws ImageException {
        long last = (offset + lengthBytes - 1) >>> header.clusterBits();
        for (long cluster = offset >>> header.clusterBits(); cluster <= last; cluster++) {
            ClusterUses.Use before = uses.put(cluster, use);
            if (before != null) {
                throw bad(use + " at offset " + hex(offset) + " overlaps " + before);
            }
        }
    }

    void unclaim(long offset, long lengthBytes) {
        long last = (offset + lengthBytes - 1) >>> header.clusterBits();
        for (long cluster = offset >>> header.clusterBits(); cluster <= last; cluster++) {
            uses.remove(cluster);
        }
    }

    /**
     * Checks where a table entry points before anything there is used.
     *
     * @param entry for the message, such as {@code L2 entry 0x…}
     */
    void checkPlace(long offset, String what, long entry) throws ImageException {
        if ((offset & (clusterBytes - 1)) != 0) {
            throw bad(what + " " + hex(entry) + " points to an unaligned offset");
        }
        if (offset >= fileBytes) {
            throw bad(
                    what
                            + " "
                            + hex(entry)
                            + " points beyond the end of the file ("
                            + hex(fileBytes)
                            + ")");
        }
    }

    /** {@link #checkPlace} for guest data, which no structure may share a cluster with. */
    void checkData(long offset, long entry) throws ImageException {
        checkPlace(offset, "L2 entry", entry);
        ClusterUses.Use use = uses.get(offset >>> header.clusterBits());
        if (use != null) {
            throw bad("L2 entry " + hex(entry) + " points to " + use);
        }
    }
}
