package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A terminal's settings, taken over for as long as the guest has it: every key goes through at once,
 * nothing is echoed (termios(3), ioctl_tty(2)).
 */
public final class Terminal implements AutoCloseable {
    private static final int TCGETS = 0x5401;
    private static final int TCSETS = 0x5402;

    // struct termios of the kernel: four words of flags, the line discipline, control characters.
    private static final int SIZE = 36;
    private static final int INPUT_FLAGS = 0;
    private static final int OUTPUT_FLAGS = 4;
    private static final int CONTROL_FLAGS = 8;
    private static final int LOCAL_FLAGS = 12;
    private static final int CHARACTERS = 17;
    private static final int VTIME = 5;
    private static final int VMIN = 6;

    /** IGNBRK, BRKINT, PARMRK, ISTRIP, INLCR, IGNCR, ICRNL, IXON. */
    private static final int INPUT_OFF = 0x5eb;

    private static final int OPOST = 0x1;

    /** CSIZE and PARENB. */
    private static final int CONTROL_OFF = 0x130;

    private static final int CS8 = 0x30;

    /** ICANON, ECHO, ECHONL, IEXTEN. */
    private static final int LOCAL_OFF = 0x804a;

    private static final int ISIG = 0x1;

    private final Fd fd;
    private final MemorySegment before;
    private boolean restored;

    private Terminal(Fd fd, MemorySegment before) {
        this.fd = fd;
        this.before = before;
    }

    /**
     * Switches a terminal.
     *
     * @param fd must stay open until the settings are restored
     * @param signals whether keys like Ctrl-C still send signals
     * @return null if it is no terminal
     */
    public static Terminal takeOver(Fd fd, boolean signals) throws LinuxException {
        MemorySegment before = Arena.ofAuto().allocate(SIZE, 8);
        if (Sys.call(Sys.IOCTL, fd.number(), TCGETS, before.address()) < 0) {
            return null;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment raw = arena.allocate(SIZE, 8).copyFrom(before);
            change(raw, INPUT_FLAGS, INPUT_OFF, 0);
            change(raw, OUTPUT_FLAGS, 0, OPOST);
            change(raw, CONTROL_FLAGS, CONTROL_OFF, CS8);
            change(raw, LOCAL_FLAGS, signals ? LOCAL_OFF : LOCAL_OFF | ISIG, 0);
            raw.set(ValueLayout.JAVA_BYTE, CHARACTERS + VMIN, (byte) 1);
            raw.set(ValueLayout.JAVA_BYTE, CHARACTERS + VTIME, (byte) 0);
            fd.check("ioctl", Sys.call(Sys.IOCTL, fd.number(), TCSETS, raw.address()), "TCSETS");
        }
        return new Terminal(fd, before);
    }

    /**
     * Remembers a terminal's settings without changing them, for a process that may end without
     * setting them back.
     *
     * @param number of a descriptor, such as 0
     * @return sets them back when it is run; does nothing if there is no terminal
     */
    public static Runnable remember(int number) {
        MemorySegment before = Arena.ofAuto().allocate(SIZE, 8);
        if (Sys.call(Sys.IOCTL, number, TCGETS, before.address()) < 0) {
            return () -> {};
        }
        return () -> Sys.call(Sys.IOCTL, number, TCSETS, before.address());
    }

    /** Whether a descriptor is a terminal's. */
    public static boolean is(int number) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment settings = arena.allocate(SIZE, 8);
            return Sys.call(Sys.IOCTL, number, TCGETS, settings.address()) >= 0;
        }
    }

    private static void change(MemorySegment termios, int offset, int off, int on) {
        int flags = termios.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
        termios.set(ValueLayout.JAVA_INT_UNALIGNED, offset, flags & ~off | on);
    }

    /** Sets everything back, once. From any thread. */
    @Override
    public synchronized void close() {
        if (!restored) {
            restored = true;
            Sys.call(Sys.IOCTL, fd.number(), TCSETS, before.address());
        }
    }
}
