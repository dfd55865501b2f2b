package dev.skerry.device.block;

import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.linux.LinuxException;

import java.io.IOException;

/** The kinds of failure a disk's protocol tells apart. */
public enum BlockError {
    /** The host's file system or the image is full. */
    NO_SPACE,
    /** The image is not to be written. */
    READ_ONLY,
    /** The image's user may not do this (a restricted write to block 0). */
    NOT_PERMITTED,
    /** The image's own structures are damaged, or its file lost data while in use. */
    DAMAGED,
    /** Anything else the host reports. */
    IO;

    static final Errno ENOSPC = new Errno(28);
    static final Errno EDQUOT = new Errno(122);
    static final Errno EFBIG = new Errno(27);
    static final Errno EROFS = new Errno(30);

    /** The kind of a failure. */
    public static BlockError of(IOException failure) {
        if (failure instanceof ImageException) {
            return DAMAGED;
        }
        if (!(failure instanceof LinuxException linux)) {
            return IO;
        }
        if (linux.is(ENOSPC) || linux.is(EDQUOT)) {
            return NO_SPACE;
        }
        if (linux.is(EROFS)) {
            return READ_ONLY;
        }
        return linux.is(Errno.EPERM) ? NOT_PERMITTED : IO;
    }
}
