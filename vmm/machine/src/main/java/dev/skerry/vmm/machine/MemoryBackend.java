package dev.skerry.vmm.machine;

import java.nio.file.Path;

/**
 * Where the guest's RAM is: {@code -object memory-backend-memfd} or {@code memory-backend-file}.
 * Without any a machine takes a shared memfd, since it may have devices in other processes.
 *
 * @param id the object's id
 * @param path a file, or a folder in which a nameless one is made; null for a memfd
 * @param sizeBytes a multiple of 4096
 * @param offsetBytes where in the file the memory begins, a multiple of 4096
 * @param share whether what is written goes to the file; else memory begins as a copy of it
 * @param prealloc whether all of it is taken from the host at once
 */
public record MemoryBackend(
        String id, Path path, long sizeBytes, long offsetBytes, boolean share, boolean prealloc) {
    /** The one a machine makes itself. */
    public static MemoryBackend anonymous(long sizeBytes) {
        return new MemoryBackend("ram", null, sizeBytes, 0, true, false);
    }
}
