package dev.skerry.verify.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Looks for more, for a bounded time: {@code -Dskerry.fuzz.seconds} for each target. What it adds
 * to the corpus stays in {@code target/fuzz} until the next clean; {@code verify/fuzz/merge} takes
 * over what is worth keeping. An input that broke a promise is there as well; {@code java
 * @target/fuzz/NAME/java.args INPUT} runs it again.
 */
class FuzzingTest {
    private static final long SECONDS = Long.getLong("skerry.fuzz.seconds", 15);
    private static final long SEED = Long.getLong("skerry.fuzz.seed", 0);
    private static final int GRACE_SECONDS = 120;
    private static final int LINES_SHOWN = 100;

    @ParameterizedTest
    @EnumSource
    void no_input_breaks_a_promise(Target target) throws IOException, InterruptedException {
        Path folder = Path.of("target", "fuzz", target.label()).toAbsolutePath();
        Path found = Files.createDirectories(folder.resolve("corpus"));
        Path arguments = Files.write(folder.resolve("java.args"), arguments(target, folder));
        Path output = folder.resolve("output.txt");
        long seed = SEED != 0 ? SEED : System.nanoTime() & 0x7fffffff | 1;
        Process jazzer =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "@" + arguments,
                                "-max_total_time=" + SECONDS,
                                "-seed=" + seed,
                                found.toString(),
                                Corpus.folder(target).toString())
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            boolean ended = jazzer.waitFor(Duration.ofSeconds(SECONDS + GRACE_SECONDS));
            int status = ended ? jazzer.exitValue() : -1;
            assertEquals(0, status, () -> report(target, seed, output));
        } finally {
            jazzer.destroyForcibly();
        }
    }

    private static List<String> arguments(Target target, Path folder) {
        return List.of(
                "-XX:+UseSerialGC",
                "-Xmx1g",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--illegal-native-access=deny",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                '"' + System.getProperty("java.class.path").replace("\\", "\\\\") + '"',
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.type().getName(),
                "--instrumentation_includes=dev.skerry.**",
                "--custom_hook_includes=dev.skerry.**",
                '"' + "--reproducer_path=" + folder + '"',
                '"' + "-artifact_prefix=" + folder + "/" + '"',
                // Short inputs first is what libFuzzer likes; here depth is what finds things.
                "-len_control=0",
                "-max_len=1024",
                "-timeout=20");
    }

    /** The end of the output has the stack, and the input in base64. */
    private static String report(Target target, long seed, Path output) {
        try {
            List<String> lines = Files.readAllLines(output, StandardCharsets.ISO_8859_1);
            int from = Math.max(0, lines.size() - LINES_SHOWN);
            List<String> last = lines.subList(from, lines.size());
            return target + ", -Dskerry.fuzz.seed=" + seed + "\n" + String.join("\n", last);
        } catch (IOException e) {
            return target + ", seed " + seed + ", no output: " + e;
        }
    }
}
