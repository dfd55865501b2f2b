package dev.skerry.vmm.monitor;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A command's arguments, each asked for by name and type; what nobody asked for is refused. */
final class QmpArguments {
    private final Map<?, ?> values;
    private final Set<Object> asked = new HashSet<>();

    QmpArguments(Map<?, ?> values) {
        this.values = values;
    }

    /** A text, or null if it is not there. */
    String text(String name) throws QmpException {
        asked.add(name);
        Object value = values.get(name);
        if (value != null && !(value instanceof String)) {
            throw wrongType(name, "string");
        }
        return (String) value;
    }

    String requiredText(String name) throws QmpException {
        String text = text(name);
        if (text == null) {
            throw new QmpException("Parameter '" + name + "' is missing");
        }
        return text;
    }

    boolean flag(String name, boolean absent) throws QmpException {
        asked.add(name);
        Object value = values.get(name);
        if (value != null && !(value instanceof Boolean)) {
            throw wrongType(name, "boolean");
        }
        return value == null ? absent : (Boolean) value;
    }

    private static QmpException wrongType(String name, String type) {
        return new QmpException("Invalid parameter type for '" + name + "', expected: " + type);
    }

    /** Takes everything, whatever it is. */
    void askedForAll() {
        asked.addAll(values.keySet());
    }

    void requireNothingElse() throws QmpException {
        for (Object name : values.keySet()) {
            if (!asked.contains(name)) {
                throw new QmpException("Parameter '" + name + "' is unexpected");
            }
        }
    }
}
