package dev.skerry.verify.guests;

import dev.skerry.verify.testkit.Peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * A disk image.
 *
 * @param format raw or qcow2
 */
public record Disk(Path file, String format) {
    /**
     * One with random content.
     *
     * @param raw where the content goes; an image of another format is made beside it
     */
    public static Disk random(Path raw, String format, int megabytes, long seed)
            throws IOException, InterruptedException {
        byte[] content = new byte[megabytes << 20];
        new Random(seed).nextBytes(content);
        Files.write(raw, content);
        return new Disk(raw, "raw").as(format);
    }

    /** An empty one. */
    public static Disk empty(Path raw, String format, int megabytes)
            throws IOException, InterruptedException {
        try (java.io.RandomAccessFile file = new java.io.RandomAccessFile(raw.toFile(), "rw")) {
            file.setLength((long) megabytes << 20);
        }
        return new Disk(raw, "raw").as(format);
    }

    private Disk as(String wanted) throws IOException, InterruptedException {
        return format.equals(wanted) ? this : as(wanted, file.getFileName() + "." + wanted);
    }

    /** A copy in another format, by QEMU's own program, beside it. */
    public Disk as(String wanted, String name) throws IOException, InterruptedException {
        Path copy = file.resolveSibling(name);
        Process process =
                new ProcessBuilder(
                                Peer.QEMU_IMG.path().toString(),
                                "convert",
                                "-f",
                                format,
                                "-O",
                                wanted,
                                file.toString(),
                                copy.toString())
                        .inheritIO()
                        .start();
        if (process.waitFor() != 0) {
            throw new IOException("qemu-img convert: exit status " + process.exitValue());
        }
        return new Disk(copy, wanted);
    }

    /** SHA-256 of a raw image's bytes, as {@code sha256sum} writes it. */
    public String sha256() throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** The options that plug disks into a controller, at targets 0 and on. */
    public static String[] options(String controller, Disk... disks) {
        List<String> options = new ArrayList<>();
        for (int i = 0; i < disks.length; i++) {
            String drive = controller + "-d" + i;
            options.add("-drive");
            options.add(
                    "id="
                            + drive
                            + ",if=none,format="
                            + disks[i].format
                            + ",file="
                            + disks[i].file);
            options.add("-device");
            options.add("scsi-hd,drive=" + drive + ",bus=" + controller + ".0,scsi-id=" + i);
        }
        return options.toArray(String[]::new);
    }
}
