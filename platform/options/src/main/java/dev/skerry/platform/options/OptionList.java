package dev.skerry.platform.options;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The argument of an option such as {@code -device edu,id=e0,dma_mask=0xff}: a list of {@code
 * key=value} pairs, a comma within a value written twice. The first element may be a bare value of
 * the option's implied key. A later value of a key replaces an earlier one. An element without
 * {@code =} means {@code on}, with the prefix {@code no} it means {@code off}. A trailing comma is
 * ignored, as in QEMU's own documentation of the remote object.
 *
 * <p>Syntax: QEMU manual, "Invocation", standard options.
 */
public final class OptionList {
    private final String option;
    private final Map<String, String> values;

    private OptionList(String option, Map<String, String> values) {
        this.option = option;
        this.values = values;
    }

    /**
     * @param option the option as the user wrote it, for messages
     * @param text its argument
     * @param impliedKey what a bare first element is the value of, or null if there is none
     */
    public static OptionList parse(String option, String text, String impliedKey)
            throws OptionException {
        Map<String, String> values = new LinkedHashMap<>();
        boolean first = true;
        for (String element : split(text)) {
            int equals = element.indexOf('=');
            if (equals == 0) {
                throw new OptionException(
                        option + " " + text + ": a value without a name: '" + element + "'");
            } else if (equals > 0) {
                values.put(element.substring(0, equals), element.substring(equals + 1));
            } else if (first && impliedKey != null) {
                values.put(impliedKey, element);
            } else if (element.startsWith("no") && element.length() > 2) {
                values.put(element.substring(2), "off");
            } else if (!element.isEmpty()) {
                values.put(element, "on");
            }
            first = false;
        }
        return new OptionList(option + " " + text, values);
    }

    private static List<String> split(String text) {
        List<String> elements = new ArrayList<>();
        StringBuilder element = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != ',') {
                element.append(c);
            } else if (i + 1 < text.length() && text.charAt(i + 1) == ',') {
                element.append(',');
                i++;
            } else {
                elements.add(element.toString());
                element.setLength(0);
            }
        }
        if (!element.isEmpty() || elements.isEmpty()) {
            elements.add(element.toString());
        }
        return elements;
    }

    /** The option and its argument as written, for messages. */
    public String source() {
        return option;
    }

    /** The value of a key, or null. */
    public String get(String key) {
        return values.get(key);
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** The value of a key that must be there. */
    public String require(String key) throws OptionException {
        String value = values.get(key);
        if (value == null || value.isEmpty()) {
            throw error("Parameter '" + key + "' is missing");
        }
        return value;
    }

    /** All pairs in the order written. */
    public Map<String, String> values() {
        return Collections.unmodifiableMap(values);
    }

    /** An exception whose message begins with this option as written. */
    public OptionException error(String what) {
        return new OptionException(option + ": " + what);
    }
}
