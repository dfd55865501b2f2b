package dev.skerry.device.block;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Values;

import java.util.Set;

/**
 * What {@code -drive} or {@code -blockdev} says of one disk, in QEMU's names.
 *
 * @param id {@code id} or {@code node-name}
 * @param file the path; empty if there is no medium
 * @param format {@code raw}, {@code qcow2}, or null to find out
 * @param readOnly whether the image is never written
 * @param cache when writes are acknowledged
 * @param unmap whether discards give storage back
 * @param writePolicy for failed writes and flushes
 * @param readPolicy for failed reads
 * @param backing false to ignore the image's backing file ({@code backing=} empty)
 */
public record DriveOptions(
        String id,
        String file,
        String format,
        boolean readOnly,
        CacheMode cache,
        boolean unmap,
        ErrorPolicy writePolicy,
        ErrorPolicy readPolicy,
        boolean backing) {
    private static final String IOPS = "throttling.iops-total";
    private static final String BPS = "throttling.bps-total";

    /** QEMU's bound, too. */
    private static final long MOST_PER_SECOND = 1_000_000_000_000_000L;

    private static final Set<String> DRIVE_KEYS =
            Set.of(
                    "id",
                    "file",
                    "format",
                    "if",
                    "media",
                    "readonly",
                    "read-only",
                    "cache",
                    "aio",
                    "discard",
                    "detect-zeroes",
                    "werror",
                    "rerror",
                    "snapshot",
                    IOPS,
                    BPS,
                    "driver");

    /** The options of an image used with QEMU's defaults. */
    public static DriveOptions of(String file, String format, boolean readOnly) {
        return new DriveOptions(
                "",
                file,
                format,
                readOnly,
                CacheMode.WRITE_BACK,
                false,
                ErrorPolicy.ENOSPC,
                ErrorPolicy.REPORT,
                true);
    }

    /** The options of an image this one is built upon. */
    DriveOptions forBacking(String name, String backingFormat) {
        DriveOptions usual = of(name, backingFormat, true);
        return new DriveOptions(
                usual.id,
                usual.file,
                usual.format,
                true,
                cache,
                false,
                usual.writePolicy,
                usual.readPolicy,
                true);
    }

    /** The same with {@code discard=unmap}. */
    public DriveOptions withUnmap() {
        return new DriveOptions(
                id, file, format, readOnly, cache, true, writePolicy, readPolicy, backing);
    }

    /**
     * The same with a device's {@code werror} and {@code rerror}: QEMU's names, or {@code auto} for what
     * is here already.
     */
    public DriveOptions withPolicies(String write, String read) {
        return new DriveOptions(
                id,
                file,
                format,
                readOnly,
                cache,
                unmap,
                write.equals("auto") ? writePolicy : ErrorPolicy.named(write),
                read.equals("auto") ? readPolicy : ErrorPolicy.named(read),
                backing);
    }

    /** Reads the argument of {@code -drive}. */
    public static DriveOptions ofDrive(OptionList options) throws OptionException {
        for (String key : options.values().keySet()) {
            if (!DRIVE_KEYS.contains(key)) {
                throw options.error("Block format does not support the option '" + key + "'");
            }
        }
        String interfaceName = options.get("if");
        if (interfaceName != null && !interfaceName.equals("none")) {
            throw options.error("if=" + interfaceName + " is not supported, only if=none");
        }
        String media = options.get("media");
        if (media != null && !media.equals("disk") && !media.equals("cdrom")) {
            throw options.error("'" + media + "' invalid media");
        }
        if (options.has("snapshot") && bool(options, "snapshot", false)) {
            throw options.error("snapshot=on is not supported");
        }
        checkAio(options, "aio");
        checkDetectZeroes(options);
        boolean readOnly = bool(options, options.has("readonly") ? "readonly" : "read-only", false);
        String format = options.get("format");
        limit(options, IOPS);
        limit(options, BPS);
        return new DriveOptions(
                options.has("id") ? options.get("id") : "",
                options.has("file") ? options.get("file") : "",
                formatOf(options, format == null ? options.get("driver") : format),
                readOnly || (!options.has("readonly") && "cdrom".equals(media)),
                cacheOf(options),
                unmapOf(options, "discard"),
                policyOf(options, "werror", ErrorPolicy.ENOSPC),
                policyOf(options, "rerror", ErrorPolicy.REPORT),
                true);
    }

    /**
     * The limits of a {@code -drive}, or null if it has none.
     *
     * @param options of a drive that was read
     */
    public static Throttle throttleOf(OptionList options) throws OptionException {
        long operations = limit(options, IOPS);
        long bytes = limit(options, BPS);
        return operations == 0 && bytes == 0 ? null : Throttle.ofHost(operations, bytes);
    }

    private static long limit(OptionList options, String key) throws OptionException {
        if (!options.has(key)) {
            return 0;
        }
        try {
            return Values.number(options.get(key), 0, MOST_PER_SECOND);
        } catch (OptionException e) {
            throw options.error("Parameter '" + key + "': " + e.getMessage());
        }
    }

    private static CacheMode cacheOf(OptionList options) throws OptionException {
        if (!options.has("cache")) {
            return CacheMode.WRITE_BACK;
        }
        CacheMode mode = CacheMode.named(options.get("cache"));
        if (mode == null) {
            throw options.error("invalid cache option");
        }
        return mode;
    }

    private static ErrorPolicy policyOf(OptionList options, String key, ErrorPolicy ifAbsent)
            throws OptionException {
        if (!options.has(key)) {
            return ifAbsent;
        }
        ErrorPolicy policy = ErrorPolicy.named(options.get(key));
        if (policy == null || (key.equals("rerror") && policy == ErrorPolicy.ENOSPC)) {
            String kind = key.equals("rerror") ? "read" : "write";
            throw options.error("'" + options.get(key) + "' invalid " + kind + " error action");
        }
        return policy;
    }

    static boolean bool(OptionList options, String key, boolean ifAbsent) throws OptionException {
        if (!options.has(key)) {
            return ifAbsent;
        }
        try {
            return Values.bool(options.get(key));
        } catch (OptionException e) {
            throw options.error("Parameter '" + key + "': " + e.getMessage());
        }
    }

    static String formatOf(OptionList options, String format) throws OptionException {
        if (format == null || format.equals("raw") || format.equals("qcow2")) {
            return format;
        }
        throw options.error("format '" + format + "' is not supported, only raw and qcow2");
    }

    static boolean unmapOf(OptionList options, String key) throws OptionException {
        String value = options.get(key);
        if (value == null) {
            return false;
        }
        return switch (value) {
            case "unmap", "on" -> true;
            case "ignore", "off" -> false;
            default -> throw options.error("Invalid discard option '" + value + "'");
        };
    }

    static void checkAio(OptionList options, String key) throws OptionException {
        String aio = options.get(key);
        if (aio != null && !Set.of("threads", "native", "io_uring").contains(aio)) {
            throw options.error("Invalid aio option '" + aio + "'");
        }
    }

    static void checkDetectZeroes(OptionList options) throws OptionException {
        String value = options.get("detect-zeroes");
        if (value != null && !value.equals("off")) {
            throw options.error("detect-zeroes=" + value + " is not supported");
        }
    }
}
