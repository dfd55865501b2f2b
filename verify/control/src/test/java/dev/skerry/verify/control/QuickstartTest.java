package dev.skerry.verify.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.boot.DebianFiles;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The first command a person tries, from a home with nothing in it but fetched packages. */
@Tag("slow")
class QuickstartTest {
    @TempDir Path folder;
    private Path temporary;
    private Path cache;

    @BeforeAll
    static void peers() {
        assumeTrue(Skerry.missing() == null, Skerry.missing());
        String missing = DebianFiles.missing();
        assumeTrue(missing == null, missing);
    }

    @BeforeEach
    void folders() throws IOException {
        temporary = Files.createDirectory(folder.resolve("temporary"));
        // 70 MB, which other tests have fetched, too.
        cache = Files.createDirectories(Peer.root().resolve("target/cache"));
        if (!Files.exists(cache.resolve("skerry"))) {
            Files.createSymbolicLink(cache.resolve("skerry"), Path.of("../debian"));
        }
    }

    private Process start() throws IOException {
        ProcessBuilder builder = new Skerry(folder).command("quickstart", "--check");
        builder.environment().put("TMPDIR", temporary.toString());
        builder.environment().put("XDG_CACHE_HOME", cache.toString());
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        return process;
    }

    private void assertNothingIsLeft() throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            assertEquals(List.of(), files.toList());
        }
        try (Stream<Path> files = Files.list(folder.resolve("skerry"))) {
            assertEquals(List.of(), files.toList());
        }
        // Machine and device processes have files of that folder on their command lines.
        assertEquals("", processes());
    }

    private String processes() {
        return ProcessHandle.allProcesses()
                .map(handle -> handle.info().commandLine().orElse(""))
                .filter(line -> line.contains(temporary.toString()))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void debian_boots_and_finds_its_disk_and_nothing_is_left() throws Exception {
        Process process = start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), output);
        assertTrue(output.endsWith("skerry quickstart: check passed\n"), output);
        // Both processes had both layers whole.
        assertFalse(output.contains("sandbox: "), output);
        assertFalse(output.contains(" NO "), output);
        assertNothingIsLeft();
    }

    @Test
    void nothing_is_left_by_one_that_a_signal_ends() throws Exception {
        Process process = start();
        BufferedReader output = process.inputReader();
        String line;
        do {
            line = output.readLine();
            assertNotNull(line, "it ended by itself");
        } while (!line.contains("lsi0"));
        assertTrue(processes().contains("lsi53c895a"), "the processes cannot be found");
        // The process' own method would close its output, too.
        process.toHandle().destroy();
        while (output.readLine() != null) {
            // It may have more to say.
        }
        assertEquals(0, process.waitFor());
        assertNothingIsLeft();
    }
}
