package dev.skerry.platform.log;

import java.util.Arrays;

/**
 * The log of one subject (a device by its id, or the process itself). Safe for use by many threads.
 *
 * <p>Lines that a guest or a peer can cause at will go through {@link #limited}: the first ones of
 * a kind are written, later ones only at every power of two, with their count, so that a hostile
 * guest can neither fill a disk nor slow the device down.
 */
public final class Log {
    private static final int WRITTEN_IN_FULL = 8;

    private final LogSink sink;
    private final String subject;
    private long[] counts = new long[8];

    private Log(LogSink sink, String subject) {
        this.sink = sink;
        this.subject = subject;
    }

    /** The log of the process itself. */
    public static Log of(LogSink sink) {
        return new Log(sink, null);
    }

    /** A log for one subject, sharing this one's sink. */
    public Log withSubject(String id) {
        return new Log(sink, id);
    }

    public boolean isEnabled(Level level) {
        return level.ordinal() <= sink.level().ordinal();
    }

    public void error(String text) {
        log(Level.ERROR, text);
    }

    public void warning(String text) {
        log(Level.WARNING, text);
    }

    public void info(String text) {
        log(Level.INFO, text);
    }

    public void debug(String text) {
        log(Level.DEBUG, text);
    }

    public void log(Level level, String text) {
        if (isEnabled(level)) {
            sink.write(level, subject, text);
        }
    }

    /**
     * A kind of event somebody else can cause. Call {@link #isDue} first and format only if it says
     * so: then a refused line costs an increment.
     *
     * @param kind a small number from 0, chosen by the caller and stable within one subject
     * @return whether a line should be written for this occurrence
     */
    public synchronized boolean isDue(Level level, int kind) {
        if (kind >= counts.length) {
            counts = Arrays.copyOf(counts, kind + 8);
        }
        long count = ++counts[kind];
        return isEnabled(level) && (count <= WRITTEN_IN_FULL || Long.bitCount(count) == 1);
    }

    /** Writes a line that {@link #isDue} allowed, with the count once lines are being left out. */
    public void limited(Level level, int kind, String text) {
        long count = count(kind);
        log(level, count <= WRITTEN_IN_FULL ? text : text + " (" + count + " of this kind so far)");
    }

    /** How often {@link #isDue} was asked about a kind. */
    public synchronized long count(int kind) {
        return kind < counts.length ? counts[kind] : 0;
    }
}
