package dev.skerry.verify.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.isolation.sandbox.ControlGroup;
import dev.skerry.isolation.sandbox.ControlGroups;
import dev.skerry.isolation.sandbox.Policy;
import dev.skerry.verify.control.Skerry.Row;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The control groups of a machine's processes, as the kernel shows them. */
class ControlGroupsTest {
    private static final String DOCUMENT = "vm.yaml";
    private static final long GUEST_BYTES = 64L << 20;

    // From the policies.
    private static final long DEVICE_BYTES = 1L << 30;
    private static final long MACHINE_BYTES = 4L << 30;
    private static final long DEVICE_PIDS = 512;
    private static final long MACHINE_PIDS = 1024;

    @TempDir Path folder;
    private Skerry skerry;
    private List<Path> parents;
    private final List<Process> controls = new ArrayList<>();

    @BeforeEach
    void groups() throws IOException {
        assumeTrue(Skerry.missing() == null, Skerry.missing());
        try (ControlGroups groups = ControlGroups.look()) {
            assumeTrue(groups.missing().isEmpty(), groups.missing());
            try (ControlGroup group = groups.make(Policy.of("device"), "test", 0)) {
                parents = group.folders().stream().map(Path::getParent).toList();
            }
        }
        skerry = new Skerry(folder);
    }

    @AfterEach
    void end() throws InterruptedException {
        for (Process control : controls) {
            // In order, so that it takes its groups with it.
            control.destroy();
            assertTrue(control.waitFor(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS));
        }
    }

    private Process start(String sandbox) throws IOException, InterruptedException {
        Process control =
                skerry.start(
                        DOCUMENT,
                        """
                        name: grouped
                        accelerator: tcg
                        memory: 64M
                        console: none
                        sandbox: %s
                        devices:
                          - {id: edu0, driver: edu, sandbox: %s, restart: {backoff: 1ms}}
                          - {id: edu1, driver: edu, sandbox: %s, on-exit: ignore}
                        """
                                .formatted(sandbox, sandbox, sandbox));
        controls.add(control);
        skerry.awaitRunning(control, "grouped");
        return control;
    }

    /** The folders of the groups of a process that have our name, one for each hierarchy. */
    private List<Path> foldersOf(Process control, String name) {
        return parents.stream()
                .map(parent -> parent.resolve("skerry-" + control.pid() + "-" + name))
                .toList();
    }

    private static boolean contains(Path group, long pid) throws IOException {
        return Files.readAllLines(group.resolve("cgroup.procs")).contains(Long.toString(pid));
    }

    /** The first of some files that a group of a process has: the versions call them differently. */
    private static long limit(List<Path> groups, String... files) throws IOException {
        for (Path group : groups) {
            for (String file : files) {
                if (Files.exists(group.resolve(file))) {
                    return Long.parseLong(Files.readString(group.resolve(file)).strip());
                }
            }
        }
        throw new IOException("none of " + groups + " has " + String.join(", ", files));
    }

    private void assertLimited(
            Process control, String name, Map<String, Row> rows, long bytes, long pids)
            throws IOException {
        List<Path> groups = foldersOf(control, name);
        for (Path group : groups) {
            assertTrue(contains(group, rows.get(name).pid()), () -> name + " is not in " + group);
        }
        assertEquals(bytes, limit(groups, "memory.max", "memory.limit_in_bytes"), name);
        assertEquals(pids, limit(groups, "pids.max"), name);
    }

    private void assertNoneLeft(Process control) {
        for (Path parent : parents) {
            for (String name : parent.toFile().list()) {
                assertFalse(name.startsWith("skerry-" + control.pid() + "-"), parent + "/" + name);
            }
        }
    }

    @Test
    void each_process_is_in_a_group_of_its_own_with_limits() throws Exception {
        Process control = start("required");
        Map<String, Row> rows = skerry.rows("grouped");
        assertLimited(control, "edu0", rows, DEVICE_BYTES + GUEST_BYTES, DEVICE_PIDS);
        assertLimited(control, "edu1", rows, DEVICE_BYTES + GUEST_BYTES, DEVICE_PIDS);
        assertLimited(control, "machine", rows, MACHINE_BYTES + GUEST_BYTES, MACHINE_PIDS);
        for (Path group : foldersOf(control, "edu0")) {
            assertFalse(contains(group, rows.get("edu1").pid()));
            assertFalse(contains(group, control.pid()));
            // It, and the sandbox's tool that waits outside.
            assertEquals(2, Files.readAllLines(group.resolve("cgroup.procs")).size());
        }
    }

    @Test
    void a_group_is_gone_with_its_process() throws Exception {
        Process control = start("required");
        assertEquals(0, skerry.run("kill", "grouped", "edu1").status());
        skerry.await(control, "grouped", rows -> !rows.get("edu1").isRunning());
        for (Path group : foldersOf(control, "edu1")) {
            assertFalse(Files.exists(group), group::toString);
        }
        assertEquals(0, skerry.run("kill", "grouped").status());
        assertTrue(control.waitFor(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS));
        assertEquals(0, control.exitValue());
        assertNoneLeft(control);
        assertFalse(Files.readString(skerry.output(DOCUMENT)).contains("control group"));
    }

    @Test
    void a_process_in_a_dead_ones_place_has_a_group_too() throws Exception {
        Process control = start("required");
        long before = skerry.rows("grouped").get("edu0").pid();
        assertEquals(0, skerry.run("kill", "grouped", "edu0").status());
        Map<String, Row> rows =
                skerry.await(
                        control,
                        "grouped",
                        each -> each.get("edu0").isRunning() && each.get("edu0").pid() != before);
        assertLimited(control, "edu0", rows, DEVICE_BYTES + GUEST_BYTES, DEVICE_PIDS);
    }

    @Test
    void what_a_killed_control_left_is_removed_by_the_next() throws Exception {
        Process killed = start("required");
        Map<String, Row> rows = skerry.rows("grouped");
        killed.destroyForcibly().waitFor();
        for (Row row : rows.values()) {
            ProcessHandle handle = ProcessHandle.of(row.pid()).orElse(null);
            if (handle != null) {
                handle.onExit().get(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS);
            }
        }
        List<Path> groups = foldersOf(killed, "edu0");
        assertTrue(groups.stream().allMatch(Files::exists), groups::toString);
        List<Path> others = new ArrayList<>();
        Process somebody = new ProcessBuilder("/bin/cat").start();
        try {
            for (Path parent : parents) {
                // One of a process that lives, this one; and one of a dead one that is not empty.
                long alive = ProcessHandle.current().pid();
                others.add(Files.createDirectory(parent.resolve("skerry-" + alive + "-x")));
                Path taken = Files.createDirectory(parent.resolve("skerry-99999999-x"));
                others.add(taken);
                Files.writeString(taken.resolve("cgroup.procs"), "" + somebody.pid());
            }
            start("required");
            assertNoneLeft(killed);
            assertTrue(others.stream().allMatch(Files::exists), others::toString);
        } finally {
            somebody.destroyForcibly().waitFor();
            removeOnceEmpty(others);
        }
    }

    private static void removeOnceEmpty(List<Path> groups) throws IOException {
        for (Path group : groups) {
            while (!Files.readString(group.resolve("cgroup.procs")).isEmpty()) {
                Thread.onSpinWait();
            }
            Files.delete(group);
        }
    }

    @Test
    void without_a_sandbox_there_is_no_group() throws Exception {
        Process control = start("off");
        assertNoneLeft(control);
    }

    @Test
    void doctor_says_what_can_be_limited() throws Exception {
        String line =
                skerry.run("doctor")
                        .out()
                        .lines()
                        .filter(each -> each.contains("control groups"))
                        .findFirst()
                        .orElseThrow();
        assertTrue(line.strip().startsWith("OK"), line);
        for (Path parent : parents) {
            assertTrue(line.contains(parent.toString()), line);
        }
    }
}
