package dev.skerry.device.pc;

import dev.skerry.device.api.Device;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

/**
 * QEMU's {@code isa-debugcon}, Bochs' port 0xe9: what is written is text for a developer; what is
 * read tells that the port is there. SeaBIOS talks to the one at 0x402. Owned by one device thread.
 */
public final class DebugConsole implements Device {
    /** QEMU's defaults of {@code iobase} and {@code readback}. */
    public static final int DEFAULT_PORT = 0xe9;

    public static final int DEFAULT_READBACK = 0xe9;

    private final IoRegion port;

    /** Where the text goes. Called in the middle of an access: must not block. */
    @FunctionalInterface
    public interface Output {
        void write(byte value);
    }

    /**
     * @param readback what reading the port gives, a byte
     */
    public DebugConsole(int readback, Output output) {
        IoHandler handler =
                new IoHandler() {
                    @Override
                    public long read(long offset, int size) {
                        return readback;
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        output.write((byte) value);
                    }
                };
        port = new IoRegion("debug-console", 1, AccessSizes.between(1, 1), handler);
    }

    /** One port. */
    public IoRegion port() {
        return port;
    }

    @Override
    public void reset() {}
}
