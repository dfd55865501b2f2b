package dev.skerry.platform.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Where lines go, and from which level on. Shared by all logs of a process; safe for use by many
 * threads. A line is written with one call, so lines of several processes on one terminal stay whole.
 */
public final class LogSink {
    private final String program;
    private final long pid;
    private final OutputStream out;
    private volatile Level level;

    /**
     * @param program the first word of every line
     * @param pid this process' id
     * @param out takes whole lines; never closed by this class
     * @param level the least urgent level shown
     */
    public LogSink(String program, long pid, OutputStream out, Level level) {
        this.program = program;
        this.pid = pid;
        this.out = out;
        this.level = level;
    }

    /** A sink that appends to a file, creating it if needed (QEMU's {@code -D}). */
    public static LogSink toFile(String program, long pid, Path file, Level level)
            throws IOException {
        return new LogSink(
                program,
                pid,
                Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                level);
    }

    public Level level() {
        return level;
    }

    public void setLevel(Level level) {
        this.level = level;
    }

    void write(Level lineLevel, String subject, String text) {
        StringBuilder line = new StringBuilder(64 + text.length());
        line.append(program).append('[').append(pid).append("]: ");
        if (subject != null) {
            line.append(subject).append(": ");
        }
        if (lineLevel != Level.INFO) {
            line.append(lineLevel.label).append(": ");
        }
        appendPrintable(line, text);
        byte[] bytes = line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
        synchronized (out) {
            try {
                out.write(bytes);
                out.flush();
            } catch (IOException e) {
                // The log's reader is gone and there is nowhere left to say so; serving goes on.
                level = Level.ERROR;
            }
        }
    }

    /** Text may hold what a peer sent: control characters must not reach a terminal. */
    private static void appendPrintable(StringBuilder line, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            line.append(Character.isISOControl(c) ? '?' : c);
        }
    }
}
