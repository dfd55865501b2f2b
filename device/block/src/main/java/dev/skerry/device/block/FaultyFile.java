package dev.skerry.device.block;

import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.linux.IoVector;
import dev.skerry.platform.linux.LinuxException;

import java.io.IOException;

/**
 * A file with faults that can be switched on and off at any time, by any thread: what hosts do to
 * images, for whoever wants to see what becomes of it. Below a format, so that the format's own
 * accesses fail as well.
 */
public final class FaultyFile implements ImageFile {
    /** The kinds of access that can fail by themselves. */
    public enum Access {
        READ,
        WRITE,
        FLUSH
    }

    private static final long NO_LIMIT = Long.MAX_VALUE;

    private final ImageFile file;
    private final Errno[] faults = new Errno[Access.values().length];
    private long endBytes = NO_LIMIT;
    private long roomBytes = NO_LIMIT;

    /** Takes over a file, without faults. */
    public FaultyFile(ImageFile file) {
        this.file = file;
    }

    /** Has every access of a kind fail. */
    public synchronized void fail(Access access, Errno errno) {
        faults[access.ordinal()] = errno;
    }

    /** Has the file end early, as if cut short by somebody else. */
    public synchronized void endAt(long bytes) {
        endBytes = bytes;
    }

    /** Has writes that end behind an offset fail with ENOSPC, as on a full host. */
    public synchronized void fillUpAt(long bytes) {
        roomBytes = bytes;
    }

    /** No faults any more. */
    public synchronized void heal() {
        java.util.Arrays.fill(faults, null);
        endBytes = NO_LIMIT;
        roomBytes = NO_LIMIT;
    }

    private synchronized void pass(Access access, long offset, long lengthBytes)
            throws LinuxException {
        Errno errno = faults[access.ordinal()];
        if (errno == null && access == Access.WRITE && offset + lengthBytes > roomBytes) {
            errno = BlockError.ENOSPC;
        }
        if (errno != null) {
            String where = "offset " + offset + ", length " + lengthBytes + ", injected";
            throw new LinuxException(access.name(), errno.value(), where);
        }
    }

    private synchronized long readable(long offset, long lengthBytes) {
        return Math.clamp(endBytes - offset, 0, lengthBytes);
    }

    @Override
    public long read(long offset, IoVector into, long at, long lengthBytes) throws IOException {
        pass(Access.READ, offset, lengthBytes);
        return file.read(offset, into, at, readable(offset, lengthBytes));
    }

    @Override
    public boolean tryRead(long offset, IoVector into, long at, long lengthBytes)
            throws IOException {
        pass(Access.READ, offset, lengthBytes);
        return readable(offset, lengthBytes) == lengthBytes
                && file.tryRead(offset, into, at, lengthBytes);
    }

    @Override
    public void write(long offset, IoVector from, long at, long lengthBytes) throws IOException {
        pass(Access.WRITE, offset, lengthBytes);
        file.write(offset, from, at, lengthBytes);
    }

    @Override
    public boolean tryWrite(long offset, IoVector from, long at, long lengthBytes)
            throws IOException {
        pass(Access.WRITE, offset, lengthBytes);
        return file.tryWrite(offset, from, at, lengthBytes);
    }

    @Override
    public void flush() throws IOException {
        pass(Access.FLUSH, 0, 0);
        file.flush();
    }

    @Override
    public boolean punchHole(long offset, long lengthBytes) throws IOException {
        pass(Access.WRITE, offset, lengthBytes);
        return file.punchHole(offset, lengthBytes);
    }

    @Override
    public boolean zeroRange(long offset, long lengthBytes) throws IOException {
        pass(Access.WRITE, offset, lengthBytes);
        return file.zeroRange(offset, lengthBytes);
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
        pass(Access.WRITE, sizeBytes, 0);
        file.truncate(sizeBytes);
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public String identity() throws IOException {
        return file.identity();
    }

    @Override
    public long sizeBytes() throws IOException {
        return file.sizeBytes();
    }

    @Override
    public long allocatedBytes() throws IOException {
        return file.allocatedBytes();
    }

    @Override
    public boolean isReadOnly() {
        return file.isReadOnly();
    }

    @Override
    public boolean isSlow() {
        return file.isSlow();
    }

    @Override
    public long nextData(long offset) throws IOException {
        return file.nextData(offset);
    }

    @Override
    public long nextHole(long offset) throws IOException {
        return file.nextHole(offset);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
