package dev.skerry.device.block;

import dev.skerry.platform.linux.FileStatus;
import dev.skerry.platform.linux.HostFile;
import dev.skerry.platform.linux.IoVector;
import dev.skerry.platform.linux.LinuxException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An image's file or block device on the host. */
public final class HostImageFile implements ImageFile {
    private final String name;
    private final HostFile file;
    private final boolean readOnly;
    private volatile LinuxException lostWrites;

    /**
     * Takes over an open file.
     *
     * @param name for messages
     * @param readOnly whether it was opened so
     */
    public HostImageFile(String name, HostFile file, boolean readOnly) {
        this.name = name;
        this.file = file;
        this.readOnly = readOnly;
    }

    /** Opens a path, without locks. */
    public static HostImageFile open(String path, boolean readOnly) throws IOException {
        HostFile.Mode mode = readOnly ? HostFile.Mode.READ_ONLY : HostFile.Mode.READ_WRITE;
        return new HostImageFile(path, HostFile.open(path, mode), readOnly);
    }

    /** Makes an empty file or empties one that nobody else uses, locked for writing. */
    static HostImageFile create(String path) throws IOException {
        boolean there = Files.exists(Path.of(path));
        HostFile.Mode mode = there ? HostFile.Mode.READ_WRITE : HostFile.Mode.CREATE_NEW;
        HostFile file = HostFile.open(path, mode);
        try {
            ImageLocks.acquire(file, path, ImageLocks.Use.FORMAT_WRITER);
            if (!file.isBlockDevice()) {
                file.truncate(0);
            }
            return new HostImageFile(path, file, false);
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** See {@link HostFile#bypassCache}. */
    void bypassCache() throws IOException {
        file.bypassCache();
    }

    void lock(ImageLocks.Use use) throws IOException {
        ImageLocks.acquire(file, name, use);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String identity() throws IOException {
        FileStatus status = file.fd().status();
        return status.device() + ":" + status.inode();
    }

    @Override
    public long sizeBytes() throws IOException {
        return file.sizeBytes();
    }

    @Override
    public long allocatedBytes() throws IOException {
        long allocated = 0;
        long size = sizeBytes();
        for (long at = file.nextData(0); at >= 0 && at < size; at = file.nextData(at)) {
            long end = file.nextHole(at);
            if (end <= at) {
                break;
            }
            allocated += end - at;
            at = end;
        }
        return allocated;
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public long read(long offset, IoVector into, long at, long lengthBytes) throws IOException {
        return file.read(offset, into, at, lengthBytes);
    }

    @Override
    public boolean tryRead(long offset, IoVector into, long at, long lengthBytes)
            throws IOException {
        return file.tryRead(offset, into, at, lengthBytes);
    }

    @Override
    public void write(long offset, IoVector from, long at, long lengthBytes) throws IOException {
        file.write(offset, from, at, lengthBytes);
    }

    @Override
    public boolean tryWrite(long offset, IoVector from, long at, long lengthBytes) {
        return file.tryWrite(offset, from, at, lengthBytes);
    }

    @Override
    public void flush() throws IOException {
        if (lostWrites != null) {
            throw lostWrites;
        }
        try {
            file.sync();
        } catch (LinuxException e) {
            // The kernel forgets the pages it could not write, and would say yes the next time.
            lostWrites = e;
            throw e;
        }
    }

    @Override
    public boolean punchHole(long offset, long lengthBytes) throws IOException {
        return file.punchHole(offset, lengthBytes);
    }

    @Override
    public boolean zeroRange(long offset, long lengthBytes) throws IOException {
        return file.zeroRange(offset, lengthBytes);
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
        if (!file.isBlockDevice()) {
            file.truncate(sizeBytes);
        } else if (sizeBytes > file.sizeBytes()) {
            throw new LinuxException("truncate", BlockError.ENOSPC.value(), name);
        }
    }

    @Override
    public long nextData(long offset) throws IOException {
        return file.isBlockDevice() ? ImageFile.super.nextData(offset) : file.nextData(offset);
    }

    @Override
    public long nextHole(long offset) throws IOException {
        return file.isBlockDevice() ? ImageFile.super.nextHole(offset) : file.nextHole(offset);
    }

    @Override
    public void close() {
        file.close();
    }
}
