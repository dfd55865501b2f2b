package dev.skerry.vmm.control.config;

import java.util.List;

/**
 * One key of a table in {@code vm.yaml}: what may stand there.
 *
 * @param choices of a {@link Kind#CHOICE}, otherwise empty
 * @param least of a number, inclusive
 * @param most of a number, inclusive
 * @param table of a {@link Kind#TABLE} or the elements of a {@link Kind#TABLES}, otherwise empty
 * @param fallback what holds where it is not given, as text; null for nothing
 */
record Field(
        String name,
        Kind kind,
        boolean required,
        List<String> choices,
        long least,
        long most,
        List<Field> table,
        String fallback,
        String description) {
    /** Kinds of values. */
    enum Kind {
        /** Any text. */
        TEXT,
        /** A name of letters, digits, dots, dashes and underscores, a letter first. */
        ID,
        /** One of a few words. */
        CHOICE,
        /** One of a few words, or a list of them. */
        CHOICES,
        /** A whole number. */
        NUMBER,
        /** Bytes, as {@code 512M}. */
        SIZE,
        /** Milliseconds, as {@code 100ms} or {@code 2s}. */
        DURATION,
        BOOL,
        /** A file that is there, relative to the folder of the document. */
        FILE,
        /** A list of texts. */
        TEXTS,
        /** Names with texts, numbers or booleans. */
        PROPERTIES,
        TABLE,
        /** A list of tables. */
        TABLES
    }

    static Field of(String name, Kind kind, String description) {
        return new Field(name, kind, false, List.of(), 0, 0, List.of(), null, description);
    }

    static Field choice(String name, String description, String fallback, String... choices) {
        return new Field(
                name, Kind.CHOICE, false, List.of(choices), 0, 0, List.of(), fallback, description);
    }

    static Field choices(String name, String description, String fallback, String... choices) {
        return new Field(
                name,
                Kind.CHOICES,
                false,
                List.of(choices),
                0,
                0,
                List.of(),
                fallback,
                description);
    }

    static Field number(String name, String description, long fallback, long least, long most) {
        String text = Long.toString(fallback);
        return new Field(
                name, Kind.NUMBER, false, List.of(), least, most, List.of(), text, description);
    }

    static Field table(String name, Kind kind, String description, List<Field> table) {
        return new Field(name, kind, false, List.of(), 0, 0, table, null, description);
    }

    Field needed() {
        return new Field(name, kind, true, choices, least, most, table, fallback, description);
    }

    Field or(String value) {
        return new Field(name, kind, required, choices, least, most, table, value, description);
    }
}
