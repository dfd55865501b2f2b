package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * A qcow2 image's header as found valid. Source: the qcow2 specification (QEMU's {@code
 * docs/interop/qcow2.txt}), "Header" and "Header extensions".
 *
 * @param version 2 or 3
 * @param clusterBits 9 to 21
 * @param sizeBytes the guest's capacity
 * @param refcountOrder refcounts have 2 to the power of this many bits, 0 to 6
 * @param zstd whether compressed clusters are zstd's, otherwise zlib's
 * @param backingFile as written in the image, or null
 * @param backingFormat null if the image does not say
 * @param lengthBytes of the header without extensions
 */
record Qcow2Header(
        int version,
        int clusterBits,
        long sizeBytes,
        int l1Entries,
        long l1Offset,
        long refcountTableOffset,
        int refcountTableClusters,
        int snapshotCount,
        long snapshotOffset,
        long incompatible,
        long compatible,
        long autoclear,
        int refcountOrder,
        boolean zstd,
        String backingFile,
        String backingFormat,
        int lengthBytes) {
    static final int MAGIC = 0x514649fb;

    // Byte offsets of what is changed in place.
    static final int SIZE_AT = 24;
    static final int L1_AT = 36;
    static final int REFCOUNT_TABLE_AT = 48;
    static final int INCOMPATIBLE_AT = 72;
    static final int AUTOCLEAR_AT = 88;
    static final int COMPRESSION_AT = 104;

    static final int V2_BYTES = 72;
    static final int V3_BYTES = 104;

    static final long DIRTY = 1;
    static final long CORRUPT = 2;
    static final long DATA_FILE = 4;
    static final long COMPRESSION_TYPE = 8;
    static final long EXTENDED_L2 = 16;
    static final long LAZY_REFCOUNTS = 1;

    static final int EXTENSION_BACKING_FORMAT = 0xe2792aca;
    private static final int EXTENSION_FEATURES = 0x6803f857;

    /** QEMU's bound on the L1 table, so that no image of ours is too large for it. */
    static final long MOST_L1_BYTES = 32L << 20;

    /** QEMU's bound on the refcount table. */
    static final long MOST_REFCOUNT_TABLE_BYTES = 8L << 20;

    private static final int MOST_SNAPSHOTS = 65_536;
    private static final int MOST_NAME_BYTES = 1023;

    int clusterBytes() {
        return 1 << clusterBits;
    }

    /** How many guest bytes one L2 table maps, as a power of 2. */
    int l2CoverageBits() {
        return 2 * clusterBits - 3;
    }

    boolean isDirty() {
        return (incompatible & DIRTY) != 0;
    }

    boolean isCorrupt() {
        return (incompatible & CORRUPT) != 0;
    }

    boolean hasLazyRefcounts() {
        return (compatible & LAZY_REFCOUNTS) != 0;
    }

    /** How many L1 entries a capacity needs. */
    static long l1EntriesFor(long sizeBytes, int clusterBits) {
        int bits = 2 * clusterBits - 3;
        return (sizeBytes >>> bits) + ((sizeBytes & ((1L << bits) - 1)) != 0 ? 1 : 0);
    }

    /**
     * Reads and checks it, as far as can be told from the header and the file's length.
     *
     * @throws ImageException naming the field and its value
     */
    static Qcow2Header read(ImageFile file) throws IOException {
        MemorySegment fixed = Arena.ofAuto().allocate(112, 8);
        long read = file.read(0, IoVector.of(fixed), 0, 112);
        Reader reader = new Reader(file.name(), file.sizeBytes());
        if (read < V2_BYTES || BigEndian.u32(fixed, 0) != Integer.toUnsignedLong(MAGIC)) {
            throw reader.bad("Image is not in qcow2 format");
        }
        int version = (int) BigEndian.u32(fixed, 4);
        if (version != 2 && version != 3) {
            throw reader.bad("Unsupported qcow2 version " + Integer.toUnsignedString(version));
        }
        if (version == 3 && read < V3_BYTES) {
            throw reader.bad("the file ends within the header, at byte " + read);
        }
        long clusterBits = BigEndian.u32(fixed, 20);
        if (clusterBits < 9 || clusterBits > 21) {
            throw reader.bad("cluster_bits " + clusterBits + " at byte 20 is not 9 to 21");
        }
        long size = Math.min(1L << clusterBits, file.sizeBytes());
        MemorySegment cluster = Arena.ofAuto().allocate(Math.max(112, size), 8);
        file.read(0, IoVector.of(cluster), 0, size);
        return reader.header(cluster, size, version, (int) clusterBits);
    }

    /** Picks the fields from the first cluster. */
    private static final class Reader {
        private final String name;
        private final long fileBytes;
        private String backingFormat;
        private String features = "";

        Reader(String name, long fileBytes) {
            this.name = name;
            this.fileBytes = fileBytes;
        }

        ImageException bad(String what) {
            return new ImageException(name + ": " + what);
        }

        Qcow2Header header(MemorySegment in, long available, int version, int clusterBits)
                throws ImageException {
            boolean v3 = version == 3;
            long length = v3 ? BigEndian.u32(in, 100) : V2_BYTES;
            if (length < (v3 ? V3_BYTES : V2_BYTES) || length > available) {
                throw bad("header_length " + length + " at byte 100 is out of range");
            }
            String backing = backingFile(in, available, length);
            long extensionsEnd = backing != null ? BigEndian.u64(in, 8) : available;
            readExtensions(in, length, extensionsEnd);
            long incompatible = v3 ? BigEndian.u64(in, INCOMPATIBLE_AT) : 0;
            checkFeatures(in, incompatible);
            long order = v3 ? BigEndian.u32(in, 96) : 4;
            if (order > 6) {
                throw bad("refcount_order " + order + " at byte 96 is over 6");
            }
            int compression = length > COMPRESSION_AT ? in.get(ValueLayout.JAVA_BYTE, 104) : 0;
            boolean typed = (incompatible & COMPRESSION_TYPE) != 0;
            if (compression < 0 || compression > 1 || typed != (compression != 0)) {
                throw bad("compression type " + (compression & 0xff) + " at byte 104 is not known");
            }
            Qcow2Header header =
                    new Qcow2Header(
                            version,
                            clusterBits,
                            BigEndian.u64(in, SIZE_AT),
                            count(in, L1_AT, MOST_L1_BYTES / 8, "L1 size"),
                            BigEndian.u64(in, L1_AT + 4),
                            BigEndian.u64(in, REFCOUNT_TABLE_AT),
                            count(
                                    in,
                                    REFCOUNT_TABLE_AT + 8,
                                    MOST_REFCOUNT_TABLE_BYTES >> clusterBits,
                                    "refcount table size"),
                            count(in, 60, MOST_SNAPSHOTS, "number of snapshots"),
                            BigEndian.u64(in, 64),
                            incompatible,
                            v3 ? BigEndian.u64(in, 80) : 0,
                            v3 ? BigEndian.u64(in, AUTOCLEAR_AT) : 0,
                            (int) order,
                            compression == 1,
                            backing,
                            backing == null ? null : backingFormat,
                            (int) length);
            checkTables(header);
            return header;
        }

        private int count(MemorySegment in, int at, long most, String what) throws ImageException {
            long value = BigEndian.u32(in, at);
            if (value > most) {
                throw bad(what + " " + value + " at byte " + at + " is over " + most);
            }
            return (int) value;
        }

        private String backingFile(MemorySegment in, long available, long headerBytes)
                throws ImageException {
            long offset = BigEndian.u64(in, 8);
            long length = BigEndian.u32(in, 16);
            if (offset == 0 || length == 0) {
                return null;
            }
            if (length > MOST_NAME_BYTES
                    || offset < headerBytes
                    || offset > available
                    || length > available - offset) {
                throw bad(
                        "the backing file's name, at byte "
                                + Long.toUnsignedString(offset)
                                + ", length "
                                + length
                                + ", is not within the first cluster");
            }
            return text(in, offset, length);
        }

        private static String text(MemorySegment in, long offset, long length) {
            byte[] bytes = in.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
            int end = 0;
            while (end < bytes.length && bytes[end] != 0) {
                end++;
            }
            return new String(bytes, 0, end, StandardCharsets.UTF_8);
        }

        private void readExtensions(MemorySegment in, long begin, long end) throws ImageException {
            for (long at = begin; at + 8 <= end; ) {
                int type = (int) BigEndian.u32(in, at);
                long length = BigEndian.u32(in, at + 4);
                if (type == 0) {
                    return;
                }
                if (length > end - at - 8) {
                    throw bad(
                            "header extension at byte "
                                    + at
                                    + ": length "
                                    + length
                                    + " is too long");
                }
                if (type == EXTENSION_BACKING_FORMAT) {
                    backingFormat = text(in, at + 8, Math.min(length, 64));
                } else if (type == EXTENSION_FEATURES) {
                    readFeatureNames(in, at + 8, length);
                }
                at += 8 + ((length + 7) & -8);
            }
        }

        private void readFeatureNames(MemorySegment in, long begin, long length) {
            StringBuilder names = new StringBuilder();
            for (long at = begin; at + 48 <= begin + length; at += 48) {
                if (in.get(ValueLayout.JAVA_BYTE, at) == 0) {
                    int bit = in.get(ValueLayout.JAVA_BYTE, at + 1);
                    names.append('\n').append(bit).append(' ').append(text(in, at + 2, 46));
                }
            }
            features = names.append('\n').toString();
        }

        private void checkFeatures(MemorySegment in, long incompatible) throws ImageException {
            long crypt = BigEndian.u32(in, 32);
            if (crypt != 0) {
                String method = crypt == 1 ? "AES" : crypt == 2 ? "LUKS" : "method " + crypt;
                throw bad("encryption (" + method + ") is not supported");
            }
            if ((incompatible & DATA_FILE) != 0) {
                throw bad("an external data file is not supported");
            }
            if ((incompatible & EXTENDED_L2) != 0) {
                throw bad("extended L2 entries (subclusters) are not supported");
            }
            long unknown = incompatible & ~(DIRTY | CORRUPT | COMPRESSION_TYPE);
            if (unknown != 0) {
                int bit = Long.numberOfTrailingZeros(unknown);
                int named = features.indexOf("\n" + bit + " ");
                String feature =
                        named < 0
                                ? "bit " + bit
                                : features.substring(
                                        features.indexOf(' ', named) + 1,
                                        features.indexOf('\n', named + 1));
                throw bad("Unsupported qcow2 feature(s): " + feature);
            }
        }

        private void checkTables(Qcow2Header h) throws ImageException {
            if (h.sizeBytes < 0
                    || l1EntriesFor(h.sizeBytes, h.clusterBits) > MOST_L1_BYTES / 8
                    || h.sizeBytes > Long.MAX_VALUE - 511) {
                throw bad(
                        "size "
                                + Long.toUnsignedString(h.sizeBytes)
                                + " at byte 24 is too large for its clusters");
            }
            if (l1EntriesFor(h.sizeBytes, h.clusterBits) > h.l1Entries) {
                throw bad("L1 table is too small: " + h.l1Entries + " entries at byte 36");
            }
            table(h, h.l1Offset, 8L * h.l1Entries, "L1 table");
            if (h.refcountTableClusters == 0) {
                throw bad("the image has no refcount table");
            }
            long tableBytes = (long) h.refcountTableClusters << h.clusterBits;
            table(h, h.refcountTableOffset, tableBytes, "refcount table");
            if (h.snapshotCount > 0) {
                table(h, h.snapshotOffset, 40L * h.snapshotCount, "snapshot table");
            }
        }

        private void table(Qcow2Header h, long offset, long length, String what)
                throws ImageException {
            if (length == 0) {
                return;
            }
            String where = what + " offset 0x" + Long.toHexString(offset);
            if ((offset & (h.clusterBytes() - 1)) != 0) {
                throw bad(where + " is not aligned to a cluster");
            }
            if (offset < h.clusterBytes()) {
                throw bad(where + " overlaps the header");
            }
            if (offset < 0 || offset > fileBytes || length > fileBytes - offset) {
                throw bad(
                        where
                                + ", length 0x"
                                + Long.toHexString(length)
                                + " is beyond the end of the file (0x"
                                + Long.toHexString(fileBytes)
                                + ")");
            }
        }
    }
}
