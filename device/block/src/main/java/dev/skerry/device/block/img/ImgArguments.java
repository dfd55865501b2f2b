package dev.skerry.device.block.img;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.Values;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A subcommand's arguments: single-letter options as getopt reads them, a few long ones, names. */
final class ImgArguments {
    private static final Map<String, String> LONG =
            Map.of(
                    "force-share", "U",
                    "output", "output",
                    "shrink", "shrink",
                    "backing-chain", "chain",
                    "repair", "r",
                    "format", "f");

    private final Map<String, String> options = new HashMap<>();
    private final List<String> names = new ArrayList<>();

    /**
     * @param letters options without a value, then a colon, then options with one
     */
    ImgArguments(String[] args, int from, String letters) throws ImgException {
        int colon = letters.indexOf(':');
        String flags = letters.substring(0, colon);
        String valued = letters.substring(colon + 1);
        for (int i = from; i < args.length; i++) {
            String arg = args[i];
            if (arg.startsWith("--") && arg.length() > 2) {
                i += takeLong(arg, i + 1 < args.length ? args[i + 1] : null);
            } else if (arg.startsWith("-") && arg.length() > 1) {
                i += takeShort(arg, i + 1 < args.length ? args[i + 1] : null, flags, valued);
            } else {
                names.add(arg);
            }
        }
    }

    private int takeLong(String arg, String next) throws ImgException {
        int equals = arg.indexOf('=');
        String name = equals < 0 ? arg.substring(2) : arg.substring(2, equals);
        String key = LONG.get(name);
        if (key == null) {
            throw ImgException.usage("unrecognized option '" + arg + "'");
        }
        boolean valued = key.equals("output") || key.equals("r") || key.equals("f");
        if (!valued || equals >= 0) {
            options.put(key, equals < 0 ? "" : arg.substring(equals + 1));
            return 0;
        }
        return takeValue(key, "", next);
    }

    private int takeShort(String arg, String next, String flags, String valued)
            throws ImgException {
        for (int c = 1; c < arg.length(); c++) {
            String letter = arg.substring(c, c + 1);
            if (valued.contains(letter)) {
                return takeValue(letter, arg.substring(c + 1), next);
            }
            if (!flags.contains(letter)) {
                throw ImgException.usage("unrecognized option '" + arg + "'");
            }
            options.put(letter, "");
        }
        return 0;
    }

    private int takeValue(String key, String attached, String next) throws ImgException {
        if (attached.isEmpty() && next == null) {
            throw ImgException.usage("missing argument for option '" + key + "'");
        }
        String value = attached.isEmpty() ? next : attached;
        // Several -o make one list, as with qemu-img.
        options.merge(key, value, (a, b) -> key.equals("o") ? a + "," + b : b);
        return attached.isEmpty() ? 1 : 0;
    }

    boolean has(String key) {
        return options.containsKey(key);
    }

    /** An option's value, or null. */
    String get(String key) {
        return options.get(key);
    }

    List<String> names() {
        return names;
    }

    /** A format option's value, checked; null if it is not there. */
    String format(String key) throws ImgException {
        String format = options.get(key);
        if (format != null && !format.equals("raw") && !format.equals("qcow2")) {
            throw new ImgException("Unknown file format '" + format + "'", 1);
        }
        return format;
    }

    boolean json() throws ImgException {
        String output = options.get("output");
        if (output != null && !output.equals("json") && !output.equals("human")) {
            throw new ImgException("--output must be used with human or json as argument.", 1);
        }
        return "json".equals(output);
    }

    /** A size in bytes, rounded up to whole blocks as qemu-img does. */
    static long size(String text) throws ImgException {
        try {
            long bytes = Values.size(text);
            if (bytes <= Long.MAX_VALUE - 511) {
                return bytes + 511 & -512;
            }
        } catch (OptionException e) {
            // Told below, in qemu-img's words.
        }
        throw new ImgException(
                "Invalid image size specified. You may use k, M, G, T, P or E suffixes for\n"
                        + ImgCommand.PROGRAM
                        + ": kilobytes, megabytes, gigabytes, terabytes, petabytes and"
                        + " exabytes.",
                1);
    }
}
