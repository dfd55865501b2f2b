package dev.skerry.verify.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What {@code sandbox:} makes of a host where the tool for namespaces is missing, or control groups.
 */
class SandboxModeTest {
    /** Hides the tool. */
    private static final List<String> WITHOUT_TOOL =
            after("mount --bind /dev/null " + Skerry.BWRAP);

    /** Hides every hierarchy of control groups. */
    private static final List<String> WITHOUT_GROUPS = after("mount -t tmpfs none /sys/fs/cgroup");

    @TempDir Path folder;
    private Skerry skerry;

    /** Something done in a mount namespace, for the command that follows. */
    private static List<String> after(String preparation) {
        return List.of(
                "unshare",
                "--user",
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                preparation + " && exec \"$@\"",
                "sh");
    }

    @BeforeEach
    void peers() throws IOException, InterruptedException {
        assumeTrue(Skerry.missing() == null, Skerry.missing());
        List<String> probe = new ArrayList<>(WITHOUT_TOOL);
        probe.add("true");
        assumeTrue(
                new ProcessBuilder(probe).start().waitFor() == 0, "no user namespace for a test");
        skerry = new Skerry(folder);
    }

    private Process start(List<String> surroundings, String mode) throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("vm.yaml"),
                        """
                        name: vm
                        accelerator: tcg
                        memory: 64M
                        console: none
                        sandbox: %s
                        devices:
                          - {id: edu0, driver: edu, sandbox: %s}
                        """
                                .formatted(mode, mode));
        ProcessBuilder builder = skerry.command("run", file.toString());
        List<String> command = new ArrayList<>(surroundings);
        command.addAll(builder.command());
        return builder.command(command)
                .redirectErrorStream(true)
                .redirectOutput(skerry.output("vm.yaml").toFile())
                .start();
    }

    @Test
    void auto_says_what_is_missing_and_goes_on() throws Exception {
        Process control = start(WITHOUT_TOOL, "auto");
        try {
            skerry.awaitRunning(control, "vm");
            String output = Files.readString(skerry.output("vm.yaml"));
            assertTrue(output.contains("sandbox: auto: without namespaces"), output);
            assertTrue(output.contains("apt install bubblewrap"), output);
            assertEquals(0, skerry.run("kill", "vm").status());
            assertTrue(control.waitFor(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS));
        } finally {
            control.destroyForcibly().waitFor();
        }
    }

    @Test
    void required_says_what_is_missing_and_ends() throws Exception {
        Process control = start(WITHOUT_TOOL, "required");
        assertTrue(control.waitFor(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS));
        String output = Files.readString(skerry.output("vm.yaml"));
        assertEquals(1, control.exitValue(), output);
        assertTrue(output.contains("sandbox: required, but " + Skerry.BWRAP), output);
    }

    @Test
    void required_goes_on_without_control_groups_and_says_why() throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/sys/fs/cgroup")), "nothing to hide");
        Process control = start(WITHOUT_GROUPS, "required");
        try {
            skerry.awaitRunning(control, "vm");
            String output = Files.readString(skerry.output("vm.yaml"));
            assertTrue(output.contains("a control group lacks a limit of memory: "), output);
            assertTrue(output.contains("; a limit of pids: "), output);
            assertEquals(0, skerry.run("kill", "vm").status());
            assertTrue(control.waitFor(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS));
            assertEquals(0, control.exitValue());
        } finally {
            control.destroyForcibly().waitFor();
        }
    }
}
