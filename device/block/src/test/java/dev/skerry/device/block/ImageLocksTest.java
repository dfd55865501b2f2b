package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Two users of one image are told apart as QEMU's own tools do it. */
class ImageLocksTest {
    @TempDir Path directory;

    @BeforeAll
    static void needPeers() {
        Tools.needPeer("qemu-img");
        Tools.needPeer("qemu-io");
    }

    private Path create(String format) throws IOException {
        Path file = directory.resolve("disk." + format);
        Tools.succeed("qemu-img", "create", "-f", format, file.toString(), "1M");
        return file;
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "qcow2"})
    void qemu_is_refused_while_we_write(String format) throws IOException {
        Path file = create(format);
        try (BlockImage ignored = Tools.open(file, format)) {
            assertTrue(ignored.sizeBytes() > 0);
            Tools.Output io = Tools.run("qemu-io", "-f", format, "-c", "quit", file.toString());
            assertEquals(1, io.status());
            assertTrue(io.text().contains("Failed to get \"write\" lock"), io.text());
            // Of a raw image, info looks at nothing that a writer could change.
            Tools.Output info = Tools.run("qemu-img", "info", file.toString());
            assertEquals(
                    format.equals("qcow2"),
                    info.text().contains("Failed to get shared \"write\" lock"),
                    info.text());
        }
        Tools.succeed("qemu-io", "-f", format, "-c", "quit", file.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "qcow2"})
    void readers_share_and_keep_writers_out(String format) throws IOException {
        Path file = create(format);
        try (BlockImage one = Tools.open(file, format, true);
                BlockImage two = Tools.open(file, format, true)) {
            assertEquals(one.sizeBytes(), two.sizeBytes());
            Tools.succeed("qemu-io", "-r", "-f", format, "-c", "read 0 512", file.toString());
            Tools.Output io = Tools.run("qemu-io", "-f", format, "-c", "quit", file.toString());
            assertTrue(io.text().contains("Failed to get \"write\" lock"), io.text());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "qcow2"})
    void we_are_refused_while_qemu_writes(String format) throws IOException {
        Path file = create(format);
        Process qemu =
                new ProcessBuilder("qemu-io", "-f", format, file.toString())
                        .redirectErrorStream(true)
                        .start();
        try {
            // Its prompt says that it has the image open; it waits for commands then.
            awaitPrompt(qemu.getInputStream());
            for (boolean readOnly : new boolean[] {false, true}) {
                ImageException e =
                        assertThrows(
                                ImageException.class, () -> Tools.open(file, format, readOnly));
                // qemu-io itself lets others write a raw image; it is we who do not.
                boolean shared = readOnly || format.equals("raw");
                String which = shared ? "shared \"write\"" : "\"write\"";
                assertEquals(
                        "Failed to get "
                                + which
                                + " lock\nIs another process using the image ["
                                + file
                                + "]?",
                        e.getMessage());
            }
            qemu.getOutputStream().write("quit\n".getBytes(StandardCharsets.UTF_8));
            qemu.getOutputStream().flush();
            qemu.getInputStream().readAllBytes();
        } finally {
            qemu.destroyForcibly();
        }
        Tools.open(file, format).close();
    }

    private static void awaitPrompt(InputStream output) throws IOException {
        StringBuilder text = new StringBuilder();
        while (!text.toString().endsWith("qemu-io> ")) {
            int next = output.read();
            assertTrue(next >= 0, "qemu-io ended: " + text);
            text.append((char) next);
        }
    }

    @Test
    void a_backing_file_in_use_is_not_writable_for_others() throws IOException {
        Path base = create("raw");
        Path file = directory.resolve("overlay.qcow2");
        Tools.succeed(
                "qemu-img",
                "create",
                "-f",
                "qcow2",
                "-b",
                base.toString(),
                "-F",
                "raw",
                file.toString());
        try (BlockImage image = Tools.open(file, "qcow2")) {
            assertTrue(image.sizeBytes() > 0);
            Tools.Output io = Tools.run("qemu-io", "-f", "raw", "-c", "quit", base.toString());
            assertTrue(io.text().contains("Failed to get \"write\" lock"), io.text());
            assertThrows(ImageException.class, () -> Tools.open(base, "raw"));
            Tools.open(base, "raw", true).close();
        }
    }
}
