package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A request to a device (ioctl(2)), with its name for error messages. The number says what its
 * argument is: bits 0 to 7 which request, 8 to 15 which kind of device, 16 to 29 the argument's
 * size, 30 and 31 its direction (the kernel's {@code asm-generic/ioctl.h}).
 *
 * @param number as the kernel takes it
 */
public record Ioctl(String name, int number) {
    private static final int SIZE_SHIFT = 16;
    private static final int SIZE_MASK = 0x3fff;
    private static final int TO_KERNEL = 1 << 30;
    private static final int FROM_KERNEL = 1 << 31;

    /** A request whose argument is a number, or that has none. */
    public static Ioctl plain(String name, int type, int number) {
        return new Ioctl(name, type << 8 | number);
    }

    /** A request that gives the kernel a structure. */
    public static Ioctl toKernel(String name, int type, int number, int sizeBytes) {
        return new Ioctl(name, TO_KERNEL | size(sizeBytes) | type << 8 | number);
    }

    /** A request for a structure. */
    public static Ioctl fromKernel(String name, int type, int number, int sizeBytes) {
        return new Ioctl(name, FROM_KERNEL | size(sizeBytes) | type << 8 | number);
    }

    /** A request that gives a structure and has it changed. */
    public static Ioctl bothWays(String name, int type, int number, int sizeBytes) {
        return new Ioctl(name, TO_KERNEL | FROM_KERNEL | size(sizeBytes) | type << 8 | number);
    }

    private static int size(int sizeBytes) {
        return java.util.Objects.checkIndex(sizeBytes, SIZE_MASK + 1) << SIZE_SHIFT;
    }

    /** The size of the structure it is about, zero if there is none. */
    public int sizeBytes() {
        return number >>> SIZE_SHIFT & SIZE_MASK;
    }

    /**
     * Makes the request with a structure.
     *
     * @param argument at least as long as the request's structure; where that ends in an array whose
     *     length is a field, the array must fit too
     * @return what the kernel answers, not negative
     */
    // SAFETY: the kernel reads and writes as many bytes as the number says, which is checked, and
    // for open arrays as many as the caller wrote into the structure.
    public long call(Fd fd, MemorySegment argument) throws LinuxException {
        return fd.check("ioctl", tryCall(fd, argument), name);
    }

    /** The same, but an error is returned as its negative number. */
    public long tryCall(Fd fd, MemorySegment argument) {
        long hva = Sys.address(argument, 0, sizeBytes());
        return Sys.call(Sys.IOCTL, fd.number(), number & 0xffff_ffffL, hva);
    }

    /**
     * Makes the request with a number.
     *
     * @return what the kernel answers, not negative
     */
    public long call(Fd fd, long value) throws LinuxException {
        return fd.check("ioctl", tryCall(fd, value), name);
    }

    /** The same, but an error is returned as its negative number. */
    public long tryCall(Fd fd, long value) {
        if (sizeBytes() != 0) {
            throw new IllegalArgumentException(name + " takes a structure");
        }
        return Sys.call(Sys.IOCTL, fd.number(), number & 0xffff_ffffL, value);
    }

    /** Makes a request that is answered with a new descriptor, close-on-exec of its own accord. */
    public Fd open(Fd fd, long value) throws LinuxException {
        return Fd.made(call(fd, value));
    }

    /** The same with a structure. */
    public Fd open(Fd fd, MemorySegment argument) throws LinuxException {
        return Fd.made(call(fd, argument));
    }

    /**
     * This request without an argument, for one thread that makes it again and again: it allocates
     * nothing, and a signal ends it.
     */
    public Repeated repeated(Fd fd) {
        return new Repeated(fd, number);
    }

    /** See {@link Ioctl#repeated}. One thread at a time. */
    public static final class Repeated {
        /** What {@link #call} returns when a signal ended it. */
        public static final long INTERRUPTED = -Sys.EINTR;

        private final MemorySegment state = Sys.newState(Arena.ofAuto());
        private final Fd fd;
        private final long number;

        private Repeated(Fd fd, int number) {
            this.fd = fd;
            this.number = number & 0xffff_ffffL;
        }

        /** The kernel's answer, or the negative error number. */
        public long call() {
            return Sys.once(state, Sys.IOCTL, fd.number(), number, 0, 0, 0, 0);
        }
    }
}
