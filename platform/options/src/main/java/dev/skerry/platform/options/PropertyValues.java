package dev.skerry.platform.options;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The values of a device's or object's properties: checked against their declarations, defaults
 * filled in. Immutable.
 */
public final class PropertyValues {
    private final Map<String, Property> declared = new HashMap<>();
    private final Map<String, String> texts = new HashMap<>();

    /**
     * @param owner the device's or object's type name, for messages
     * @param properties what may be set
     * @param options what the user set
     * @param handledElsewhere keys of the option that are no properties, such as {@code id}
     */
    public PropertyValues(
            String owner,
            List<Property> properties,
            OptionList options,
            Set<String> handledElsewhere)
            throws OptionException {
        for (Property property : properties) {
            if (declared.put(property.name(), property) != null) {
                throw new AssertionError(
                        "property " + owner + "." + property.name() + " declared twice");
            }
            if (property.defaultText() != null) {
                texts.put(property.name(), property.defaultText());
            }
        }
        for (Map.Entry<String, String> entry : options.values().entrySet()) {
            String name = entry.getKey();
            if (handledElsewhere.contains(name)) {
                continue;
            }
            Property property = declared.get(name);
            if (property == null) {
                throw options.error("Property '" + owner + "." + name + "' not found");
            }
            try {
                property.type().parse(entry.getValue());
            } catch (OptionException e) {
                throw options.error("Parameter '" + name + "': " + e.getMessage());
            }
            texts.put(name, entry.getValue());
        }
    }

    /** A number, size or boolean (0 or 1); the property must be declared and set or have a default. */
    public long number(String name) {
        try {
            return type(name).parse(texts.get(name));
        } catch (OptionException e) {
            throw new AssertionError("the default of property " + name + " cannot be read", e);
        }
    }

    public boolean bool(String name) {
        return number(name) != 0;
    }

    /** A text, or null if it is not set and has no default. */
    public String text(String name) {
        type(name);
        return texts.get(name);
    }

    private PropertyType type(String name) {
        Property property = declared.get(name);
        if (property == null) {
            throw new AssertionError("property " + name + " is not declared");
        }
        return property.type();
    }
}
