package dev.skerry.verify.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.control.Skerry.Row;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A machine with device processes under control, and what becomes of it when one of them ends. */
class SupervisionTest {
    private static final String DOCUMENT = "vm.yaml";

    @TempDir Path folder;
    private Skerry skerry;
    private Process control;

    @BeforeAll
    static void peers() {
        assumeTrue(Skerry.missing() == null, Skerry.missing());
    }

    @BeforeEach
    void start() throws IOException, InterruptedException {
        skerry = new Skerry(folder);
        control =
                skerry.start(
                        DOCUMENT,
                        """
                        name: tested
                        accelerator: tcg
                        memory: 64M
                        console: none
                        devices:
                          - {id: edu0, driver: edu, restart: {backoff: 1ms}}
                          - {id: edu1, driver: edu, on-exit: fail}
                        """);
        skerry.awaitRunning(control, "tested");
    }

    @AfterEach
    void end() throws InterruptedException {
        control.destroyForcibly().waitFor();
    }

    private Map<String, Row> rows() throws IOException, InterruptedException {
        return skerry.rows("tested");
    }

    private String output() {
        try {
            return Files.readString(skerry.output(DOCUMENT));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void kill(String signal, long pid) throws IOException, InterruptedException {
        new ProcessBuilder("/bin/kill", "-" + signal, Long.toString(pid)).start().waitFor();
    }

    private static void assertGone(Map<String, Row> rows) throws Exception {
        for (Map.Entry<String, Row> entry : rows.entrySet()) {
            ProcessHandle handle = ProcessHandle.of(entry.getValue().pid()).orElse(null);
            if (handle != null) {
                handle.onExit().get(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void nothing_is_left_when_control_is_killed() throws Exception {
        Map<String, Row> rows = rows();
        kill("KILL", control.pid());
        assertTrue(control.waitFor(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS));
        assertGone(rows);
    }

    @Test
    void a_signal_ends_everything_in_order() throws Exception {
        Map<String, Row> rows = rows();
        kill("TERM", control.pid());
        assertTrue(control.waitFor(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS), this::output);
        assertEquals(0, control.exitValue(), this::output);
        assertGone(rows);
    }

    @Test
    void a_device_process_that_is_killed_is_replaced() throws Exception {
        Row before = rows().get("edu0");
        kill("KILL", before.pid());
        Map<String, Row> after =
                skerry.await(
                        control,
                        "tested",
                        rows ->
                                rows.get("edu0").isRunning()
                                        && rows.get("edu0").pid() != before.pid());
        assertEquals(1, after.get("edu0").restarts());
        assertTrue(control.isAlive());
    }

    @Test
    void on_exit_fail_ends_the_machine() throws Exception {
        Map<String, Row> rows = rows();
        kill("KILL", rows.get("edu1").pid());
        assertTrue(control.waitFor(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS), this::output);
        assertEquals(1, control.exitValue(), this::output);
        assertGone(rows);
    }
}
