package dev.skerry.vmm.control.config;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.Values;

import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns the nodes of a YAML document into {@link Table}s, noting everything that is wrong. */
final class TableReader {
    private final Path folder;
    private final Mistakes mistakes;

    TableReader(Path folder, Mistakes mistakes) {
        this.folder = folder;
        this.mistakes = mistakes;
    }

    static Place place(Node node) {
        return node.getStartMark()
                .map(mark -> new Place(mark.getLine() + 1, mark.getColumn() + 1))
                .orElse(new Place(1, 1));
    }

    /** Reads a table; what is wrong in it is left out. */
    Table table(Node node, List<Field> fields, String what) {
        Table table = new Table(place(node));
        if (!(node instanceof MappingNode mapping)) {
            mistakes.add(place(node), what + " is wanted as a table of names and values");
            return defaults(table, fields);
        }
        for (NodeTuple tuple : mapping.getValue()) {
            entry(tuple, table, fields, what);
        }
        for (Field field : fields) {
            if (field.required() && !table.has(field.name())) {
                mistakes.add(place(node), what + " needs '" + field.name() + "'");
            }
        }
        return defaults(table, fields);
    }

    private void entry(NodeTuple tuple, Table table, List<Field> fields, String what) {
        Place at = place(tuple.getKeyNode());
        if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
            mistakes.add(at, "a name is wanted");
            return;
        }
        String name = key.getValue();
        Field field =
                fields.stream().filter(known -> known.name().equals(name)).findFirst().orElse(null);
        if (field == null) {
            List<String> names = fields.stream().map(Field::name).toList();
            mistakes.add(
                    at,
                    "'"
                            + name
                            + "' is not known in "
                            + what
                            + "; known: "
                            + String.join(", ", names));
        } else if (table.has(name)) {
            mistakes.add(at, "'" + name + "' is there twice");
        } else {
            Object value = value(tuple.getValueNode(), field);
            if (value != null) {
                table.put(name, value, place(tuple.getValueNode()));
            } else {
                // Given but wrong: told once, not as missing as well.
                table.put(name, fallback(field), place(tuple.getValueNode()));
            }
        }
    }

    private Table defaults(Table table, List<Field> fields) {
        for (Field field : fields) {
            if (!table.has(field.name())) {
                Object value = fallback(field);
                if (value != null) {
                    table.putDefault(field.name(), value);
                }
            }
        }
        return table;
    }

    private Object fallback(Field field) {
        if (field.kind() == Field.Kind.TABLE) {
            return defaults(new Table(new Place(1, 1)), field.table());
        }
        if (field.fallback() == null) {
            return null;
        }
        if (field.kind() == Field.Kind.CHOICES) {
            return List.of(field.fallback().split(", "));
        }
        try {
            return scalar(field.fallback(), field);
        } catch (OptionException e) {
            throw new AssertionError(field.name(), e);
        }
    }

    /** Null if it is wrong. */
    private Object value(Node node, Field field) {
        return switch (field.kind()) {
            case TABLE -> table(node, field.table(), "'" + field.name() + "'");
            case TABLES -> tables(node, field);
            case TEXTS -> texts(node, field);
            case CHOICES ->
                    node instanceof ScalarNode ? choices(node, field) : choiceList(node, field);
            case PROPERTIES -> properties(node, field);
            default -> scalar(node, field);
        };
    }

    private Object scalar(Node node, Field field) {
        if (!(node instanceof ScalarNode scalar)) {
            mistakes.add(place(node), "'" + field.name() + "' is wanted as one value");
            return null;
        }
        try {
            return scalar(scalar.getValue(), field);
        } catch (OptionException e) {
            mistakes.add(place(node), field.name() + ": " + e.getMessage());
            return null;
        }
    }

    private Object scalar(String text, Field field) throws OptionException {
        return switch (field.kind()) {
            case TEXT -> text;
            case ID -> id(text);
            case CHOICE, CHOICES -> choice(text, field);
            case NUMBER -> Values.number(text, field.least(), field.most());
            case SIZE -> Values.size(text);
            case DURATION -> duration(text);
            case BOOL -> bool(text);
            case FILE -> file(text);
            default -> throw new AssertionError(field.kind());
        };
    }

    private static String id(String text) throws OptionException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            boolean more = c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_';
            if (!(letter || i > 0 && more)) {
                throw new OptionException(
                        "'" + text + "' is no name: a letter, then letters, digits, '.', '-', '_'");
            }
        }
        if (text.isEmpty()) {
            throw new OptionException("a name is wanted");
        }
        return text;
    }

    private static String choice(String text, Field field) throws OptionException {
        if (!field.choices().contains(text)) {
            throw new OptionException(
                    "'" + text + "' is none of " + String.join(", ", field.choices()));
        }
        return text;
    }

    private static boolean bool(String text) throws OptionException {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new OptionException("'" + text + "' is neither true nor false");
        };
    }

    private static long duration(String text) throws OptionException {
        int unit = 0;
        while (unit < text.length() && Character.isDigit(text.charAt(unit))) {
            unit++;
        }
        long factor =
                switch (text.substring(unit)) {
                    case "ms" -> 1;
                    case "s" -> 1000;
                    case "m" -> 60_000;
                    default -> 0;
                };
        if (unit == 0 || unit > 9 || factor == 0) {
            throw new OptionException("'" + text + "' is no time, such as 100ms, 5s or 1m");
        }
        return factor * Long.parseLong(text.substring(0, unit));
    }

    private String file(String text) throws OptionException {
        Path file = folder.resolve(text).toAbsolutePath().normalize();
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new OptionException("'" + text + "' is no file that can be read (" + file + ")");
        }
        if (text.indexOf('\n') >= 0) {
            throw new OptionException("the name of a file has one line");
        }
        return file.toString();
    }

    private Object choices(Node node, Field field) {
        List<String> words = new ArrayList<>();
        for (String word : ((ScalarNode) node).getValue().split(", *")) {
            try {
                words.add(choice(word, field));
            } catch (OptionException e) {
                mistakes.add(place(node), field.name() + ": " + e.getMessage());
                return null;
            }
        }
        return words;
    }

    private List<Node> elements(Node node, Field field) {
        if (node instanceof SequenceNode sequence) {
            return sequence.getValue();
        }
        mistakes.add(place(node), "'" + field.name() + "' is wanted as a list");
        return List.of();
    }

    private Object choiceList(Node node, Field field) {
        List<String> words = new ArrayList<>();
        for (Node element : elements(node, field)) {
            Object word = scalar(element, field);
            if (word != null) {
                words.add((String) word);
            }
        }
        return words.isEmpty() ? null : words;
    }

    private Object texts(Node node, Field field) {
        List<String> texts = new ArrayList<>();
        for (Node element : elements(node, field)) {
            if (element instanceof ScalarNode scalar) {
                texts.add(scalar.getValue());
            } else {
                mistakes.add(place(element), "'" + field.name() + "' has texts");
            }
        }
        return texts;
    }

    private Object tables(Node node, Field field) {
        List<Table> tables = new ArrayList<>();
        String what = "an element of '" + field.name() + "'";
        for (Node element : elements(node, field)) {
            tables.add(table(element, field.table(), what));
        }
        return tables;
    }

    private Object properties(Node node, Field field) {
        Map<String, String> properties = new LinkedHashMap<>();
        if (!(node instanceof MappingNode mapping)) {
            mistakes.add(place(node), "'" + field.name() + "' has names and values");
            return null;
        }
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key
                    && tuple.getValueNode() instanceof ScalarNode value) {
                properties.put(key.getValue(), value.getValue());
            } else {
                mistakes.add(place(tuple.getKeyNode()), "a property is a name with one value");
            }
        }
        return properties;
    }
}
