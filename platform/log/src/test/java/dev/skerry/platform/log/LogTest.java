package dev.skerry.platform.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

class LogTest {
    private static final long PID = 4711;
    private static final String HEAD = "skerry[4711]: ";

    /** Takes lines and remembers how many bytes each write brought. */
    private static final class Paper extends ByteArrayOutputStream {
        final List<Integer> writes = new ArrayList<>();

        @Override
        public void write(byte[] bytes) {
            writes.add(bytes.length);
            super.writeBytes(bytes);
        }

        String text() {
            return toString(StandardCharsets.UTF_8);
        }
    }

    private final Paper paper = new Paper();
    private final LogSink sink = new LogSink("skerry", PID, paper, Level.INFO);
    private final Log log = Log.of(sink);

    @Nested
    class Format {
        @Test
        void a_line_of_the_process_has_program_and_pid() {
            log.info("started");
            assertEquals(HEAD + "started\n", paper.text());
        }

        @Test
        void a_line_of_a_subject_names_it() {
            log.withSubject("lsi0").info("reset");
            assertEquals(HEAD + "lsi0: reset\n", paper.text());
        }

        @ParameterizedTest
        @CsvSource({
            "ERROR, 'error: x'",
            "WARNING, 'warning: x'",
            "INFO, 'x'",
            "DEBUG, 'debug: x'",
            "TRACE, 'trace: x'"
        })
        void every_level_but_info_is_named(Level level, String expected) {
            sink.setLevel(Level.TRACE);
            log.withSubject("d").log(level, "x");
            assertEquals(HEAD + "d: " + expected + "\n", paper.text());
        }

        @Test
        void a_line_is_one_write() {
            log.withSubject("nic0").error("one");
            log.info("twö");
            assertEquals(2, paper.writes.size());
            assertEquals(
                    (HEAD + "twö\n").getBytes(StandardCharsets.UTF_8).length, paper.writes.get(1));
        }

        @Test
        void control_characters_do_not_reach_the_terminal() {
            log.info("a\nb\rc\u001b[31md\u0000e\u007ff\u009bg\th");
            assertEquals(HEAD + "a?b?c?[31md?e?f?g?h\n", paper.text());
        }

        @Test
        void other_characters_stay() {
            log.info("Größe ≥ 1 €, 😀");
            assertEquals(HEAD + "Größe ≥ 1 €, 😀\n", paper.text());
        }
    }

    @Nested
    class Levels {
        @ParameterizedTest
        @EnumSource
        void a_log_shows_its_level_and_everything_more_urgent(Level shown) {
            sink.setLevel(shown);
            for (Level level : Level.values()) {
                paper.reset();
                log.log(level, "x");
                boolean expected = level.ordinal() <= shown.ordinal();
                assertEquals(expected, log.isEnabled(level), level + " at " + shown);
                assertEquals(expected, paper.size() > 0, level + " at " + shown);
            }
        }

        @Test
        void the_named_methods_use_their_levels() {
            sink.setLevel(Level.TRACE);
            log.error("1");
            log.warning("2");
            log.info("3");
            log.debug("4");
            assertEquals(
                    HEAD
                            + "error: 1\n"
                            + HEAD
                            + "warning: 2\n"
                            + HEAD
                            + "3\n"
                            + HEAD
                            + "debug: 4\n",
                    paper.text());
        }

        @Test
        void a_subject_follows_a_change_of_the_level() {
            Log subject = log.withSubject("d");
            sink.setLevel(Level.DEBUG);
            assertTrue(subject.isEnabled(Level.DEBUG));
            sink.setLevel(Level.ERROR);
            assertFalse(subject.isEnabled(Level.WARNING));
        }
    }

    @Nested
    class Limited {
        /** The occurrences, from 1 on, that a line is written for. */
        private long[] due(Log subject, Level level, int kind, long times) {
            return LongStream.rangeClosed(1, times)
                    .filter(i -> subject.isDue(level, kind))
                    .toArray();
        }

        @Test
        void the_first_eight_and_then_every_power_of_two_are_written() {
            long[] expected = {1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 128, 256, 512};
            assertEquals(List.of(box(expected)), List.of(box(due(log, Level.INFO, 0, 1000))));
        }

        private static Long[] box(long[] values) {
            return LongStream.of(values).boxed().toArray(Long[]::new);
        }

        @Test
        void a_line_tells_the_count_once_lines_are_left_out() {
            for (int i = 0; i < 16; i++) {
                if (log.isDue(Level.WARNING, 3)) {
                    log.limited(Level.WARNING, 3, "bad access");
                }
            }
            String[] lines = paper.text().split("\n");
            assertEquals(9, lines.length);
            assertEquals(HEAD + "warning: bad access", lines[7]);
            assertEquals(HEAD + "warning: bad access (16 of this kind so far)", lines[8]);
        }

        @Test
        void kinds_are_counted_apart() {
            due(log, Level.INFO, 0, 100);
            assertEquals(List.of(1L), List.of(box(due(log, Level.INFO, 40, 1))));
            assertEquals(100, log.count(0));
            assertEquals(1, log.count(40));
            assertEquals(0, log.count(39));
            assertEquals(0, log.count(1000));
        }

        @Test
        void subjects_are_counted_apart() {
            due(log.withSubject("a"), Level.INFO, 0, 100);
            assertTrue(log.withSubject("b").isDue(Level.INFO, 0));
        }

        @Test
        void what_is_not_shown_is_counted_all_the_same() {
            assertEquals(0, due(log, Level.DEBUG, 0, 20).length);
            assertEquals(20, log.count(0));
        }
    }

    @Nested
    class Sinks {
        @Test
        void a_file_is_created_and_appended_to(@TempDir Path folder) throws IOException {
            Path file = folder.resolve("log");
            for (String text : List.of("first", "second")) {
                Log.of(LogSink.toFile("skerry", PID, file, Level.INFO)).info(text);
            }
            assertEquals(HEAD + "first\n" + HEAD + "second\n", Files.readString(file));
        }

        @Test
        void a_reader_that_is_gone_does_not_stop_the_process() {
            OutputStream broken =
                    new OutputStream() {
                        @Override
                        public void write(int b) throws IOException {
                            throw new IOException("Broken pipe");
                        }
                    };
            LogSink gone = new LogSink("skerry", PID, broken, Level.TRACE);
            Log.of(gone).info("x");
            assertEquals(Level.ERROR, gone.level());
            Log.of(gone).error("y");
        }
    }
}
