package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The kernel's random numbers (getrandom(2)). Java's own source reads {@code /dev/random}; in a
 * sandbox without one it guesses from the timing of threads, slowly.
 */
public final class HostRandom {
    private static final int GETRANDOM = 318;

    private HostRandom() {}

    /** A number nobody can guess. */
    public static long next() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(Long.BYTES, Long.BYTES);
            long count;
            do {
                count = Sys.call(GETRANDOM, bytes.address(), Long.BYTES, 0);
            } while (count == -Sys.EINTR);
            if (count != Long.BYTES) {
                throw new AssertionError("getrandom: " + count);
            }
            return bytes.get(ValueLayout.JAVA_LONG, 0);
        }
    }
}
