package dev.skerry.vmm.chardev;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;

/**
 * Where a stream's bytes come from and go to. Nothing waits. Reads come from one thread, writes from
 * one thread at a time.
 */
interface Endpoint extends AutoCloseable {
    /** What is waited for before reading, or null if nothing is ever read. */
    Fd input();

    /** What is waited for before writing. May be the same. */
    Fd output();

    /**
     * @return how many bytes there were, 0 for none now, negative for none any more
     */
    int read(byte[] into, int offset, int length) throws LinuxException;

    /**
     * @return how many bytes were taken, 0 for none now
     */
    int write(byte[] from, int offset, int length) throws LinuxException;

    @Override
    void close();
}
