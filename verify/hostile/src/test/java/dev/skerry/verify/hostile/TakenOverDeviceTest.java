package dev.skerry.verify.hostile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.isolation.sandbox.Enclosure;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.CurrentProcess;
import dev.skerry.verify.hostile.HostileDevice.Deed;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.LogCapture;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a device process whose device has been taken over can do, in its sandbox. */
class TakenOverDeviceTest {
    private static final int EPERM = 1;

    @TempDir static Path folder;
    private static Path ownImage;
    private static Path othersImage;
    private static LogCapture log;
    private static TakenOver victim;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(Enclosure.missing() == null, Enclosure.missing());
        ownImage = Files.write(folder.resolve("own.img"), new byte[1 << 20]);
        othersImage = Files.write(folder.resolve("others.img"), new byte[1 << 20]);
        log = new LogCapture();
        victim = TakenOver.enclosed(ownImage, log, "required");
    }

    @AfterAll
    static void end() throws IOException {
        if (victim != null) {
            victim.close();
            log.close();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.skerry.verify.hostile.Attacks#calls")
    void refused_by_the_kernel(String what, int number, String arguments) throws IOException {
        Attacks.assertRefused(victim, what, number, arguments);
    }

    @Test
    void descriptors_go_nowhere() throws IOException {
        assertEquals(-EPERM, victim.call(46, 3, victim.text(""), 0));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "its clock, 228, 1 P",
        "anonymous memory, 9, 0 4096 3 34 -1 0",
        "a flush of its image, 75, I",
        "an event counter, 290, 0 0x80800",
    })
    void allowed(String what, int number, String arguments) throws IOException {
        long path = victim.text("");
        String[] words = arguments.split(" ");
        long[] values = new long[words.length];
        for (int i = 0; i < words.length; i++) {
            values[i] =
                    switch (words[i]) {
                        case "P" -> path;
                        case "I" -> ownImageFd();
                        default -> Long.decode(words[i]);
                    };
        }
        long result = victim.call(number, values);
        assertTrue(result >= 0, what + ": " + result);
    }

    /** The descriptor of its image: the one as long as that, which fstat tells at offset 48. */
    private static long ownImageFd() throws IOException {
        for (int fd = 3; fd < 64; fd++) {
            if (victim.call(8, fd, 0, 2) == 1 << 20) {
                return fd;
            }
        }
        throw new AssertionError("no descriptor of its image");
    }

    @Test
    void refused_by_javas_library() throws IOException {
        assertNotEquals(0, victim.deed(Deed.READ_FILE, Path.of("/etc/passwd")));
        assertNotEquals(0, victim.deed(Deed.READ_FILE, ownImage));
        assertNotEquals(0, victim.deed(Deed.WRITE_FILE, othersImage));
        assertNotEquals(0, victim.deed(Deed.WRITE_FILE, folder.resolve("new")));
        assertNotEquals(0, victim.deed(Deed.RUN_PROGRAM, Path.of("/bin/true")));
        assertNotEquals(0, victim.deed(Deed.CONNECT, folder.resolve("socket")));
        assertArrayEquals(new byte[1 << 20], Files.readAllBytes(othersImage));
        assertTrue(Files.notExists(folder.resolve("new")));
    }

    @Test
    void life_goes_on() throws IOException {
        assertEquals(0, victim.deed(Deed.LIVE, null));
    }

    @Test
    void inner_layer_alone_refuses_the_hosts_files() throws IOException {
        try (LogCapture lines = new LogCapture();
                TakenOver inside = TakenOver.inside(lines, "on")) {
            long path = inside.text("/etc/passwd");
            assertEquals(-EPERM, inside.call(257, -100, path, 0));
            assertEquals(-EPERM, inside.call(62, CurrentProcess.id(), 0));
            assertNotEquals(0, inside.deed(Deed.READ_FILE, Path.of("/etc/passwd")));
            assertEquals(0, inside.deed(Deed.LIVE, null));
        }
    }

    @Test
    void what_is_missing_is_named() throws IOException {
        try (LogCapture lines = new LogCapture();
                TakenOver inside = TakenOver.inside(lines, "auto")) {
            inside.call(39);
            lines.awaitText("warning: sandbox: it lacks an empty root");
            lines.awaitText("a pid namespace");
        }
    }

    @Test
    void required_but_not_to_be_had_is_no_start() throws IOException {
        try (LogCapture lines = new LogCapture();
                DeviceProcess process = TakenOver.start(lines, "required")) {
            Child.Exit exit = process.child().await(DeviceProcess.TIMEOUT_NS);
            String said = lines.awaitEnd();
            assertEquals(1, exit.status(), said);
            assertTrue(said.contains("-sandbox: it lacks an empty root"), said);
        }
    }
}
