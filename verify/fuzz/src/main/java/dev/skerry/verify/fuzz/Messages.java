package dev.skerry.verify.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Messages as a machine writes them, from the protocol's description. */
public final class Messages {
    public static final int MOST_REGIONS = 8;

    private Messages() {}

    private static ByteBuffer header(int command, int payloadBytes) {
        return ByteBuffer.allocate(16 + payloadBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(command)
                .putInt(0)
                .putLong(payloadBytes);
    }

    public static byte[] configWrite(int offset, int value, int length) {
        return header(2, 12).putInt(offset).putInt(value).putInt(length).array();
    }

    public static byte[] configRead(int offset, int length) {
        return header(3, 12).putInt(offset).putInt(0).putInt(length).array();
    }

    public static byte[] barWrite(long address, long value, int size, boolean memory) {
        return access(4, address, value, size, memory);
    }

    public static byte[] barRead(long address, int size, boolean memory) {
        return access(5, address, 0, size, memory);
    }

    private static byte[] access(int command, long address, long value, int size, boolean memory) {
        return header(command, 24)
                .putLong(address)
                .putLong(value)
                .putInt(size)
                .putInt(memory ? 1 : 0)
                .array();
    }

    public static byte[] setIrqFd() {
        return header(6, 0).array();
    }

    public static byte[] reset() {
        return header(7, 0).array();
    }

    /** Three arrays of eight: addresses, sizes, offsets. */
    public static byte[] syncMemory(long[] gpas, long[] sizes, long[] offsets) {
        ByteBuffer message = header(0, 192);
        for (long[] array : new long[][] {gpas, sizes, offsets}) {
            for (int i = 0; i < MOST_REGIONS; i++) {
                message.putLong(i < array.length ? array[i] : 0);
            }
        }
        return message.array();
    }

    /** Any header, and as much behind it as it says, within reason. */
    public static byte[] odd(int command, long size, byte fill) {
        ByteBuffer message = header(command, Math.clamp(size, 0, 256));
        message.putLong(8, size);
        while (message.hasRemaining()) {
            message.put(fill);
        }
        return message.array();
    }
}
