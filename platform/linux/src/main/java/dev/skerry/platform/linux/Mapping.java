package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Part of a file mapped shared into this process (mmap(2)), from any offset on.
 *
 * <p>The segment may be used by many threads. After {@link #close} every access to it throws {@link
 * IllegalStateException}; its raw address must not be given to a system call after that. Memory the
 * file loses later (somebody truncates it) throws {@link InternalError} when it is touched; the
 * process survives.
 */
public final class Mapping implements AutoCloseable {
    /** What the mapping may be used for. */
    public enum Access {
        READ_ONLY(1),
        READ_WRITE(3);

        private final int prot;

        Access(int prot) {
            this.prot = prot;
        }
    }

    private static final long PAGE_BYTES = 4096;
    private static final int MAP_SHARED = 1;

    private final Arena arena;
    private final MemorySegment segment;

    private Mapping(Arena arena, MemorySegment segment) {
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Maps a range of a file. The offset need not be aligned: what is mapped is widened to the
     * file's own pages (huge ones included), what is handed out is the range asked for.
     *
     * @param offsetBytes from the file's begin, not negative
     * @param lengthBytes positive; the range must end within the file
     * @throws LinuxException EINVAL if the range is not inside the file, or the kernel's reason
     */
    public static Mapping of(Fd fd, long offsetBytes, long lengthBytes, Access access)
            throws LinuxException {
        FileStatus status = fd.status();
        String what = String.format("offset 0x%x, length 0x%x", offsetBytes, lengthBytes);
        if (offsetBytes < 0
                || lengthBytes <= 0
                || offsetBytes > status.sizeBytes()
                || lengthBytes > status.sizeBytes() - offsetBytes) {
            throw new LinuxException(
                    "mmap",
                    Errno.EINVAL.value(),
                    String.format("%s, of %s with length 0x%x", what, fd, status.sizeBytes()));
        }
        long unit = Math.max(PAGE_BYTES, Long.highestOneBit(status.blockBytes()));
        long begin = offsetBytes & -unit;
        long before = offsetBytes - begin;
        // Huge pages are unmapped as wholes only, so the length is widened to them as well.
        long mapped = (before + lengthBytes + unit - 1) & -unit;
        long result = map(fd, begin, mapped, access);
        return wrap(fd.check("mmap", result, what), mapped, before, lengthBytes, access);
    }

    /**
     * Maps what a descriptor that is no file offers, such as a device's shared pages: nothing says
     * beforehand how much there is.
     *
     * @param offsetBytes a multiple of 4096
     * @param lengthBytes a positive multiple of 4096
     * @throws LinuxException the kernel's reason
     */
    public static Mapping ofDevice(Fd fd, long offsetBytes, long lengthBytes, Access access)
            throws LinuxException {
        String what = String.format("offset 0x%x, length 0x%x", offsetBytes, lengthBytes);
        long result = map(fd, offsetBytes, lengthBytes, access);
        return wrap(fd.check("mmap", result, what), lengthBytes, 0, lengthBytes, access);
    }

    private static long map(Fd fd, long begin, long length, Access access) {
        return Sys.call(Sys.MMAP, 0, length, access.prot, MAP_SHARED, fd.number(), begin);
    }

    // SAFETY: the kernel just gave this process the range, and it is unmapped only by the arena's
    // close, after which the segment refuses access.
    @SuppressWarnings("restricted")
    private static Mapping wrap(
            long hva, long mappedBytes, long before, long lengthBytes, Access access) {
        Arena arena = Arena.ofShared();
        MemorySegment whole =
                MemorySegment.ofAddress(hva)
                        .reinterpret(
                                mappedBytes,
                                arena,
                                ignored -> Sys.call(Sys.MUNMAP, hva, mappedBytes));
        MemorySegment part = whole.asSlice(before, lengthBytes);
        return new Mapping(arena, access == Access.READ_ONLY ? part.asReadOnly() : part);
    }

    public MemorySegment segment() {
        return segment;
    }

    @Override
    public void close() {
        arena.close();
    }
}
