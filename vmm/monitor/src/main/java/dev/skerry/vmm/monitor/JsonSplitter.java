package dev.skerry.vmm.monitor;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Finds where JSON objects end in a stream of bytes. They follow each other with or without space. What
 * is not an object ends with its line.
 */
final class JsonSplitter {
    /** Longer than any command that is understood here. */
    static final int MOST_BYTES = 1 << 20;

    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private int depth;
    private int quote;
    private boolean escaped;

    /** Takes a byte; returns the text it completes, or null. */
    String add(byte value) {
        int c = value & 0xff;
        if (quote != 0) {
            text.write(c);
            quote = !escaped && c == quote ? 0 : quote;
            escaped = !escaped && c == '\\';
            return tooLong();
        }
        boolean space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (depth == 0 && space) {
            return c == '\n' && text.size() > 0 ? take() : null;
        }
        text.write(c);
        switch (c) {
            case '"', '\'' -> quote = c;
            case '{', '[' -> depth++;
            case '}', ']' -> {
                depth--;
                if (depth <= 0) {
                    return take();
                }
            }
            default -> {
                // Part of something.
            }
        }
        return tooLong();
    }

    /** Whether nothing is begun. */
    boolean isEmpty() {
        return text.size() == 0;
    }

    /** Gives up what is begun. */
    void clear() {
        text.reset();
        depth = 0;
        quote = 0;
        escaped = false;
    }

    private String tooLong() {
        return text.size() > MOST_BYTES ? take() : null;
    }

    private String take() {
        String taken = text.toString(StandardCharsets.UTF_8);
        clear();
        return taken;
    }
}
