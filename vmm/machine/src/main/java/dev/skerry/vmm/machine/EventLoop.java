package dev.skerry.vmm.machine;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;

/**
 * One thread that waits for the host's descriptors: terminals, sockets, other processes' interrupts.
 * Handlers run on it, one at a time, and are short. Methods may be called from any thread.
 */
public interface EventLoop {
    /** A descriptor being waited for. */
    interface Watch extends AutoCloseable {
        /** Waits for input or not; it does from the begin. */
        void wantInput(boolean wanted);

        /** Waits for room for output or not; it does not at the begin. */
        void wantOutput(boolean wanted);

        /** Ends it. A handler that runs just now may finish after. The descriptor stays open. */
        @Override
        void close();
    }

    /** What follows an event. */
    @FunctionalInterface
    interface Handler {
        /**
         * @param input whether there is something to read, an end or an error included
         * @param output whether something can be written
         */
        void ready(boolean input, boolean output);
    }

    /**
     * Waits for a descriptor, level-triggered.
     *
     * @throws LinuxException if the host cannot wait for it, as for a plain file
     */
    Watch watch(Fd fd, Handler handler) throws LinuxException;

    /** Runs something on the thread soon. */
    void run(Runnable action);
}
