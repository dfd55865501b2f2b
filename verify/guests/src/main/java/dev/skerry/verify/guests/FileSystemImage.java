package dev.skerry.verify.guests;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The host's view of an ext4 image: e2fsprogs, nothing mounted. */
public final class FileSystemImage {
    private FileSystemImage() {}

    /** Makes one of a size. */
    public static void make(Path image, int megabytes) throws IOException, InterruptedException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength((long) megabytes << 20);
        }
        run(0, "/sbin/mke2fs", "-q", "-F", "-t", "ext4", image.toString());
    }

    /** Copies a file or a tree out of an image. */
    public static void dump(Path image, String path, Path into)
            throws IOException, InterruptedException {
        run(0, "/sbin/debugfs", "-R", "rdump " + path + " " + into, image.toString());
    }

    /**
     * Looks whether all is as it must be after an orderly end.
     *
     * @throws IOException with what is wrong
     */
    public static void requireClean(Path image) throws IOException, InterruptedException {
        run(0, "/sbin/e2fsck", "-f", "-n", image.toString());
    }

    /** Does what a system does after a crash: replays the journal and repairs. */
    static void repair(Path image) throws IOException, InterruptedException {
        // 1: errors were there and have been corrected.
        run(1, "/sbin/e2fsck", "-f", "-y", image.toString());
    }

    private static void run(int most, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() > most) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
    }
}
