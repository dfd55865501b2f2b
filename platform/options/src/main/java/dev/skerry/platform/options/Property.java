package dev.skerry.platform.options;

/**
 * One property of a device or object as a user may set it.
 *
 * @param name QEMU's name for it
 * @param type how its text is read
 * @param defaultText its value when not set, in the same syntax as a user's; null if it has none
 * @param description one line for {@code -device NAME,help}; may be empty
 */
public record Property(String name, PropertyType type, String defaultText, String description) {
    /** One line as {@code -device NAME,help} shows it. */
    public String helpLine() {
        StringBuilder line = new StringBuilder("  " + name + "=<" + type.label() + ">");
        if (!description.isEmpty() || defaultText != null) {
            while (line.length() < 24) {
                line.append(' ');
            }
            line.append(" - ").append(description);
        }
        if (defaultText != null) {
            line.append(" (default: ").append(defaultText).append(')');
        }
        return line.toString();
    }
}
