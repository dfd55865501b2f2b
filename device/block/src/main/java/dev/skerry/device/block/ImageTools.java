package dev.skerry.device.block;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What is done to images apart from using them: make, describe, check, resize. Every operation opens
 * its file with QEMU's locks and closes it again.
 */
public final class ImageTools {
    /**
     * The shape of a new image.
     *
     * @param format {@code raw} or {@code qcow2}; for raw only the size counts
     * @param sizeBytes a multiple of 512
     * @param version of qcow2: 2 or 3
     * @param clusterBytes a power of two, 512 to 2 MiB
     * @param refcountBits a power of two, 1 to 64; 16 for version 2
     * @param zstd whether compressed clusters are to be zstd's
     * @param backingFile or null
     * @param backingFormat or null
     */
    public record Shape(
            String format,
            long sizeBytes,
            int version,
            int clusterBytes,
            int refcountBits,
            boolean lazyRefcounts,
            boolean zstd,
            String backingFile,
            String backingFormat) {
        /** What qemu-img makes when nothing else is said. */
        public static Shape of(String format, long sizeBytes) {
            return new Shape(format, sizeBytes, 3, 65_536, 16, false, false, null, null);
        }
    }

    /** A snapshot as listed; times in seconds since 1970 and nanoseconds. */
    public record SnapshotInfo(
            String id,
            String name,
            long vmStateBytes,
            long dateSeconds,
            long vmClockNs,
            long instructionCount) {}

    /**
     * An image described.
     *
     * @param allocatedBytes of storage, as far as the file system tells
     * @param shape what it could be made anew from
     */
    public record Info(
            Shape shape,
            long allocatedBytes,
            boolean dirty,
            boolean corrupt,
            List<SnapshotInfo> snapshots) {}

    /**
     * A check's result; clusters unless it says otherwise.
     *
     * @param repaired whether the file was changed, after which the numbers are those of a second
     *     check
     */
    public record CheckReport(
            long errors,
            long leaks,
            long errorsFixed,
            long leaksFixed,
            long allocated,
            long total,
            long fragmented,
            long compressed,
            long endOffsetBytes,
            boolean repaired,
            List<String> messages) {}

    private ImageTools() {}

    /** Makes an image, replacing what a file of that name held. */
    public static void create(String path, Shape shape) throws IOException {
        try (HostImageFile file = HostImageFile.create(path)) {
            if (shape.format.equals("raw")) {
                file.truncate(shape.sizeBytes);
                return;
            }
            new Qcow2Creator(
                            shape.sizeBytes,
                            shape.version,
                            Integer.numberOfTrailingZeros(shape.clusterBytes),
                            Integer.numberOfTrailingZeros(shape.refcountBits),
                            shape.lazyRefcounts,
                            shape.zstd,
                            shape.backingFile,
                            shape.backingFormat)
                    .create(file);
        }
    }

    /**
     * Describes an image.
     *
     * @param format null to find out
     * @param locking false to look at one that is in use
     */
    public static Info info(String path, String format, boolean locking) throws IOException {
        try (HostImageFile file = open(path, true)) {
            String found = format == null ? Images.probe(file) : format;
            if (found.equals("raw")) {
                long size = file.sizeBytes() + 511 & -512;
                return new Info(
                        Shape.of("raw", size), file.allocatedBytes(), false, false, List.of());
            }
            if (locking) {
                file.lock(ImageLocks.Use.FORMAT_READER);
            }
            Qcow2Header header = Qcow2Header.read(file);
            List<SnapshotInfo> snapshots = new ArrayList<>();
            for (Qcow2Snapshots.Snapshot s : Qcow2Snapshots.read(file, header)) {
                snapshots.add(
                        new SnapshotInfo(
                                s.id(),
                                s.name(),
                                s.vmStateBytes(),
                                s.dateSeconds(),
                                s.vmClockNs(),
                                s.instructionCount()));
            }
            return new Info(
                    shape(header),
                    file.allocatedBytes(),
                    header.isDirty(),
                    header.isCorrupt(),
                    snapshots);
        }
    }

    private static Shape shape(Qcow2Header header) {
        return new Shape(
                "qcow2",
                header.sizeBytes(),
                header.version(),
                header.clusterBytes(),
                1 << header.refcountOrder(),
                header.hasLazyRefcounts(),
                header.zstd(),
                header.backingFile(),
                header.backingFormat());
    }

    /**
     * Checks a qcow2 image, and puts right what is asked for and can be.
     *
     * @throws ImageException if it is too damaged to be checked
     */
    public static CheckReport check(
            String path, boolean locking, boolean fixLeaks, boolean fixErrors) throws IOException {
        boolean fixing = fixLeaks || fixErrors;
        try (HostImageFile file = open(path, !fixing)) {
            if (locking) {
                file.lock(ImageLocks.Use.of(false, !fixing));
            }
            Qcow2Header header = Qcow2Header.read(file);
            Qcow2Check first = Qcow2Check.run(file, header);
            if (!fixing || first.isClean()) {
                return report(first, first, false);
            }
            first.repair(fixLeaks, fixErrors);
            return report(first, Qcow2Check.run(file, header), true);
        }
    }

    private static CheckReport report(Qcow2Check first, Qcow2Check last, boolean repaired) {
        return new CheckReport(
                last.errors(),
                last.leaks(),
                Math.max(0, first.errors() - last.errors()),
                Math.max(0, first.leaks() - last.leaks()),
                last.allocatedClusters(),
                last.totalClusters(),
                last.fragmentedClusters(),
                last.compressedClusters(),
                last.endOffset(),
                repaired,
                repaired ? first.messages() : last.messages());
    }

    /**
     * Changes an image's capacity.
     *
     * @param sizeBytes a multiple of 512; what is cut off is lost
     */
    public static void resize(String path, String format, long sizeBytes) throws IOException {
        if (format.equals("qcow2")) {
            discardFrom(path, sizeBytes);
        }
        try (HostImageFile file = open(path, false)) {
            file.lock(ImageLocks.Use.FORMAT_WRITER);
            if (format.equals("raw")) {
                file.truncate(sizeBytes);
                file.flush();
            } else {
                Qcow2Resizer.resize(file, sizeBytes);
            }
        }
    }

    private static void discardFrom(String path, long sizeBytes) throws IOException {
        try (HostImageFile file = open(path, false)) {
            file.lock(ImageLocks.Use.FORMAT_WRITER);
            Qcow2Header header = Qcow2Header.read(file);
            if (sizeBytes < header.sizeBytes()) {
                // Not closed: that would close the file's other user, this method.
                Qcow2Image image = Qcow2Image.open(file, header, null, true);
                image.discard(sizeBytes, header.sizeBytes() - sizeBytes);
                image.flush();
                image.flush();
            }
        }
    }

    private static HostImageFile open(String path, boolean readOnly) throws IOException {
        return HostImageFile.open(Images.withoutProtocol(path), readOnly);
    }
}
