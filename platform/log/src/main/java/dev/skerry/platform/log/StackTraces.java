package dev.skerry.platform.log;

/** Exceptions that mean a bug, as one line of the log. */
public final class StackTraces {
    private static final int MOST_FRAMES = 12;

    private StackTraces() {}

    /** What it is, and where it came from. */
    public static String oneLine(Throwable bug) {
        StringBuilder text = new StringBuilder(bug.toString());
        StackTraceElement[] frames = bug.getStackTrace();
        for (int i = 0; i < Math.min(frames.length, MOST_FRAMES); i++) {
            text.append(i == 0 ? " at " : " < ").append(frames[i]);
        }
        return text.toString();
    }
}
