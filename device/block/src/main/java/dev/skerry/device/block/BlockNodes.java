package dev.skerry.device.block;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The disks of a command line by name: {@code -drive id=} and {@code -blockdev node-name=}. A format
 * node names its file node ({@code file=NAME}) or has it inside ({@code file.driver=file,
 * file.filename=PATH}). The JSON syntax of {@code -blockdev} is not read.
 */
public final class BlockNodes {
    private static final Set<String> FILE_DRIVERS = Set.of("file", "host_device");
    private static final Set<String> KEYS =
            Set.of(
                    "driver",
                    "node-name",
                    "read-only",
                    "auto-read-only",
                    "discard",
                    "detect-zeroes",
                    "cache.direct",
                    "cache.no-flush",
                    "filename",
                    "aio",
                    "locking",
                    "file",
                    "backing",
                    "lazy-refcounts",
                    "overlap-check",
                    "file.driver",
                    "file.filename",
                    "file.node-name",
                    "file.aio",
                    "file.locking",
                    "file.discard",
                    "file.read-only",
                    "file.auto-read-only",
                    "file.cache.direct",
                    "file.cache.no-flush");

    private final Map<String, DriveOptions> nodes = new HashMap<>();

    /** No disks yet. */
    public BlockNodes() {}

    /** Takes a {@code -drive}. */
    public DriveOptions addDrive(OptionList options) throws OptionException {
        DriveOptions drive = DriveOptions.ofDrive(options);
        if (!drive.id().isEmpty() && nodes.putIfAbsent(drive.id(), drive) != null) {
            throw options.error("Duplicate ID '" + drive.id() + "' for drive");
        }
        return drive;
    }

    /** Takes a {@code -blockdev}. */
    public DriveOptions addBlockdev(OptionList options) throws OptionException {
        if (options.source().contains("{")) {
            throw options.error("JSON is not supported here, write key=value pairs");
        }
        for (String key : options.values().keySet()) {
            if (!KEYS.contains(key)) {
                throw options.error("Parameter '" + key + "' is unexpected");
            }
        }
        String driver = options.require("driver");
        DriveOptions.checkAio(options, "aio");
        DriveOptions.checkAio(options, "file.aio");
        DriveOptions.checkDetectZeroes(options);
        String file = FILE_DRIVERS.contains(driver) ? options.require("filename") : below(options);
        boolean fileNode = FILE_DRIVERS.contains(driver);
        DriveOptions node =
                new DriveOptions(
                        options.require("node-name"),
                        file,
                        fileNode ? "raw" : DriveOptions.formatOf(options, driver),
                        DriveOptions.bool(options, "read-only", false),
                        new CacheMode(
                                true,
                                DriveOptions.bool(options, "cache.direct", false),
                                DriveOptions.bool(options, "cache.no-flush", false)),
                        DriveOptions.unmapOf(options, "discard"),
                        ErrorPolicy.ENOSPC,
                        ErrorPolicy.REPORT,
                        hasBacking(options));
        if (nodes.putIfAbsent(node.id(), node) != null) {
            throw options.error("Duplicate nodes with node-name='" + node.id() + "'");
        }
        return node;
    }

    private static boolean hasBacking(OptionList options) throws OptionException {
        String backing = options.get("backing");
        if (backing != null && !backing.isEmpty()) {
            throw options.error("backing=NODE is not supported; the image names its backing file");
        }
        return backing == null;
    }

    private String below(OptionList options) throws OptionException {
        String reference = options.get("file");
        if (reference != null) {
            DriveOptions node = nodes.get(reference);
            if (node == null) {
                throw options.error("Cannot find device='' nor node-name='" + reference + "'");
            }
            return node.file();
        }
        String driver = options.require("file.driver");
        if (!FILE_DRIVERS.contains(driver)) {
            throw options.error("file.driver '" + driver + "' is not supported, only file");
        }
        return options.require("file.filename");
    }

    /** The disk of a name, or null. */
    public DriveOptions get(String name) {
        return nodes.get(name);
    }
}
