package dev.skerry.vmm.guest;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * An initial file system in the "newc" form of cpio. Linux kernel documentation, "initramfs buffer
 * format".
 */
public final class InitRamFs {
    private static final int FOLDER = 0040755;
    private static final int EXECUTABLE = 0100755;
    private static final int FILE = 0100644;
    private static final int CHARACTER_DEVICE = 0020600;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int inode = 1;

    public InitRamFs() {}

    public InitRamFs folder(String path) {
        return entry(path, FOLDER, new byte[0], 0, 0);
    }

    public InitRamFs executable(String path, byte[] content) {
        return entry(path, EXECUTABLE, content, 0, 0);
    }

    public InitRamFs file(String path, byte[] content) {
        return entry(path, FILE, content, 0, 0);
    }

    public InitRamFs characterDevice(String path, int major, int minor) {
        return entry(path, CHARACTER_DEVICE, new byte[0], major, minor);
    }

    /** The whole archive. */
    public byte[] toBytes() {
        entry("TRAILER!!!", 0, new byte[0], 0, 0);
        return bytes.toByteArray();
    }

    private InitRamFs entry(String path, int mode, byte[] content, int major, int minor) {
        byte[] name = (path + '\0').getBytes(StandardCharsets.UTF_8);
        int[] fields = {
            inode++, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length, 0
        };
        StringBuilder header = new StringBuilder("070701");
        for (int field : fields) {
            header.append(String.format("%08X", field));
        }
        bytes.writeBytes(header.toString().getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(name);
        pad();
        bytes.writeBytes(content);
        pad();
        return this;
    }

    private void pad() {
        while (bytes.size() % 4 != 0) {
            bytes.write(0);
        }
    }
}
