package dev.skerry.verify.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the disk a machine is trained with, so that the JVM can record the classes it needs. */
public final class TrainingDisk {
    private static final int CHUNKS = 16;

    private TrainingDisk() {}

    /** Arguments: the file to write. */
    public static void main(String[] arguments) throws IOException {
        Files.write(Path.of(arguments[0]), new BootDisk(CHUNKS).bytes());
    }
}
