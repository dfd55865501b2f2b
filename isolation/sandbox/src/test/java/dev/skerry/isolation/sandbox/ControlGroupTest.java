package dev.skerry.isolation.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How a process enters a group, on plain files; the kernel's are verify/control's part. */
class ControlGroupTest {
    @TempDir Path folder;

    private static final List<String> SAY_OWN_ID =
            List.of("/bin/sh", "-c", "echo $$ \"$0\"", "a b");

    @Test
    void a_process_enters_every_folder_before_it_becomes_another() throws Exception {
        List<Path> folders = List.of(folder.resolve("memory 1"), folder.resolve("pids"));
        for (Path each : folders) {
            Files.createDirectory(each);
        }
        Process process =
                new ProcessBuilder(new ControlGroup(null, folders).command(SAY_OWN_ID)).start();
        String said = new String(process.getInputStream().readAllBytes());
        assertEquals(process.pid() + " a b\n", said);
        assertEquals(0, process.waitFor());
        for (Path each : folders) {
            assertEquals(process.pid() + "\n", Files.readString(each.resolve("cgroup.procs")));
        }
    }

    @Test
    void one_that_cannot_enter_becomes_nothing() throws Exception {
        ControlGroup group = new ControlGroup(null, List.of(folder.resolve("none")));
        Process process = new ProcessBuilder(group.command(SAY_OWN_ID)).start();
        assertEquals("", new String(process.getInputStream().readAllBytes()));
        assertEquals(125, process.waitFor());
        String errors = new String(process.getErrorStream().readAllBytes());
        assertTrue(errors.contains(folder + "/none/cgroup.procs"), errors);
    }

    @Test
    void without_a_group_the_command_is_as_it_was() throws IOException {
        assertEquals(SAY_OWN_ID, ControlGroup.NONE.command(SAY_OWN_ID));
        ControlGroup.NONE.close();
    }

    /** No process has an id above 2^22. */
    @ParameterizedTest
    @ValueSource(strings = {"skerry-99999999-lsi0", "skerry-99999999-", "skerry-99999999-a-b.2"})
    void a_dead_process_groups_are_known_by_their_names(String name) {
        assertTrue(ControlGroups.isOfTheDead(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "skerry-1-lsi0",
                "skerry-99999999",
                "skerry--lsi0",
                "skerry-0-a",
                "skerry-a-b",
                "skerry-../1-x",
                "other-99999999-lsi0",
                "skerry-"
            })
    void others_are_not(String name) {
        assertFalse(ControlGroups.isOfTheDead(name));
    }
}
