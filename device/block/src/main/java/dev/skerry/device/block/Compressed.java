package dev.skerry.device.block;

import dev.skerry.platform.zstd.ZstdDecoder;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Where a compressed cluster is. Source: the qcow2 specification, "Compressed Clusters Descriptor".
 *
 * @param hostOffset of its first byte, any
 * @param lengthBytes at most; it may end earlier, and so may the file
 */
record Compressed(long hostOffset, int lengthBytes) {
    private static final int WINDOW_BYTES = 4096;

    /** The place an L2 entry describes. */
    static Compressed of(long entry, int clusterBits) {
        int offsetBits = 62 - (clusterBits - 8);
        long offset = entry & (1L << offsetBits) - 1;
        long sectors = (entry & ~(3L << 62)) >>> offsetBits;
        return new Compressed(offset, (int) ((sectors + 1) * 512 - (offset & 511)));
    }

    /** The L2 entry that describes a place of exactly so many bytes. */
    static long entry(long hostOffset, int lengthBytes, int clusterBits) {
        long moreSectors = ((hostOffset & 511) + lengthBytes - 1) >> 9;
        return 1L << 62 | moreSectors << (62 - (clusterBits - 8)) | hostOffset;
    }

    /**
     * Compresses a cluster with zlib, so that nothing refers further back than the 4 KiB the format
     * allows: the window starts anew every 4 KiB.
     *
     * @return null if it does not become smaller
     */
    static byte[] deflate(byte[] cluster) {
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        try {
            byte[] output = new byte[cluster.length];
            int length = 0;
            for (int at = 0; at < cluster.length; at += WINDOW_BYTES) {
                int part = Math.min(WINDOW_BYTES, cluster.length - at);
                boolean last = at + part == cluster.length;
                deflater.setInput(cluster, at, part);
                if (last) {
                    deflater.finish();
                }
                int flush = last ? Deflater.NO_FLUSH : Deflater.FULL_FLUSH;
                length += deflater.deflate(output, length, output.length - length, flush);
                if (length == output.length) {
                    return null;
                }
            }
            return deflater.finished() ? Arrays.copyOf(output, length) : null;
        } finally {
            deflater.end();
        }
    }

    /**
     * Decompresses into exactly one cluster: never more, whatever the data asks for.
     *
     * @param length how many bytes of the input there are
     * @return false if the data is damaged or too little
     */
    static boolean inflate(byte[] input, int length, byte[] cluster, boolean zstd) {
        if (zstd) {
            return new ZstdDecoder(input, length, cluster).decode();
        }
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(input, 0, length);
            int done = 0;
            while (done < cluster.length) {
                int part = inflater.inflate(cluster, done, cluster.length - done);
                if (part == 0) {
                    return false;
                }
                done += part;
            }
            return true;
        } catch (DataFormatException e) {
            return false;
        } finally {
            inflater.end();
        }
    }
}
