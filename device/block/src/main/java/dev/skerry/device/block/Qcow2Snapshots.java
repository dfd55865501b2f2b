package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The internal snapshots of a qcow2 image, to list them and to count what they refer to. Source: the
 * qcow2 specification, "Snapshots".
 */
final class Qcow2Snapshots {
    /**
     * One snapshot.
     *
     * @param dateSeconds since 1970
     * @param instructionCount -1 if it was not recorded
     */
    record Snapshot(
            String id,
            String name,
            long l1Offset,
            int l1Entries,
            long vmStateBytes,
            long dateSeconds,
            int dateNs,
            long vmClockNs,
            long instructionCount) {}

    private static final int FIXED_BYTES = 40;
    private static final int MOST_EXTRA_BYTES = 1024;

    private Qcow2Snapshots() {}

    /** Reads and checks the table. */
    static List<Snapshot> read(ImageFile file, Qcow2Header header) throws IOException {
        List<Snapshot> snapshots = new ArrayList<>();
        long at = header.snapshotOffset();
        for (int i = 0; i < header.snapshotCount(); i++) {
            MemorySegment fixed = part(file, at, FIXED_BYTES, i);
            long extraBytes = BigEndian.u32(fixed, 36);
            int idBytes = BigEndian.u16(fixed, 12);
            int nameBytes = BigEndian.u16(fixed, 14);
            long l1Entries = BigEndian.u32(fixed, 8);
            long l1Offset = BigEndian.u64(fixed, 0);
            if (extraBytes > MOST_EXTRA_BYTES) {
                throw bad(file, i, "extra data of " + extraBytes + " bytes");
            }
            if (l1Entries * 8 > Qcow2Header.MOST_L1_BYTES
                    || (l1Offset & header.clusterBytes() - 1) != 0
                    || l1Offset < 0
                    || l1Offset > file.sizeBytes() - 8 * l1Entries) {
                throw bad(
                        file,
                        i,
                        "an L1 table of "
                                + l1Entries
                                + " entries at 0x"
                                + Long.toHexString(l1Offset));
            }
            int rest = (int) extraBytes + idBytes + nameBytes;
            MemorySegment tail = part(file, at + FIXED_BYTES, rest, i);
            long stateBytes = extraBytes >= 8 ? BigEndian.u64(tail, 0) : BigEndian.u32(fixed, 32);
            snapshots.add(
                    new Snapshot(
                            text(tail, extraBytes, idBytes),
                            text(tail, extraBytes + idBytes, nameBytes),
                            l1Offset,
                            (int) l1Entries,
                            stateBytes,
                            BigEndian.u32(fixed, 16),
                            (int) BigEndian.u32(fixed, 20),
                            BigEndian.u64(fixed, 24),
                            extraBytes >= 24 ? BigEndian.u64(tail, 16) : -1));
            at += FIXED_BYTES + rest + 7 & -8;
        }
        return snapshots;
    }

    /** The length of the table on disk. */
    static long tableBytes(ImageFile file, Qcow2Header header) throws IOException {
        long at = header.snapshotOffset();
        for (int i = 0; i < header.snapshotCount(); i++) {
            MemorySegment fixed = part(file, at, FIXED_BYTES, i);
            long rest =
                    BigEndian.u32(fixed, 36) + BigEndian.u16(fixed, 12) + BigEndian.u16(fixed, 14);
            at += FIXED_BYTES + rest + 7 & -8;
        }
        return at - header.snapshotOffset();
    }

    /** Notes where the table and the snapshots' L1 tables are. */
    static void claim(Qcow2Store store, List<Snapshot> snapshots) throws IOException {
        if (!snapshots.isEmpty()) {
            store.claim(
                    store.header.snapshotOffset(),
                    tableBytes(store.file, store.header),
                    ClusterUses.Use.SNAPSHOT_TABLE);
        }
        for (Snapshot snapshot : snapshots) {
            if (snapshot.l1Entries() > 0) {
                store.claim(
                        snapshot.l1Offset(),
                        8L * snapshot.l1Entries(),
                        ClusterUses.Use.SNAPSHOT_L1);
            }
        }
    }

    private static MemorySegment part(ImageFile file, long at, int length, int index)
            throws IOException {
        MemorySegment memory = Arena.ofAuto().allocate(Math.max(length, 8), 8);
        if (file.read(at, IoVector.of(memory), 0, length) < length) {
            throw bad(file, index, "an entry that is cut off by the end of the file");
        }
        return memory;
    }

    private static ImageException bad(ImageFile file, int index, String what) {
        return new ImageException(file.name() + ": snapshot " + index + " has " + what);
    }

    private static String text(MemorySegment in, long offset, int length) {
        byte[] bytes = in.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
