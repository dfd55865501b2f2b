package dev.skerry.platform.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Part of {@code struct stat} (stat(2), x86-64).
 *
 * @param device the file system's number
 * @param inode the file's number in it
 * @param mode type and permission bits
 * @param sizeBytes the file's length
 * @param blockBytes the preferred unit of I/O; the page size of a file in hugetlbfs
 */
public record FileStatus(long device, long inode, int mode, long sizeBytes, long blockBytes) {
    static final long STAT_BYTES = 144;

    private static final int S_IFMT = 0xf000;
    private static final int S_IFREG = 0x8000;

    static FileStatus read(MemorySegment stat) {
        return new FileStatus(
                stat.get(ValueLayout.JAVA_LONG_UNALIGNED, 0),
                stat.get(ValueLayout.JAVA_LONG_UNALIGNED, 8),
                stat.get(ValueLayout.JAVA_INT_UNALIGNED, 24),
                stat.get(ValueLayout.JAVA_LONG_UNALIGNED, 48),
                stat.get(ValueLayout.JAVA_LONG_UNALIGNED, 56));
    }

    /** A regular file, memfds included. */
    public boolean isRegularFile() {
        return (mode & S_IFMT) == S_IFREG;
    }
}
