package dev.skerry.platform.linux;

import java.io.IOException;

/** A system call that failed: which one, on what, and the kernel's error number. */
public final class LinuxException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param call the call's name, such as {@code mmap}
     * @param errno the kernel's (positive) error number
     * @param arguments what it was called with, for a person
     */
    public LinuxException(String call, int errno, String arguments) {
        super(call + "(" + arguments + "): " + new Errno(errno));
        this.errno = errno;
    }

    public Errno errno() {
        return new Errno(errno);
    }

    public boolean is(Errno other) {
        return errno == other.value();
    }
}
