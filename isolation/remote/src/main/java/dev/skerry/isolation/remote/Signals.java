package dev.skerry.isolation.remote;

/** What termination by a signal looks like from outside. */
final class Signals {
    private Signals() {}

    /**
     * Exit status 0 on SIGTERM, SIGINT and SIGHUP, as QEMU has it; the JVM's own is 128 and more.
     *
     * @param before what is to be done first, while everything else goes on
     */
    static void exitQuietlyOnTermination(Runnable before) {
        // A shutdown hook runs only for a signal here: the program itself ends by halting.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(before), "termination"));
    }

    private static void end(Runnable before) {
        try {
            before.run();
        } finally {
            Runtime.getRuntime().halt(0);
        }
    }
}
