package dev.skerry.verify.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.isolation.sandbox.Enclosure;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Spawn;
import dev.skerry.verify.hostile.HostileDevice.Deed;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.LogCapture;
import dev.skerry.verify.testkit.Peer;

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
import java.util.List;

/** What a machine process that a guest has taken over can do, in its sandbox. */
class TakenOverMachineTest {
    private static final int EBADF = 9;

    @TempDir static Path folder;
    private static LogCapture log;
    private static TakenOver victim;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(Enclosure.missing() == null, Enclosure.missing());
        log = new LogCapture();
        victim = TakenOver.machine(folder, log);
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

    /** On a descriptor that is none: the filter lets it pass, the kernel has nothing to do it with. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "sending descriptors, 46, 0",
        "asking KVM, 16, 0xae80",
        "a terminal's settings back, 16, 0x5402",
        "a connection to a monitor, 288, 0"
    })
    void what_a_machine_does_besides(String what, int number, String second) throws IOException {
        assertEquals(-EBADF, victim.call(number, -1, Long.decode(second)), what);
    }

    @Test
    void refused_by_javas_library() throws IOException {
        Path file = folder.resolve("new");
        assertNotEquals(0, victim.deed(Deed.READ_FILE, Path.of("/etc/passwd")));
        assertNotEquals(0, victim.deed(Deed.WRITE_FILE, file));
        assertNotEquals(0, victim.deed(Deed.RUN_PROGRAM, Path.of("/bin/true")));
        assertNotEquals(0, victim.deed(Deed.CONNECT, folder.resolve("qtest.sock")));
        assertTrue(Files.notExists(file));
    }

    @Test
    void required_without_the_outer_layer_is_no_start() throws IOException {
        List<String> command =
                Enclosure.Runtime.machine(Peer.root())
                        .command(
                                List.of(
                                        "-machine",
                                        "q35",
                                        "-accel",
                                        "qtest",
                                        "-m",
                                        "64M",
                                        "-nodefaults",
                                        "-sandbox",
                                        "required"));
        try (LogCapture lines = new LogCapture();
                Child machine = new Spawn(command).with(2, lines.fd()).start()) {
            lines.begin();
            Child.Exit exit = machine.await(DeviceProcess.TIMEOUT_NS);
            String said = lines.awaitEnd();
            assertEquals(1, exit.status(), said);
            assertTrue(said.contains("-sandbox: it lacks an empty root"), said);
        }
    }

    @Test
    void life_goes_on() throws IOException {
        assertEquals(0, victim.deed(Deed.LIVE, null));
    }
}
