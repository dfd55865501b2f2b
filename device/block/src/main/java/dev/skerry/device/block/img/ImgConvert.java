package dev.skerry.device.block.img;

import dev.skerry.device.block.BlockImage;
import dev.skerry.device.block.ImageTools;
import dev.skerry.device.block.Qcow2Image;
import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code convert [-c] [-p] [-q] [-f FMT] [-O FMT] [-o OPTIONS] SOURCE TARGET}. */
final class ImgConvert {
    private static final int CHUNK = 2 << 20;

    /** Zeroes shorter than this are written with the data around them, as qemu-img does. */
    private static final int SPARSE = 4096;

    private final BlockImage source;
    private final BlockImage target;

    /** The target if it is to be compressed, or null. */
    private final Qcow2Image packed;

    private final MemorySegment buffer = Arena.ofAuto().allocate(CHUNK, 4096);
    private final IoVector vector = IoVector.of(buffer);

    private ImgConvert(BlockImage source, BlockImage target, Qcow2Image packed) {
        this.packed = packed;
        this.source = source;
        this.target = target;
    }

    static int run(String[] args, PrintStream out) throws ImgException, IOException {
        ImgArguments arguments = new ImgArguments(args, 1, "pqcnUW:fOoBFmSltTr");
        for (String option : new String[] {"n", "B", "F", "l", "U"}) {
            if (arguments.has(option)) {
                throw new ImgException("convert -" + option + " is not supported", 1);
            }
        }
        if (arguments.names().size() != 2) {
            throw ImgException.usage("Must specify image file name");
        }
        String from = arguments.names().get(0);
        String to = arguments.names().get(1);
        String format = arguments.has("O") ? arguments.get("O") : "raw";
        try (BlockImage source = ImgCommand.open(from, arguments.format("f"), true)) {
            ImageTools.Shape shape =
                    ImgCreate.shape(to, format, source.sizeBytes(), arguments.get("o"), null, null);
            if (shape.backingFile() != null) {
                throw new ImgException("convert -o backing_file is not supported", 1);
            }
            ImageTools.create(to, ImgCreate.sized(shape, source.sizeBytes()));
            try (BlockImage target = ImgCommand.open(to, format, false)) {
                Qcow2Image packed = arguments.has("c") ? compressible(target) : null;
                PrintStream progress = arguments.has("p") && !arguments.has("q") ? out : null;
                new ImgConvert(source, target, packed)
                        .copy(new ImgProgress(progress, source.sizeBytes()));
            }
        }
        return 0;
    }

    private static Qcow2Image compressible(BlockImage target) throws ImgException {
        if (!(target instanceof Qcow2Image qcow2)) {
            throw new ImgException("Compression not supported for this file format", 1);
        }
        if (!qcow2.canCompress()) {
            throw new ImgException("writing zstd is not supported, only zlib", 1);
        }
        return qcow2;
    }

    private void copy(ImgProgress progress) throws IOException {
        long size = source.sizeBytes();
        for (long at = 0; at < size; ) {
            BlockImage.Extent extent = source.extentAt(at, Math.min(size - at, 1L << 30));
            long length = extent.lengthBytes();
            if (!extent.zero()) {
                length = Math.min(length, CHUNK - (at & CHUNK - 1));
                if (packed == null) {
                    source.read(at, vector, 0, length);
                    writeData(at, length);
                } else {
                    // Whole clusters, whatever pieces the source is in.
                    long cluster = packed.clusterBytes();
                    at &= -cluster;
                    length = Math.min(cluster, size - at);
                    source.read(at, vector, 0, length);
                    if (!isZero(0, length)) {
                        packed.writeCompressed(at, vector, 0, (int) length);
                    }
                }
            }
            at += length;
            progress.show(at);
        }
        target.flush();
        progress.end();
    }

    /** The target is new and all zeroes, so only what is not zero is written. */
    private void writeData(long at, long length) throws IOException {
        long begin = -1;
        for (long piece = 0; piece < length; piece += SPARSE) {
            long pieceLength = Math.min(SPARSE, length - piece);
            if (!isZero(piece, pieceLength)) {
                begin = begin < 0 ? piece : begin;
            } else if (begin >= 0) {
                target.write(at + begin, vector, begin, piece - begin);
                begin = -1;
            }
        }
        if (begin >= 0) {
            target.write(at + begin, vector, begin, length - begin);
        }
    }

    private boolean isZero(long offset, long length) {
        for (long i = 0; i + 8 <= length; i += 8) {
            if (buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + i) != 0) {
                return false;
            }
        }
        return (length & 7) == 0;
    }
}
