package dev.skerry.vmm.machine;

/**
 * The host's end of a stream of characters: a terminal, a file, a socket. What is connected to it in
 * the machine is its {@link Front}. Used by any thread; output never blocks. It calls its front
 * with none of its locks held, since it is called with the front's.
 */
public interface CharDevice {
    /** What is in the machine: a serial port, a debug console, a monitor. */
    interface Front {
        /**
         * Input has come. Called on the event loop's thread, or within {@link #inputWanted}.
         *
         * @return how many of the bytes were taken; the rest is kept, and offered again at {@link
         *     CharDevice#inputWanted}
         */
        int receive(byte[] bytes, int offset, int length);

        /** Output is possible again after {@link CharDevice#write} has said no. */
        default void outputPossible() {}

        /** A break has come. Called as {@link #receive} is. */
        default void receiveBreak() {}

        /** A peer has come; at once, if there is one when the front is connected. */
        default void opened() {}

        /** The peer has gone. */
        default void closed() {}
    }

    /** The one who uses it; before, input is not read. At most one. */
    void connect(Front front);

    /**
     * Takes a byte.
     *
     * @return false if it cannot now; {@link Front#outputPossible} follows when it can. What nobody
     *     will ever read (no peer) is taken and forgotten
     */
    boolean write(byte value);

    /** The front has room again after it took less than it was given. */
    void inputWanted();
}
