package dev.skerry.device.lsi53c895a;

import dev.skerry.platform.memory.IoHandler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The chip's memory for scripts. */
final class ScriptRam implements IoHandler {
    private static final VarHandle SHORT = handle(short[].class);
    private static final VarHandle INT = handle(int[].class);
    private static final VarHandle LONG = handle(long[].class);

    private final byte[] bytes;

    ScriptRam(int sizeBytes) {
        bytes = new byte[sizeBytes];
    }

    private static VarHandle handle(Class<?> type) {
        return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.LITTLE_ENDIAN);
    }

    void clear() {
        java.util.Arrays.fill(bytes, (byte) 0);
    }

    @Override
    public long read(long offset, int size) {
        int at = (int) offset;
        return switch (size) {
            case 1 -> bytes[at] & 0xff;
            case 2 -> (short) SHORT.get(bytes, at) & 0xffff;
            case 4 -> (int) INT.get(bytes, at) & 0xffff_ffffL;
            default -> (long) LONG.get(bytes, at);
        };
    }

    @Override
    public void write(long offset, int size, long value) {
        int at = (int) offset;
        switch (size) {
            case 1 -> bytes[at] = (byte) value;
            case 2 -> SHORT.set(bytes, at, (short) value);
            case 4 -> INT.set(bytes, at, (int) value);
            default -> LONG.set(bytes, at, value);
        }
    }
}
