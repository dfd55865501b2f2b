package dev.skerry.platform.options;

import java.util.List;

/** The kinds of property values, named as QEMU names them in {@code -device NAME,help}. */
public enum PropertyType {
    BOOL("bool"),
    INT32("int32"),
    UINT16("uint16"),
    UINT32("uint32"),
    UINT64("uint64"),
    /** Bytes, with the suffixes K, M, G, T, P and E for powers of 1024. */
    SIZE("size"),
    STRING("str"),
    /** 0 for off, 1 for on, 2 for auto. */
    ON_OFF_AUTO("OnOffAuto"),
    /** What becomes of a failed disk access; a text: report, ignore, enospc, stop or auto. */
    ERROR_ACTION("BlockdevOnError");

    private static final List<String> ERROR_ACTIONS =
            List.of("report", "ignore", "enospc", "stop", "auto");

    private final String label;

    PropertyType(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /** Reads a value's text; the message of the exception names no option. */
    long parse(String text) throws OptionException {
        return switch (this) {
            case BOOL -> Values.bool(text) ? 1 : 0;
            case INT32 -> Values.number(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case UINT16 -> Values.number(text, 0, 0xffff);
            case UINT32 -> Values.number(text, 0, 0xffff_ffffL);
            case UINT64 -> Values.unsigned64(text);
            case SIZE -> Values.size(text);
            case STRING -> 0;
            case ON_OFF_AUTO -> text.equals("auto") ? 2 : Values.bool(text) ? 1 : 0;
            case ERROR_ACTION -> {
                if (!ERROR_ACTIONS.contains(text)) {
                    throw new OptionException(
                            "'" + text + "' is none of report, ignore, enospc, stop, auto");
                }
                yield 0;
            }
        };
    }
}
