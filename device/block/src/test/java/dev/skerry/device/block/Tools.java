package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.platform.linux.IoVector;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;

import org.junit.jupiter.api.Assumptions;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** The peers ({@code qemu-img}, {@code qemu-io}) and the memory the tests of this package use. */
final class Tools {
    record Output(int status, String text) {}

    private Tools() {}

    static void needPeer(String tool) {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/" + tool)),
                tool + " is not installed (Debian: qemu-utils)");
    }

    /** Runs a command to its end, both its outputs together. */
    static Output run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("does not end: " + String.join(" ", command));
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return new Output(process.exitValue(), text);
    }

    static String succeed(String... command) throws IOException {
        Output output = run(command);
        assertEquals(0, output.status(), String.join(" ", command) + "\n" + output.text());
        return output.text();
    }

    static Log log() {
        return Log.of(new LogSink("test", 1, OutputStream.nullOutputStream(), Level.TRACE));
    }

    static Log log(ByteArrayOutputStream into) {
        return Log.of(new LogSink("test", 1, into, Level.TRACE));
    }

    static BlockImage open(Path file, String format) throws IOException {
        return open(file, format, false);
    }

    static BlockImage open(Path file, String format, boolean readOnly) throws IOException {
        DriveOptions options = DriveOptions.of(file.toString(), format, readOnly).withUnmap();
        return Images.ofHost(log()).open(options);
    }

    static IoVector memory(byte[] bytes) {
        return IoVector.of(
                Arena.ofAuto()
                        .allocate(Math.max(1, bytes.length))
                        .copyFrom(MemorySegment.ofArray(bytes))
                        .asSlice(0, bytes.length));
    }

    /** The same bytes in several pieces, as a guest's scatter list has them. */
    static IoVector scattered(byte[] bytes, Random random) {
        IoVector vector = new IoVector();
        MemorySegment whole = Arena.ofAuto().allocate(bytes.length + 64);
        int done = 0;
        while (done < bytes.length) {
            int part = Math.min(bytes.length - done, 1 + random.nextInt(70_000));
            MemorySegment.copy(bytes, done, whole, ValueLayout.JAVA_BYTE, done, part);
            vector.add(whole, done, part);
            done += part;
        }
        return vector;
    }

    static byte[] read(BlockImage image, long offset, int length) throws IOException {
        MemorySegment memory = Arena.ofAuto().allocate(Math.max(1, length));
        memory.fill((byte) 0x5a);
        IoVector vector = new IoVector();
        vector.add(memory, 0, length);
        image.read(offset, vector);
        return memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }

    static byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A new seed, or the one given by {@code -Dskerry.seed}, printed so that a run can be repeated. */
    static long seed(String test) {
        long seed = Long.getLong("skerry.seed", System.nanoTime());
        System.out.println(test + ": seed " + seed);
        return seed;
    }
}
