package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@code struct msghdr} with one {@code struct iovec} and a control buffer, laid out once and used
 * for every message (recvmsg(2), cmsg(3), x86-64).
 */
final class MessageHeader {
    static final int CONTROL_BYTES = 16 + 4 * UnixStream.MAX_FDS;

    private static final long IOV = 16;
    private static final long IOV_COUNT = 24;
    private static final long CONTROL = 32;
    private static final long CONTROL_LENGTH = 40;
    private static final long FLAGS = 48;
    private static final long IOVEC_AT = 56;
    private static final long CONTROL_AT = 72;

    // struct cmsghdr: size_t length with the header, int level, int type.
    private static final long CMSG_BYTES = 16;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;

    private final MemorySegment memory;
    private final MemorySegment state;

    MessageHeader(Arena arena) {
        state = Sys.newState(arena);
        memory = arena.allocate(CONTROL_AT + CONTROL_BYTES, 8);
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, IOV, memory.address() + IOVEC_AT);
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, IOV_COUNT, 1);
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, CONTROL, memory.address() + CONTROL_AT);
    }

    /** A system call of the direction this header is for. */
    long call(int number, long a, long b, long c, long d, long e, long f) {
        return Sys.call(state, number, a, b, c, d, e, f);
    }

    long address() {
        return memory.address();
    }

    void prepare(long hva, long length, long controlLength) {
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, IOVEC_AT, hva);
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, IOVEC_AT + 8, length);
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, CONTROL_LENGTH, controlLength);
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, FLAGS, 0);
    }

    void prepareFds(long hva, long length, Fd[] fds) {
        long cmsgLength = CMSG_BYTES + 4L * fds.length;
        prepare(hva, length, (cmsgLength + 7) & -8);
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, CONTROL_AT, cmsgLength);
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, CONTROL_AT + 8, SOL_SOCKET);
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, CONTROL_AT + 12, SCM_RIGHTS);
        for (int i = 0; i < fds.length; i++) {
            memory.set(
                    ValueLayout.JAVA_INT_UNALIGNED,
                    CONTROL_AT + CMSG_BYTES + 4L * i,
                    fds[i].number());
        }
    }

    long controlLength() {
        return memory.get(ValueLayout.JAVA_LONG_UNALIGNED, CONTROL_LENGTH);
    }

    int flags() {
        return memory.get(ValueLayout.JAVA_INT_UNALIGNED, FLAGS);
    }

    /** Takes every descriptor out of the control messages the kernel wrote. */
    void forEachFd(ReceivedFds fds) {
        long end = controlLength();
        long at = 0;
        while (at + CMSG_BYTES <= end) {
            long length = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, CONTROL_AT + at);
            int level = memory.get(ValueLayout.JAVA_INT_UNALIGNED, CONTROL_AT + at + 8);
            int type = memory.get(ValueLayout.JAVA_INT_UNALIGNED, CONTROL_AT + at + 12);
            if (level == SOL_SOCKET && type == SCM_RIGHTS) {
                for (long i = CMSG_BYTES; i + 4 <= length; i += 4) {
                    fds.add(memory.get(ValueLayout.JAVA_INT_UNALIGNED, CONTROL_AT + at + i));
                }
            }
            at += Math.max(CMSG_BYTES, (length + 7) & -8);
        }
    }
}
