package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Makes empty qcow2 images: header, refcount table and blocks, L1 table, in this order.
 *
 * @param version 2 or 3; 2 allows no other refcounts than 16 bits, no lazy ones and no zstd
 */
record Qcow2Creator(
        long sizeBytes,
        int version,
        int clusterBits,
        int refcountOrder,
        boolean lazyRefcounts,
        boolean zstd,
        String backingFile,
        String backingFormat) {
    private static final String[] FEATURES = {
        "\0\0dirty bit",
        "\0\1corrupt bit",
        "\0\2external data file",
        "\0\3compression type",
        "\0\4extended L2 entries",
        "\1\0lazy refcounts",
        "\2\0bitmaps",
        "\2\1raw external data"
    };
    private static final int FEATURE_BYTES = 48;
    private static final int EXTENSION_FEATURES = 0x6803f857;

    /** Writes an image into an empty file. */
    void create(ImageFile file) throws IOException {
        long clusterBytes = 1L << clusterBits;
        long l1Entries = Qcow2Header.l1EntriesFor(sizeBytes, clusterBits);
        if (8 * l1Entries > Qcow2Header.MOST_L1_BYTES) {
            throw new ImageException(
                    file.name() + ": size " + sizeBytes + " is too large for its clusters");
        }
        long l1Clusters = Math.max(1, (8 * l1Entries + clusterBytes - 1) >>> clusterBits);
        int blockBits = clusterBits + 3 - refcountOrder;
        long blocks = 1;
        long tableClusters = 1;
        while (blocks << blockBits < 1 + tableClusters + blocks + l1Clusters) {
            blocks++;
            tableClusters = (8 * blocks + clusterBytes - 1) >>> clusterBits;
        }
        long used = 1 + tableClusters + blocks + l1Clusters;
        file.truncate(used << clusterBits);
        writeRefcounts(file, tableClusters, blocks, used);
        long l1Offset = (1 + tableClusters + blocks) << clusterBits;
        writeHeader(file, l1Entries, l1Offset, tableClusters);
        file.flush();
    }

    private void writeRefcounts(ImageFile file, long tableClusters, long blocks, long used)
            throws IOException {
        long firstBlock = 1 + tableClusters;
        MemorySegment table = Arena.ofAuto().allocate(tableClusters << clusterBits, 8);
        for (long i = 0; i < blocks; i++) {
            BigEndian.put64(table, 8 * i, (firstBlock + i) << clusterBits);
        }
        write(file, 1L << clusterBits, table);
        long bytes = blocks << clusterBits;
        MemorySegment counts = Arena.ofAuto().allocate(bytes, 8);
        for (long i = 0; i < used; i++) {
            // The lowest bit of a big-endian number, or of a part of a byte.
            long at = refcountOrder < 3 ? i << refcountOrder : ((i + 1 << refcountOrder) - 8);
            int before = counts.get(ValueLayout.JAVA_BYTE, at >>> 3);
            counts.set(ValueLayout.JAVA_BYTE, at >>> 3, (byte) (before | 1 << (at & 7)));
        }
        write(file, firstBlock << clusterBits, counts);
    }

    private static void write(ImageFile file, long offset, MemorySegment memory)
            throws IOException {
        file.write(offset, IoVector.of(memory), 0, memory.byteSize());
    }

    private void writeHeader(ImageFile file, long l1Entries, long l1Offset, long tableClusters)
            throws IOException {
        MemorySegment header = Arena.ofAuto().allocate(1L << clusterBits, 8);
        int length = version == 2 ? Qcow2Header.V2_BYTES : 112;
        BigEndian.put32(header, 0, Qcow2Header.MAGIC);
        BigEndian.put32(header, 4, version);
        BigEndian.put32(header, 20, clusterBits);
        BigEndian.put64(header, Qcow2Header.SIZE_AT, sizeBytes);
        BigEndian.put32(header, Qcow2Header.L1_AT, l1Entries);
        BigEndian.put64(header, Qcow2Header.L1_AT + 4, l1Offset);
        BigEndian.put64(header, Qcow2Header.REFCOUNT_TABLE_AT, 1L << clusterBits);
        BigEndian.put32(header, Qcow2Header.REFCOUNT_TABLE_AT + 8, tableClusters);
        if (version == 3) {
            BigEndian.put64(header, 72, zstd ? Qcow2Header.COMPRESSION_TYPE : 0);
            BigEndian.put64(header, 80, lazyRefcounts ? Qcow2Header.LAZY_REFCOUNTS : 0);
            BigEndian.put32(header, 96, refcountOrder);
            BigEndian.put32(header, 100, length);
            header.set(ValueLayout.JAVA_BYTE, Qcow2Header.COMPRESSION_AT, (byte) (zstd ? 1 : 0));
        }
        writeExtensions(file, header, length);
        write(file, 0, header);
    }

    private void writeExtensions(ImageFile file, MemorySegment header, int begin)
            throws ImageException {
        int at = begin;
        byte[] format = backingFormat == null ? null : bytes(backingFormat);
        byte[] backing = backingFile == null ? new byte[0] : bytes(backingFile);
        int formatBytes = format == null ? 0 : 8 + (format.length + 7 & -8);
        if (backing.length > 1023 || begin + formatBytes + 8 + backing.length > 1 << clusterBits) {
            throw new ImageException(file.name() + ": the backing file's name is too long");
        }
        if (format != null) {
            at = extension(header, at, Qcow2Header.EXTENSION_BACKING_FORMAT, format);
        }
        byte[] features = new byte[FEATURES.length * FEATURE_BYTES];
        for (int i = 0; i < FEATURES.length; i++) {
            byte[] feature = bytes(FEATURES[i]);
            System.arraycopy(feature, 0, features, i * FEATURE_BYTES, feature.length);
        }
        // Names are for people; in the smallest clusters a long backing file's name goes first.
        if (version == 3 && at + 16 + features.length + backing.length <= 1 << clusterBits) {
            at = extension(header, at, EXTENSION_FEATURES, features);
        }
        at += 8;
        if (backing.length > 0) {
            BigEndian.put64(header, 8, at);
            BigEndian.put32(header, 16, backing.length);
            MemorySegment.copy(backing, 0, header, ValueLayout.JAVA_BYTE, at, backing.length);
        }
    }

    private static int extension(MemorySegment header, int at, int type, byte[] data) {
        BigEndian.put32(header, at, type);
        BigEndian.put32(header, at + 4, data.length);
        MemorySegment.copy(data, 0, header, ValueLayout.JAVA_BYTE, at + 8, data.length);
        return at + 8 + (data.length + 7 & -8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
