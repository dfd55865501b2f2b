package dev.skerry.platform.linux;

/** This process. Java's own handle of it starts threads that a device process has no use for. */
public final class CurrentProcess {
    private static final int PR_SET_PDEATHSIG = 1;
    private static final int SIGTERM = 15;

    private CurrentProcess() {}

    /** Its process id (getpid(2)), as it sees it itself: 1 for the first of a pid namespace. */
    public static int id() {
        return (int) Sys.call(Sys.GETPID, 0);
    }

    /** Has this process terminated (SIGTERM) when the one that started it ends (prctl(2)). */
    public static void endWithParent() throws LinuxException {
        long result = Sys.call(Sys.PRCTL, PR_SET_PDEATHSIG, SIGTERM);
        if (result < 0) {
            throw new LinuxException("prctl", (int) -result, "PR_SET_PDEATHSIG");
        }
    }

    /** The process that started it, or 1 when that has ended (getppid(2)). */
    public static int parentId() {
        return (int) Sys.call(Sys.GETPPID, 0);
    }
}
