package dev.skerry.device.block.img;

import dev.skerry.device.block.ImageTools;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** {@code info [-f FMT] [-U] [--output=human|json] FILE} and {@code snapshot -l FILE}. */
final class ImgInfo {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private ImgInfo() {}

    static int run(String[] args, PrintStream out) throws ImgException {
        ImgArguments arguments = new ImgArguments(args, 1, "U:f");
        String file = onlyName(arguments);
        if (arguments.has("chain")) {
            throw new ImgException("--backing-chain is not supported", 1);
        }
        boolean json = arguments.json();
        ImageTools.Info info = read(file, arguments.format("f"), !arguments.has("U"));
        if (json) {
            json(file, info, out);
        } else {
            human(file, info, out);
        }
        return 0;
    }

    static int snapshot(String[] args, PrintStream out) throws ImgException {
        ImgArguments arguments = new ImgArguments(args, 1, "lUq:acd");
        if (arguments.has("a") || arguments.has("c") || arguments.has("d")) {
            throw new ImgException("only snapshot -l is supported", 1);
        }
        String file = onlyName(arguments);
        ImageTools.Info info = read(file, null, !arguments.has("U"));
        list(info.snapshots(), out);
        return 0;
    }

    private static String onlyName(ImgArguments arguments) throws ImgException {
        if (arguments.names().size() != 1) {
            throw ImgException.usage("Expecting one image file name");
        }
        return arguments.names().get(0);
    }

    private static ImageTools.Info read(String file, String format, boolean locking)
            throws ImgException {
        try {
            return ImageTools.info(file, format, locking);
        } catch (IOException e) {
            throw ImgCommand.notOpened(file, e, 1);
        }
    }

    private static void human(String file, ImageTools.Info info, PrintStream out) {
        ImageTools.Shape shape = info.shape();
        out.println("image: " + file);
        out.println("file format: " + shape.format());
        String size = ImgCommand.size(shape.sizeBytes());
        out.println("virtual size: " + size + " (" + shape.sizeBytes() + " bytes)");
        out.println("disk size: " + ImgCommand.size(info.allocatedBytes()));
        if (shape.format().equals("raw")) {
            return;
        }
        if (info.dirty()) {
            out.println("cleanly shut down: no");
        }
        out.println("cluster_size: " + shape.clusterBytes());
        if (shape.backingFile() != null) {
            out.println("backing file: " + shape.backingFile() + actual(file, shape.backingFile()));
            if (shape.backingFormat() != null) {
                out.println("backing file format: " + shape.backingFormat());
            }
        }
        list(info.snapshots(), out);
        out.println("Format specific information:");
        out.println("    compat: " + (shape.version() == 2 ? "0.10" : "1.1"));
        out.println("    compression type: " + (shape.zstd() ? "zstd" : "zlib"));
        if (shape.version() == 3) {
            out.println("    lazy refcounts: " + shape.lazyRefcounts());
        }
        out.println("    refcount bits: " + shape.refcountBits());
        if (shape.version() == 3) {
            out.println("    corrupt: " + info.corrupt());
            out.println("    extended l2: false");
        }
    }

    private static String actual(String file, String backing) {
        int slash = file.lastIndexOf('/');
        boolean same = backing.startsWith("/") || slash < 0;
        return same ? "" : " (actual path: " + file.substring(0, slash + 1) + backing + ")";
    }

    private static void list(List<ImageTools.SnapshotInfo> snapshots, PrintStream out) {
        if (snapshots.isEmpty()) {
            return;
        }
        out.println("Snapshot list:");
        out.println(
                "ID        TAG               VM SIZE                DATE     VM CLOCK     ICOUNT");
        for (ImageTools.SnapshotInfo s : snapshots) {
            long seconds = s.vmClockNs() / 1_000_000_000;
            String clock =
                    String.format(
                            "%02d:%02d:%02d.%03d",
                            seconds / 3600,
                            seconds / 60 % 60,
                            seconds % 60,
                            s.vmClockNs() / 1_000_000 % 1000);
            String date =
                    DATE.format(
                            Instant.ofEpochSecond(s.dateSeconds()).atZone(ZoneId.systemDefault()));
            out.printf(
                    Locale.ROOT,
                    "%-9s %-16s %8s%20s%13s%11s%n",
                    s.id(),
                    s.name(),
                    ImgCommand.size(s.vmStateBytes()),
                    date,
                    clock,
                    s.instructionCount() < 0 ? "" : "" + s.instructionCount());
        }
    }

    private static void json(String file, ImageTools.Info info, PrintStream out) {
        ImageTools.Shape shape = info.shape();
        out.println("{");
        if (shape.backingFormat() != null) {
            String format = ImgCommand.quote(shape.backingFormat());
            out.println("    \"backing-filename-format\": " + format + ",");
        }
        out.println("    \"virtual-size\": " + shape.sizeBytes() + ",");
        out.println("    \"filename\": " + ImgCommand.quote(file) + ",");
        boolean qcow2 = shape.format().equals("qcow2");
        if (qcow2) {
            out.println("    \"cluster-size\": " + shape.clusterBytes() + ",");
        }
        out.println("    \"format\": " + ImgCommand.quote(shape.format()) + ",");
        out.println("    \"actual-size\": " + info.allocatedBytes() + ",");
        if (qcow2) {
            String kind = shape.zstd() ? "zstd" : "zlib";
            out.println("    \"format-specific\": {\n        \"type\": \"qcow2\",");
            out.println("        \"data\": {");
            String compat = shape.version() == 2 ? "0.10" : "1.1";
            out.println("            \"compat\": \"" + compat + "\",");
            out.println("            \"compression-type\": \"" + kind + "\",");
            if (shape.version() == 3) {
                out.println("            \"lazy-refcounts\": " + shape.lazyRefcounts() + ",");
                out.println("            \"corrupt\": " + info.corrupt() + ",");
                out.println("            \"extended-l2\": false,");
            }
            out.println("            \"refcount-bits\": " + shape.refcountBits());
            out.println("        }\n    },");
        }
        if (shape.backingFile() != null) {
            String backing = ImgCommand.quote(shape.backingFile());
            out.println("    \"backing-filename\": " + backing + ",");
        }
        out.println("    \"dirty-flag\": " + info.dirty());
        out.println("}");
    }
}
