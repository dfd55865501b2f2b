package dev.skerry.platform.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

class SpawnTest {
    /** Tells the open descriptors; those the shell used to look are gone when they are tested. */
    private static final String LIST_DESCRIPTORS =
            "for f in /proc/$$/fd/*; do [ -e $f ] && echo -n \"${f##*/} \"; done; true";

    private Fd output;

    @BeforeEach
    void open() throws LinuxException {
        output = MemFd.resizable("output", 0);
    }

    @AfterEach
    void close() {
        output.close();
    }

    private Spawn shell(String script) {
        return new Spawn(List.of("/bin/sh", "-c", script)).with(1, output);
    }

    private static Child.Exit end(Spawn spawn) throws LinuxException {
        try (Child child = spawn.start()) {
            Child.Exit exit = child.await(Descriptors.PATIENCE_NS);
            assertNotNull(exit, "the child does not end");
            return exit;
        }
    }

    /** Runs it to a good end and gives what it wrote. */
    private String run(Spawn spawn) throws LinuxException {
        assertEquals(new Child.Exit(0, -1), end(spawn));
        return Descriptors.contents(output);
    }

    @Nested
    class GivenDescriptors {
        private List<Integer> seen(Spawn spawn) throws LinuxException {
            return Stream.of(run(spawn).split(" ")).map(Integer::valueOf).sorted().toList();
        }

        @Test
        void the_child_has_the_standard_streams_and_nothing_else() throws LinuxException {
            assertEquals(List.of(0, 1, 2), seen(shell(LIST_DESCRIPTORS)));
        }

        @Test
        void the_child_has_exactly_the_chosen_ones() throws LinuxException {
            assertEquals(
                    List.of(0, 1, 2, 5, 9, 200),
                    seen(
                            shell(LIST_DESCRIPTORS)
                                    .with(9, output)
                                    .with(5, output)
                                    .with(200, output)));
        }

        /** Such as one this process got from its own parent; once it passed to the child. */
        @ParameterizedTest
        @ValueSource(ints = {150, 160, 170})
        void one_that_is_not_close_on_exec_stays_here(int number) throws LinuxException {
            Descriptors.duplicateTo(output, number);
            try {
                assertEquals(
                        List.of(0, 1, 2, 160), seen(shell(LIST_DESCRIPTORS).with(160, output)));
            } finally {
                Descriptors.closeNumber(number);
            }
        }

        @Test
        void a_number_names_the_file_it_was_given_for() throws LinuxException {
            try (Fd three = MemFd.resizable("three", 0);
                    Fd four = MemFd.resizable("four", 0)) {
                run(shell("echo 3 >&3; echo 4 >&4").with(3, three).with(4, four));
                assertEquals("3\n", Descriptors.contents(three));
                assertEquals("4\n", Descriptors.contents(four));
            }
        }

        @Test
        void numbers_may_be_swapped() throws LinuxException {
            try (Fd one = MemFd.resizable("one", 0);
                    Fd two = MemFd.resizable("two", 0)) {
                String script =
                        String.format(
                                "echo was two >>/proc/self/fd/%d; echo was one >>/proc/self/fd/%d",
                                one.number(), two.number());
                run(shell(script).with(one.number(), two).with(two.number(), one));
                assertEquals("was one\n", Descriptors.contents(one));
                assertEquals("was two\n", Descriptors.contents(two));
            }
        }

        @Test
        void they_stay_the_callers() throws LinuxException {
            int before = Descriptors.openOn("/memfd:output");
            run(shell("true").with(7, output));
            assertTrue(output.isOpen());
            assertEquals(before, Descriptors.openOn("/memfd:output"));
        }

        @ParameterizedTest
        @ValueSource(ints = {-1, 256})
        void a_number_out_of_bounds_is_refused(int number) {
            Spawn spawn = shell("true");
            assertThrows(IndexOutOfBoundsException.class, () -> spawn.with(number, output));
        }
    }

    @Nested
    class Starting {
        @Test
        void a_missing_program_is_an_error_naming_it() {
            LinuxException e =
                    assertThrows(
                            LinuxException.class,
                            () -> new Spawn(List.of("/no/such/program")).with(7, output).start());
            assertTrue(e.is(Errno.ENOENT));
            assertEquals(
                    "posix_spawn(/no/such/program): ENOENT, no such file or directory",
                    e.getMessage());
            assertEquals(1, Descriptors.openOn("/memfd:output"));
        }

        @Test
        void a_file_that_is_no_program_is_an_error() {
            LinuxException e =
                    assertThrows(
                            LinuxException.class, () -> new Spawn(List.of("/etc/passwd")).start());
            assertTrue(e.is(Errno.EACCES), e.getMessage());
        }

        @Test
        void arguments_arrive_as_they_are() throws LinuxException {
            Spawn spawn =
                    new Spawn(List.of("/bin/sh", "-c", "echo \"$#:$1:$2\"", "sh", "a b", ""))
                            .with(1, output);
            assertEquals("2:a b:\n", run(spawn));
        }

        @Test
        void the_environment_is_this_processs_with_additions() throws LinuxException {
            String script = "echo $SKERRY_TEST; echo $PATH";
            assertEquals(
                    "a value\n" + System.getenv("PATH") + "\n",
                    run(shell(script).environment("SKERRY_TEST", "a value")));
        }

        @Test
        void signals_are_neither_blocked_nor_ignored() throws LinuxException {
            // The JVM ignores SIGPIPE, and SIGQUIT is its own.
            String status =
                    run(
                            shell(
                                    "while read l; do case $l in Sig[BI]*) echo $l;; esac; done </proc/self/status"));
            assertEquals("SigBlk: 0000000000000000\nSigIgn: 0000000000000000\n", status);
        }
    }

    @Nested
    class Ending {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 7, 255})
        void the_exit_status_is_told(int status) throws LinuxException {
            Child.Exit exit = end(shell("exit " + status));
            assertEquals(new Child.Exit(status, -1), exit);
            assertEquals("exit status " + status, exit.toString());
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 6, 9, 13, 15})
        void the_signal_is_told(int signal) throws LinuxException {
            Child.Exit exit = end(shell("ulimit -c 0; kill -" + signal + " $$"));
            assertEquals(new Child.Exit(-1, signal), exit);
            assertEquals("signal " + signal, exit.toString());
        }

        @Test
        void a_living_child_is_alive_until_it_was_terminated() throws LinuxException {
            try (Child child = sleeper()) {
                assertTrue(child.isAlive());
                assertNull(child.await(1_000_000));
                child.terminate();
                assertEquals(new Child.Exit(-1, 15), child.await(Descriptors.PATIENCE_NS));
                assertFalse(child.isAlive());
                assertEquals(new Child.Exit(-1, 15), child.await(0));
            }
        }

        @Test
        void signals_after_the_end_go_nowhere() throws LinuxException {
            try (Child child = shell("true").start()) {
                assertNotNull(child.await(Descriptors.PATIENCE_NS));
                child.kill();
                assertEquals(new Child.Exit(0, -1), child.await(0));
            }
        }

        @Test
        void closing_kills_and_reaps() throws LinuxException {
            Child child = sleeper();
            Path entry = Path.of("/proc/" + child.pid());
            assertTrue(Files.exists(entry));
            child.close();
            assertFalse(Files.exists(entry));
            child.close();
        }

        @Test
        void closing_reaps_what_has_ended_by_itself() throws LinuxException {
            Child child = shell("true").start();
            child.close();
            assertFalse(Files.exists(Path.of("/proc/" + child.pid())));
        }

        private Child sleeper() throws LinuxException {
            return new Spawn(List.of("/bin/sleep", "1000")).start();
        }
    }
}
