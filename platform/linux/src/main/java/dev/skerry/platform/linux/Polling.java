package dev.skerry.platform.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Waiting for one descriptor (ppoll(2)). */
final class Polling {
    private static final long NS_PER_S = 1_000_000_000L;

    private Polling() {}

    /**
     * @param scratch 24 bytes: struct pollfd, then struct timespec
     * @return false when the time is over
     */
    static boolean await(Fd fd, short events, long timeoutNs, MemorySegment scratch)
            throws LinuxException {
        scratch.set(ValueLayout.JAVA_INT_UNALIGNED, 0, fd.number());
        scratch.set(ValueLayout.JAVA_SHORT_UNALIGNED, 4, events);
        scratch.set(ValueLayout.JAVA_SHORT_UNALIGNED, 6, (short) 0);
        scratch.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, Math.max(0, timeoutNs) / NS_PER_S);
        scratch.set(ValueLayout.JAVA_LONG_UNALIGNED, 16, Math.max(0, timeoutNs) % NS_PER_S);
        long at = scratch.address();
        return fd.check("ppoll", Sys.call(Sys.PPOLL, at, 1, at + 8, 0, 0, 0), "") > 0;
    }
}
