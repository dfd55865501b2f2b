package dev.skerry.device.pc;

/**
 * What a serial port is connected to. Called on the port's device thread; input goes the other way,
 * by {@link Uart16550#receive}, on the same thread.
 */
public interface SerialBackend {
    /**
     * Takes a byte the guest has sent.
     *
     * @return false if it cannot now: the port keeps the byte, tells the guest to wait, and offers it
     *     again at {@link Uart16550#resumeOutput}
     */
    boolean write(byte value);

    /**
     * The port has room again after {@link Uart16550#receive} took less than it was given. May call
     * {@code receive} at once.
     */
    void inputWanted();
}
