package dev.skerry.vmm.control.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A table of a document whose values have been checked: each is of its field's kind. */
final class Table {
    private final Place place;
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, Place> places = new LinkedHashMap<>();

    Table(Place place) {
        this.place = place;
    }

    void put(String name, Object value, Place at) {
        values.put(name, value);
        places.put(name, at);
    }

    /** What holds because nothing is given. */
    void putDefault(String name, Object value) {
        values.put(name, value);
    }

    boolean has(String name) {
        return places.containsKey(name);
    }

    /** Where a value stands, or the table if it is not given. */
    Place place(String name) {
        return places.getOrDefault(name, place);
    }

    String text(String name) {
        return (String) values.get(name);
    }

    long number(String name) {
        return (Long) values.get(name);
    }

    boolean bool(String name) {
        return (Boolean) values.get(name);
    }

    Table table(String name) {
        return (Table) values.get(name);
    }

    List<Table> tables(String name) {
        Object value = values.get(name);
        return value == null
                ? List.of()
                : ((List<?>) value).stream().map(element -> (Table) element).toList();
    }

    List<String> texts(String name) {
        Object value = values.get(name);
        return value == null
                ? List.of()
                : ((List<?>) value).stream().map(element -> (String) element).toList();
    }

    Map<String, String> properties(String name) {
        Map<String, String> properties = new LinkedHashMap<>();
        if (values.get(name) instanceof Map<?, ?> map) {
            map.forEach((key, value) -> properties.put((String) key, (String) value));
        }
        return properties;
    }
}
