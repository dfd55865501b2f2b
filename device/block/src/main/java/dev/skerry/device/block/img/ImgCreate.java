package dev.skerry.device.block.img;

import dev.skerry.device.block.BlockImage;
import dev.skerry.device.block.ImageTools;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Values;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;

/** {@code create [-q] [-f FMT] [-b BACKING -F FMT] [-u] [-o OPTIONS] FILE [SIZE]}. */
final class ImgCreate {
    private ImgCreate() {}

    static int run(String[] args, PrintStream out) throws ImgException, IOException {
        ImgArguments arguments = new ImgArguments(args, 1, "qu:fboF");
        if (arguments.names().isEmpty()) {
            throw ImgException.usage("Expecting image file name");
        }
        if (arguments.names().size() > 2) {
            throw ImgException.usage("Unexpected argument: " + arguments.names().get(2));
        }
        String file = arguments.names().get(0);
        String format = arguments.has("f") ? arguments.get("f") : "raw";
        long size = -1;
        if (arguments.names().size() > 1) {
            size = ImgArguments.size(arguments.names().get(1));
        }
        ImageTools.Shape shape =
                shape(
                        file,
                        format,
                        size,
                        arguments.get("o"),
                        arguments.get("b"),
                        arguments.get("F"));
        ImageTools.create(file, withSize(file, shape, arguments.has("u")));
        if (!arguments.has("q")) {
            out.println(line(file, withSize(file, shape, arguments.has("u"))));
        }
        return 0;
    }

    /** The shape that options describe; its size is -1 if they do not say. */
    static ImageTools.Shape shape(
            String file,
            String format,
            long size,
            String options,
            String backing,
            String backingFmt)
            throws ImgException {
        if (!format.equals("raw") && !format.equals("qcow2")) {
            throw new ImgException(file + ": Unknown file format '" + format + "'", 1);
        }
        Builder builder = new Builder(file, format, size, backing, backingFmt);
        if (options != null) {
            try {
                Map<String, String> values = OptionList.parse("-o", options, null).values();
                for (Map.Entry<String, String> option : values.entrySet()) {
                    builder.set(option.getKey(), option.getValue());
                }
            } catch (OptionException e) {
                throw new ImgException(file + ": " + e.getMessage(), 1);
            }
        }
        return builder.build();
    }

    /** Collects the options of {@code -o}. */
    private static final class Builder {
        private final String file;
        private final String format;
        private long size;
        private String backing;
        private String backingFormat;
        private int version = 3;
        private long cluster = 65_536;
        private long refcountBits = 16;
        private boolean lazy;
        private boolean zstd;

        Builder(String file, String format, long size, String backing, String backingFormat) {
            this.file = file;
            this.format = format;
            this.size = size;
            this.backing = backing;
            this.backingFormat = backingFormat;
        }

        ImgException bad(String what) {
            return new ImgException(file + ": " + what, 1);
        }

        void set(String key, String value) throws ImgException, OptionException {
            if (format.equals("raw") && !key.equals("size") && !key.equals("preallocation")) {
                throw bad("Invalid parameter '" + key + "'");
            }
            switch (key) {
                case "size" -> size = ImgArguments.size(value);
                case "backing_file" -> backing = value;
                case "backing_fmt" -> backingFormat = value;
                case "cluster_size" -> cluster = Values.size(value);
                case "refcount_bits" -> refcountBits = Values.number(value, 0, 1000);
                case "lazy_refcounts" -> lazy = Values.bool(value);
                case "compat" -> version = version(value);
                case "compression_type" -> zstd = compression(value);
                case "preallocation" -> {
                    if (!value.equals("off")) {
                        throw bad("preallocation=" + value + " is not supported");
                    }
                }
                case "extended_l2", "encryption" -> {
                    if (Values.bool(value)) {
                        throw bad(key + " is not supported");
                    }
                }
                default -> throw bad("Invalid parameter '" + key + "'");
            }
        }

        private int version(String value) throws ImgException {
            return switch (value) {
                case "0.10", "v2" -> 2;
                case "1.1", "v3" -> 3;
                default -> throw bad("Invalid parameter '" + value + "'");
            };
        }

        private boolean compression(String value) throws ImgException {
            return switch (value) {
                case "zlib" -> false;
                case "zstd" -> true;
                default -> throw bad("Invalid parameter '" + value + "'");
            };
        }

        ImageTools.Shape build() throws ImgException {
            if (Long.bitCount(cluster) != 1 || cluster < 512 || cluster > 2 << 20) {
                throw bad("Cluster size must be a power of two between 512 and 2048k");
            }
            if (Long.bitCount(refcountBits) != 1 || refcountBits > 64) {
                throw bad("Refcount width must be a power of two and may not exceed 64 bits");
            }
            if (version == 2 && refcountBits != 16) {
                throw bad(
                        "Different refcount widths than 16 bits require compatibility level 1.1 or"
                                + " above (use version=v3 or greater)");
            }
            if (version == 2 && (lazy || zstd)) {
                throw bad(
                        (lazy ? "Lazy refcounts" : "Non-zlib compression type")
                                + " only supported with compatibility level 1.1 and above"
                                + " (use version=v3 or greater)");
            }
            if (backing != null && backingFormat == null) {
                throw bad("Backing file specified without backing format");
            }
            return new ImageTools.Shape(
                    format,
                    size,
                    version,
                    (int) cluster,
                    (int) refcountBits,
                    lazy,
                    zstd,
                    backing,
                    backingFormat);
        }
    }

    /** An image over another one is as large, unless it is said otherwise. */
    private static ImageTools.Shape withSize(String file, ImageTools.Shape shape, boolean unsafe)
            throws ImgException, IOException {
        if (shape.sizeBytes() >= 0 && (unsafe || shape.backingFile() == null)) {
            return shape;
        }
        if (shape.backingFile() == null) {
            throw new ImgException(file + ": Image creation needs a size parameter", 1);
        }
        int slash = file.lastIndexOf('/');
        String backing = shape.backingFile();
        String path = backing.startsWith("/") ? backing : file.substring(0, slash + 1) + backing;
        try (BlockImage below = ImgCommand.open(path, shape.backingFormat(), true)) {
            return shape.sizeBytes() >= 0 ? shape : sized(shape, below.sizeBytes());
        }
    }

    static ImageTools.Shape sized(ImageTools.Shape s, long size) {
        return new ImageTools.Shape(
                s.format(),
                size,
                s.version(),
                s.clusterBytes(),
                s.refcountBits(),
                s.lazyRefcounts(),
                s.zstd(),
                s.backingFile(),
                s.backingFormat());
    }

    private static String line(String file, ImageTools.Shape shape) {
        String begin = "Formatting '" + file + "', fmt=" + shape.format();
        if (shape.format().equals("raw")) {
            return begin + " size=" + shape.sizeBytes();
        }
        String backing =
                shape.backingFile() == null
                        ? ""
                        : " backing_file="
                                + shape.backingFile()
                                + " backing_fmt="
                                + shape.backingFormat();
        return begin
                + " cluster_size="
                + shape.clusterBytes()
                + " extended_l2=off compression_type="
                + (shape.zstd() ? "zstd" : "zlib")
                + " size="
                + shape.sizeBytes()
                + backing
                + (shape.version() == 2 ? " compat=0.10" : "")
                + " lazy_refcounts="
                + (shape.lazyRefcounts() ? "on" : "off")
                + " refcount_bits="
                + shape.refcountBits();
    }
}
