package dev.skerry.vmm.control;

import dev.skerry.vmm.control.config.VmConfig.DiskConfig;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The files an image consists of: a qcow2 image names the one behind it. */
final class ImageFiles {
    private static final int QCOW_MAGIC = 0x514649fb;
    private static final int LONGEST_NAME = 1023;
    private static final int DEEPEST = 16;

    private ImageFiles() {}

    /**
     * The image and what is behind it. Of the header (qcow2 specification, "Header") only the name is
     * read; whether the images are sound is the device process' business.
     */
    static List<Path> of(DiskConfig disk) throws IOException {
        List<Path> files = new ArrayList<>(List.of(disk.file()));
        if (disk.format().equals("qcow2")) {
            Path next = backing(disk.file());
            while (next != null && files.size() < DEEPEST && !files.contains(next)) {
                files.add(next);
                next = backing(next);
            }
        }
        return files;
    }

    private static Path backing(Path image) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "r")) {
            if (file.length() < 72 || file.readInt() != QCOW_MAGIC) {
                return null;
            }
            file.seek(8);
            long offset = file.readLong();
            int length = file.readInt();
            if (offset <= 0 || length <= 0 || length > LONGEST_NAME) {
                return null;
            }
            byte[] name = new byte[length];
            file.seek(offset);
            file.readFully(name);
            String text = new String(name, StandardCharsets.UTF_8);
            return image.resolveSibling(text.startsWith("file:") ? text.substring(5) : text)
                    .normalize();
        }
    }
}
