package dev.skerry.execution.x86.mmu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Atomic exchange in the window. The JVM has it for 4 and 8 aligned bytes of native memory. */
final class Atomics {
    private static final VarHandle INT =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final VarHandle LONG =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private Atomics() {}

    /** @param offset a multiple of {@code size} */
    static boolean compareAndSet(
            MemorySegment window, long offset, int size, long expected, long value) {
        switch (size) {
            case 8:
                return LONG.compareAndSet(window, offset, expected, value);
            case 4:
                return INT.compareAndSet(window, offset, (int) expected, (int) value);
            default:
                return within(window, offset, size, expected, value);
        }
    }

    /** One or two bytes, by exchanging the four they are in. */
    private static boolean within(
            MemorySegment window, long offset, int size, long expected, long value) {
        long word = offset & ~3L;
        int shift = (int) (offset & 3) * 8;
        int mask = (size == 1 ? 0xff : 0xffff) << shift;
        while (true) {
            int now = (int) INT.getVolatile(window, word);
            if ((now & mask) != ((int) expected << shift & mask)) {
                return false;
            }
            int then = now & ~mask | (int) value << shift & mask;
            if (INT.compareAndSet(window, word, now, then)) {
                return true;
            }
        }
    }

    /** @param offset a multiple of {@code size}, which is 4 or 8 */
    static long read(MemorySegment window, long offset, int size) {
        return size == 8
                ? (long) LONG.getAcquire(window, offset)
                : (int) INT.getAcquire(window, offset) & 0xffff_ffffL;
    }
}
