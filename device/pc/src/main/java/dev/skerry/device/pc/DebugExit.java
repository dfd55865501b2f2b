package dev.skerry.device.pc;

import dev.skerry.device.api.Device;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.util.function.IntConsumer;

/**
 * QEMU's {@code isa-debug-exit}: a write ends the machine with a status of the guest's choice. Driven
 * by test programs. Owned by one device thread.
 */
public final class DebugExit implements Device {
    /** QEMU's defaults of {@code iobase} and {@code iosize}. */
    public static final int DEFAULT_PORT = 0x501;

    public static final int DEFAULT_PORTS = 2;

    private final IoRegion ports;

    /**
     * @param ports how many it takes, 1 to 65536
     * @param exit is given the process' status: twice what was written, plus 1, never 0. Called in
     *     the middle of an access
     */
    public DebugExit(int ports, IntConsumer exit) {
        this.ports = new IoRegion("debug-exit", ports, AccessSizes.between(1, 4), handler(exit));
    }

    private static IoHandler handler(IntConsumer exit) {
        return new IoHandler() {
            @Override
            public long read(long offset, int size) {
                return 0;
            }

            @Override
            public void write(long offset, int size, long value) {
                exit.accept((int) value << 1 | 1);
            }
        };
    }

    public IoRegion ports() {
        return ports;
    }

    @Override
    public void reset() {}
}
