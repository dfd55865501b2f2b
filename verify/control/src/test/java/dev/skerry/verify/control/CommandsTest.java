package dev.skerry.verify.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.control.Skerry.Result;
import dev.skerry.verify.control.Skerry.Row;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What {@code skerry} says of machines that run, and does to them. */
class CommandsTest {
    private static final int SUCCESS = 0;
    private static final int FAILURE = 1;
    private static final int USAGE = 2;
    private static final int KILLED = 137;

    private static final String SMALL =
            """
            accelerator: tcg
            memory: 64M
            console: none
            """;

    /** Its firmware enumerates the bus, which asks each device a few dozen times. */
    private static final String ONE =
            SMALL
                    + """
                    name: one
                    devices:
                      - {id: edu0, driver: edu, process: both}
                      - {id: edu1, driver: edu, process: both}
                      - {id: test0, driver: pci-testdev}
                    """;

    @TempDir static Path folder;
    private static Skerry skerry;
    private static Process one;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        assumeTrue(Skerry.missing() == null, Skerry.missing());
        skerry = new Skerry(folder);
        one = skerry.start("one.yaml", ONE);
        skerry.awaitRunning(one, "one");
    }

    @AfterAll
    static void end() throws InterruptedException {
        if (one != null) {
            one.destroyForcibly().waitFor();
        }
    }

    private static void awaitEnd(Process control, int status, String document) throws Exception {
        assertTrue(control.waitFor(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS), "it does not end");
        assertEquals(status, control.exitValue(), Files.readString(skerry.output(document)));
    }

    private static String[] rowOf(String table, String process) {
        return table.lines()
                .filter(line -> line.startsWith("one ") && line.contains(" " + process + " "))
                .findFirst()
                .orElseThrow(() -> new AssertionError(table))
                .split(" {2,}");
    }

    @Test
    void top_counts_messages_and_their_latencies() throws Exception {
        Result result = skerry.run("top", "-b", "-n", "1");
        assertEquals(SUCCESS, result.status(), result.errors());
        assertEquals(List.of("both", "machine", "test0"), processes(result.out()));
        for (String process : List.of("both", "test0")) {
            // machine process pid+state msg/s p50 p99 bytes/s ...
            String[] row = rowOf(result.out(), process);
            assertTrue(Double.parseDouble(row[3]) > 0, result.out());
            assertTrue(row[4].matches("[0-9.]+ [um]s"), result.out());
            assertTrue(row[5].matches("[0-9.]+ [um]s"), result.out());
            assertTrue(Double.parseDouble(row[6]) > Double.parseDouble(row[3]), result.out());
        }
        assertEquals("-", rowOf(result.out(), "machine")[3]);
    }

    private static List<String> processes(String table) {
        return table.lines().skip(1).map(line -> line.split(" +")[1]).sorted().toList();
    }

    @Test
    void top_without_a_terminal_is_plain_tables() throws Exception {
        Result result = skerry.run("top", "-n", "3", "-d", "0.05");
        assertEquals(SUCCESS, result.status(), result.errors());
        assertFalse(result.out().contains("\u001b"), result.out());
        String[] tables = result.out().split("\n\n");
        assertEquals(3, tables.length, result.out());
        for (String table : tables) {
            assertEquals(List.of("both", "machine", "test0"), processes(table));
        }
    }

    @Test
    void two_machines_are_told_apart() throws Exception {
        Process other = skerry.start("other.yaml", SMALL + "name: other\n");
        Process twin = null;
        try {
            skerry.awaitRunning(other, "other");
            assertEquals(3, skerry.rows("one").size());
            assertEquals(Set.of("machine"), skerry.rows("other").keySet());

            twin = skerry.start("twin.yaml", SMALL + "name: other\n");
            String second = "other-" + twin.pid();
            while (skerry.run("logs", second).status() != SUCCESS) {
                assertTrue(twin.isAlive(), Files.readString(skerry.output("twin.yaml")));
            }
            Result result = skerry.run("kill", "other");
            assertEquals(FAILURE, result.status());
            assertTrue(result.errors().contains("other-" + other.pid()), result.errors());
            assertTrue(result.errors().contains(second), result.errors());
            assertEquals(SUCCESS, skerry.run("kill", second).status());
            awaitEnd(twin, SUCCESS, "twin.yaml");

            assertEquals(SUCCESS, skerry.run("kill", "other").status());
            awaitEnd(other, SUCCESS, "other.yaml");
            assertTrue(one.isAlive());
        } finally {
            other.destroyForcibly();
            if (twin != null) {
                twin.destroyForcibly();
            }
        }
    }

    @Test
    void a_machine_whose_process_is_killed_says_so_by_its_status() throws Exception {
        Process control = skerry.start("victim.yaml", SMALL + "name: victim\n");
        try {
            skerry.awaitRunning(control, "victim");
            assertEquals(SUCCESS, skerry.run("kill", "victim", "machine").status());
            awaitEnd(control, KILLED, "victim.yaml");
        } finally {
            control.destroyForcibly();
        }
    }

    @Test
    void a_machine_that_hangs_is_seen_and_ended_all_the_same() throws Exception {
        Process control = skerry.start("hanging.yaml", SMALL + "name: hanging\n");
        try {
            long pid = skerry.awaitRunning(control, "hanging").get("machine").pid();
            new ProcessBuilder("/bin/kill", "-STOP", Long.toString(pid)).start().waitFor();
            Result top = skerry.run("top", "--once");
            assertEquals(SUCCESS, top.status(), top.errors());
            assertTrue(top.out().contains("hanging"), top.out());
            assertEquals(SUCCESS, skerry.run("kill", "hanging").status());
            awaitEnd(control, FAILURE, "hanging.yaml");
            ProcessHandle left = ProcessHandle.of(pid).orElse(null);
            if (left != null) {
                left.onExit().get(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS);
            }
        } finally {
            control.destroyForcibly();
        }
    }

    @Test
    void a_paused_machine_goes_on_when_its_device_can() throws Exception {
        Path image = folder.resolve("disk.qcow2");
        Result made = skerry.run("img", "create", "-f", "qcow2", image.toString(), "1M");
        assertEquals(SUCCESS, made.status(), made.errors());
        Process control =
                skerry.start(
                        "pause.yaml",
                        SMALL
                                + """
                                name: pausing
                                disks:
                                  - {id: disk, file: disk.qcow2, format: qcow2}
                                devices:
                                  - {id: lsi0, driver: lsi53c895a, disks: [disk], on-exit: pause}
                                """);
        try {
            Row before = skerry.awaitRunning(control, "pausing").get("lsi0");
            assertEquals(SUCCESS, skerry.run("kill", "pausing", "lsi0").status());
            awaitPaused(control);
            Result again = skerry.run("kill", "pausing", "lsi0");
            assertEquals(FAILURE, again.status());
            assertEquals(
                    "skerry kill: the process 'lsi0' does not run\n", again.errors(), again.out());

            byte[] magic = overwrite(image, new byte[4]);
            assertEquals(SUCCESS, skerry.run("resume", "pausing").status());
            awaitWords(control, "disk.qcow2");
            awaitPaused(control);

            overwrite(image, magic);
            assertEquals(SUCCESS, skerry.run("resume", "pausing").status());
            Map<String, Row> after = skerry.awaitRunning(control, "pausing");
            assertNotEquals(before.pid(), after.get("lsi0").pid());
            assertEquals("running", after.get("machine").state());
        } finally {
            control.destroyForcibly().waitFor();
        }
    }

    private static void awaitPaused(Process control) throws Exception {
        skerry.await(
                control,
                "pausing",
                rows ->
                        rows.get("machine").state().equals("paused")
                                && rows.get("lsi0").state().equals("ended"));
    }

    /** Waits until the device process has said something, which {@code logs} shows. */
    private static void awaitWords(Process control, String words) throws Exception {
        Result logs;
        do {
            logs = skerry.run("logs", "pausing", "lsi0");
            assertEquals(SUCCESS, logs.status(), logs.errors());
            assertTrue(control.isAlive());
        } while (!logs.out().contains(words));
    }

    private static byte[] overwrite(Path image, byte[] bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            byte[] before = new byte[bytes.length];
            file.readFully(before);
            file.seek(0);
            file.write(bytes);
            return before;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"kill none", "logs none", "resume none", "kill none edu0"})
    void a_machine_that_is_not_there_is_said_to_be_so(String line) throws Exception {
        Result result = skerry.run(line.split(" "));
        assertEquals(FAILURE, result.status());
        assertTrue(result.errors().contains("no machine 'none' runs"), result.errors());
        assertEquals("", result.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"kill one edu0", "logs one edu0"})
    void a_process_that_is_not_there_is_said_to_be_so(String line) throws Exception {
        Result result = skerry.run(line.split(" "));
        assertEquals(FAILURE, result.status());
        assertTrue(
                result.errors().contains("no process 'edu0'; it has machine, both, test0"),
                result.errors());
        assertEquals("", result.out());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ps one",
                "top -n",
                "top -n 0",
                "top one",
                "top -d x",
                "kill",
                "logs one both more",
                "resume",
                "resume one both",
                "run",
                "run --nothing",
                "run a.yaml b.yaml",
                "doctor one",
                "quickstart --kernel",
                "quickstart --nothing x",
                "nothing"
            })
    void a_line_that_is_not_understood_has_a_status_of_its_own(String line) throws Exception {
        Result result = skerry.run(line.split(" "));
        assertEquals(USAGE, result.status(), result.toString());
        assertFalse(result.errors().isBlank());
    }

    @Test
    void a_document_that_is_not_there_is_said_to_be_so() throws Exception {
        Result result = skerry.run("run", folder.resolve("none.yaml").toString());
        assertEquals(FAILURE, result.status());
        assertEquals(folder.resolve("none.yaml") + ": no such file\n", result.errors());
    }

    @Test
    void nothing_runs_is_no_failure() throws Exception {
        Result result = new Skerry(Files.createTempDirectory(folder, "empty")).run("ps");
        assertEquals(SUCCESS, result.status());
        assertEquals("no machine of this user runs\n", result.out());
    }

    @Test
    void the_schema_is_the_published_one() throws Exception {
        Result result = skerry.run("run", "--print-schema");
        Path published = dev.skerry.verify.testkit.Peer.root().resolve("docs/vm.schema.json");
        assertEquals(Files.readString(published), result.out());
    }
}
