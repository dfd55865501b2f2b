package dev.skerry.vmm.monitor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one JSON value (RFC 8259) into {@link Map}, {@link List}, {@link String}, {@link Long}, {@link
 * Double}, {@link Boolean} or null. As QEMU does, it also takes strings in single quotes. Depth is
 * limited, so that no text overflows the stack.
 */
final class JsonParser {
    private static final int MOST_DEPTH = 64;

    private final String text;
    private int at;

    private JsonParser(String text) {
        this.text = text;
    }

    static Object parse(String text) throws JsonException {
        JsonParser parser = new JsonParser(text);
        Object value = parser.value(0);
        parser.skipSpace();
        if (parser.at < text.length()) {
            throw new JsonException("something follows the value");
        }
        return value;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() throws JsonException {
        skipSpace();
        if (at == text.length()) {
            throw new JsonException("premature end");
        }
        return text.charAt(at);
    }

    private boolean take(char wanted) throws JsonException {
        boolean there = peek() == wanted;
        at += there ? 1 : 0;
        return there;
    }

    private void require(char wanted) throws JsonException {
        if (!take(wanted)) {
            throw new JsonException("expecting '" + wanted + "', not '" + text.charAt(at) + "'");
        }
    }

    private Object value(int depth) throws JsonException {
        if (depth > MOST_DEPTH) {
            throw new JsonException("nested too deeply");
        }
        char c = peek();
        return switch (c) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"', '\'' -> string();
            default -> c == '-' || c >= '0' && c <= '9' ? number() : word();
        };
    }

    private Map<String, Object> object(int depth) throws JsonException {
        Map<String, Object> object = new LinkedHashMap<>();
        require('{');
        if (take('}')) {
            return object;
        }
        do {
            char quote = peek();
            if (quote != '"' && quote != '\'') {
                throw new JsonException("key is not a string in object");
            }
            String key = string();
            require(':');
            Object value = value(depth + 1);
            if (object.containsKey(key)) {
                throw new JsonException("duplicate key");
            }
            object.put(key, value);
        } while (take(','));
        require('}');
        return object;
    }

    private List<Object> array(int depth) throws JsonException {
        List<Object> array = new ArrayList<>();
        require('[');
        if (take(']')) {
            return array;
        }
        do {
            array.add(value(depth + 1));
        } while (take(','));
        require(']');
        return array;
    }

    private String string() throws JsonException {
        char quote = text.charAt(at++);
        StringBuilder string = new StringBuilder();
        while (true) {
            if (at == text.length()) {
                throw new JsonException("unterminated string");
            }
            char c = text.charAt(at++);
            if (c == quote) {
                return string.toString();
            } else if (c < ' ') {
                throw new JsonException("control character in string");
            }
            string.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() throws JsonException {
        if (at == text.length()) {
            throw new JsonException("unterminated string");
        }
        char c = text.charAt(at++);
        return switch (c) {
            case '"', '\'', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> hexadecimal();
            default -> throw new JsonException("invalid escape sequence");
        };
    }

    private char hexadecimal() throws JsonException {
        int value = 0;
        for (int i = 0; i < 4; i++, at++) {
            int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) {
                throw new JsonException("invalid escape sequence");
            }
            value = value << 4 | digit;
        }
        return (char) value;
    }

    private Object number() throws JsonException {
        int begin = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String number = text.substring(begin, at);
        try {
            return number.matches("-?[0-9]+") && number.length() < 19
                    ? (Object) Long.valueOf(number)
                    : (Object) Double.valueOf(number);
        } catch (NumberFormatException e) {
            throw new JsonException("'" + number + "' is not a number");
        }
    }

    private Object word() throws JsonException {
        int begin = at;
        while (at < text.length() && Character.isLetter(text.charAt(at))) {
            at++;
        }
        String word = text.substring(begin, at);
        return switch (word) {
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            case "null" -> null;
            default ->
                    throw new JsonException(
                            word.isEmpty()
                                    ? "stray '" + text.charAt(at) + "'"
                                    : "invalid keyword '" + word + "'");
        };
    }
}
