package dev.skerry.platform.linux;

/** This process. Java's own handle of it starts threads that a device process has no use for. */
public final class CurrentProcess {
    private CurrentProcess() {}

    /** Its process id (getpid(2)), as it sees it itself: 1 for the first of a pid namespace. */
    public static int id() {
        return (int) Sys.call(Sys.GETPID, 0);
    }
}
