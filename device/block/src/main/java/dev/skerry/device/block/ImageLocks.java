package dev.skerry.device.block;

import dev.skerry.platform.linux.ByteLocks;
import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.linux.HostFile;
import dev.skerry.platform.linux.LinuxException;

/**
 * QEMU's locks on an image file: who uses it says what for, and what nobody else may do meanwhile.
 * Byte 100 + n is locked (shared, so that many can) by whoever uses right n, byte 200 + n by whoever
 * does not share it; each then looks whether anybody holds the opposite byte. Observed with strace
 * from qemu-img, qemu-io and qemu-system-x86_64 7.2.
 */
final class ImageLocks {
    /** What an opening uses and refuses to share, as bits of the rights. */
    enum Use {
        /** None at all ({@code --force-share}). */
        NONE(0, 0),
        RAW_READER(CONSISTENT_READ, WRITE),
        RAW_WRITER(CONSISTENT_READ | WRITE, WRITE),
        FORMAT_READER(CONSISTENT_READ, WRITE | RESIZE),
        FORMAT_WRITER(CONSISTENT_READ | WRITE | RESIZE, WRITE | RESIZE);

        private final int used;
        private final int unshared;

        Use(int used, int unshared) {
            this.used = used;
            this.unshared = unshared;
        }

        static Use of(boolean raw, boolean readOnly) {
            if (raw) {
                return readOnly ? RAW_READER : RAW_WRITER;
            }
            return readOnly ? FORMAT_READER : FORMAT_WRITER;
        }
    }

    private static final int CONSISTENT_READ = 1;
    private static final int WRITE = 2;
    private static final int RESIZE = 8;
    private static final String[] NAMES = {"consistent read", "write", "write unchanged", "resize"};

    private static final long USED_AT = 100;
    private static final long UNSHARED_AT = 200;
    private static final Errno ENOLCK = new Errno(37);
    private static final Errno EOPNOTSUPP = new Errno(95);

    private ImageLocks() {}

    /**
     * Takes the locks; they are held until the file is closed.
     *
     * @throws ImageException if another process is in the way, in the words of QEMU's tools
     */
    static void acquire(HostFile file, String name, Use use) throws ImageException, LinuxException {
        try {
            int free = take(file, use);
            if (free != 0) {
                release(file);
                String which = NAMES[Math.abs(free) - 1];
                throw new ImageException(
                        "Failed to get "
                                + (free < 0 ? "shared " : "")
                                + "\""
                                + which
                                + "\" lock\nIs another process using the image ["
                                + name
                                + "]?");
            }
        } catch (LinuxException e) {
            // A file system without such locks: QEMU goes on without, too.
            if (!e.is(Errno.EINVAL) && !e.is(ENOLCK) && !e.is(EOPNOTSUPP)) {
                throw e;
            }
        }
    }

    /** Zero, or the number of the right in the way plus one, negative if it is one not shared. */
    private static int take(HostFile file, Use use) throws LinuxException {
        for (int right = 0; right < NAMES.length; right++) {
            if ((use.used >> right & 1) != 0 && !ByteLocks.lockShared(file, USED_AT + right)) {
                return right + 1;
            }
            if ((use.unshared >> right & 1) != 0
                    && !ByteLocks.lockShared(file, UNSHARED_AT + right)) {
                return -(right + 1);
            }
        }
        for (int right = 0; right < NAMES.length; right++) {
            if ((use.used >> right & 1) != 0
                    && ByteLocks.isHeldElsewhere(file, UNSHARED_AT + right)) {
                return right + 1;
            }
        }
        for (int right = 0; right < NAMES.length; right++) {
            if ((use.unshared >> right & 1) != 0
                    && ByteLocks.isHeldElsewhere(file, USED_AT + right)) {
                return -(right + 1);
            }
        }
        return 0;
    }

    private static void release(HostFile file) throws LinuxException {
        for (int right = 0; right < NAMES.length; right++) {
            ByteLocks.unlock(file, USED_AT + right);
            ByteLocks.unlock(file, UNSHARED_AT + right);
        }
    }
}
