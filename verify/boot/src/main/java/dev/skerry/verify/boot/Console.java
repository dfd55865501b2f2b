package dev.skerry.verify.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** What came out of a serial port, by line. Safe for use by many threads. */
public final class Console {
    /**
     * A whole line.
     *
     * @param number from 0 on
     * @param atNs when its end came, from the console's making
     */
    public record Line(int number, long atNs, String text) {}

    private final long beginNs = System.nanoTime();
    private final StringBuilder begun = new StringBuilder();
    private final List<Line> lines = new ArrayList<>();
    private boolean closed;

    public Console() {}

    /** One more character. */
    public synchronized void write(int b) {
        if (b == '\n') {
            lines.add(new Line(lines.size(), System.nanoTime() - beginNs, begun.toString()));
            begun.setLength(0);
            notifyAll();
        } else if (b != '\r') {
            begun.append((char) (b & 0xff));
        }
    }

    /** Nothing more will come. */
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    public synchronized List<Line> lines() {
        return List.copyOf(lines);
    }

    /**
     * Waits for a line.
     *
     * @throws TimeoutException if it has not come in time, or cannot come any more; with the last
     *     lines that did
     */
    public Line await(Predicate<String> wanted, long timeout, TimeUnit unit)
            throws InterruptedException, TimeoutException {
        return await(0, wanted, timeout, unit);
    }

    /** The same from a line on. */
    public synchronized Line await(int from, Predicate<String> wanted, long timeout, TimeUnit unit)
            throws InterruptedException, TimeoutException {
        long end = System.nanoTime() + unit.toNanos(timeout);
        int seen = from;
        while (true) {
            for (; seen < lines.size(); seen++) {
                if (wanted.test(lines.get(seen).text())) {
                    return lines.get(seen);
                }
            }
            long left = end - System.nanoTime();
            if (closed || left <= 0) {
                throw new TimeoutException("the line has not come; the last were:\n" + tail(30));
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    private String tail(int count) {
        StringBuilder text = new StringBuilder();
        for (Line line : lines.subList(Math.max(0, lines.size() - count), lines.size())) {
            text.append(line.text()).append('\n');
        }
        return text.append(begun).toString();
    }
}
