package dev.skerry.device.block.img;

import dev.skerry.device.block.BlockImage;
import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** {@code compare [-f FMT] [-F FMT] [-p] [-q] [-s] FILE1 FILE2}. */
final class ImgCompare {
    private static final int CHUNK = 2 << 20;

    private final BlockImage one;
    private final BlockImage two;
    private final MemorySegment bytesOne = Arena.ofAuto().allocate(CHUNK, 4096);
    private final MemorySegment bytesTwo = Arena.ofAuto().allocate(CHUNK, 4096);

    private ImgCompare(BlockImage one, BlockImage two) {
        this.one = one;
        this.two = two;
    }

    static int run(String[] args, PrintStream out) throws ImgException, IOException {
        ImgArguments arguments = new ImgArguments(args, 1, "pqsU:fF");
        if (arguments.names().size() != 2) {
            throw new ImgException("Expecting two image file names", 2);
        }
        PrintStream told = arguments.has("q") ? null : out;
        try (BlockImage one = open(arguments.names().get(0), arguments.format("f"));
                BlockImage two = open(arguments.names().get(1), arguments.format("F"))) {
            if (one.sizeBytes() != two.sizeBytes()) {
                boolean strict = arguments.has("s");
                tell(
                        told,
                        strict
                                ? "Strict mode: Image size mismatch!"
                                : "Warning: Image size mismatch!");
                if (strict) {
                    return 1;
                }
            }
            PrintStream progress = arguments.has("p") ? out : null;
            long difference = new ImgCompare(one, two).firstDifference(progress);
            if (difference >= 0) {
                tell(told, "Content mismatch at offset " + difference + "!");
                return 1;
            }
            tell(told, "Images are identical.");
            return 0;
        }
    }

    private static void tell(PrintStream out, String line) {
        if (out != null) {
            out.println(line);
        }
    }

    private static BlockImage open(String file, String format) throws ImgException {
        try {
            return ImgCommand.open(file, format, true);
        } catch (ImgException e) {
            throw new ImgException(e.getMessage(), 2);
        }
    }

    /** The first block that differs, or -1; what only the longer image has must be zeroes. */
    private long firstDifference(PrintStream out) throws IOException {
        long size = Math.max(one.sizeBytes(), two.sizeBytes());
        ImgProgress progress = new ImgProgress(out, size);
        for (long at = 0; at < size; ) {
            long length = Math.min(CHUNK, size - at);
            boolean zeroOne = read(one, at, length, bytesOne);
            boolean zeroTwo = read(two, at, length, bytesTwo);
            if (!zeroOne || !zeroTwo) {
                long differs = bytesOne.asSlice(0, length).mismatch(bytesTwo.asSlice(0, length));
                if (differs >= 0) {
                    return at + (differs & -512);
                }
            }
            at += length;
            progress.show(at);
        }
        progress.end();
        return -1;
    }

    private static boolean read(BlockImage image, long at, long length, MemorySegment into)
            throws IOException {
        long there = Math.max(0, Math.min(length, image.sizeBytes() - at));
        BlockImage.Extent extent =
                there == 0 ? new BlockImage.Extent(true, 0) : image.extentAt(at, there);
        if (extent.zero() && extent.lengthBytes() == there) {
            into.asSlice(0, length).fill((byte) 0);
            return true;
        }
        image.read(at, IoVector.of(into), 0, there);
        into.asSlice(there, length - there).fill((byte) 0);
        return false;
    }
}
