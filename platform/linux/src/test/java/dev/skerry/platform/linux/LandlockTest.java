package dev.skerry.platform.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** Which threads of a process lose their rights; in a child, as they are lost for good. */
class LandlockTest {
    /** The kernel refuses flags that its version does not have (EINVAL). */
    @ParameterizedTest
    @CsvSource({"1, 0", "6, 0", "7, 0", "8, 8", "9, 8"})
    void all_threads_are_asked_for_where_the_kernel_can(int version, int flags) {
        assertEquals(flags, Landlock.restrictFlags(version));
    }

    @Test
    void the_thread_and_new_ones_are_bound_and_old_ones_where_the_kernel_can() throws Exception {
        assumeTrue(Landlock.version() > 0, "this kernel has no Landlock");
        Process child =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-cp",
                                placeOf(Landlock.class) + ":" + placeOf(Confined.class),
                                "--enable-native-access=ALL-UNNAMED",
                                Confined.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(child.getInputStream().readAllBytes());
        assertEquals(0, child.waitFor(), said);
        String old = Landlock.bindsAllThreads() ? "refused" : "opened";
        assertEquals("own refused, new refused, old " + old + "\n", said);
    }

    private static Path placeOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** The child: restricts itself, with a thread that ran before. */
    static final class Confined {
        private static final Path FILE = Path.of("/etc/passwd");

        private Confined() {}

        public static void main(String[] arguments) throws Exception {
            CompletableFuture<Void> restricted = new CompletableFuture<>();
            CompletableFuture<Void> runs = new CompletableFuture<>();
            String[] old = new String[1];
            Thread before =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        runs.complete(null);
                                        restricted.join();
                                        old[0] = open();
                                    });
            runs.join();
            // What is used later is loaded while it can be.
            open();
            Privileges.renounceNewOnes();
            Landlock.restrict(true);
            restricted.complete(null);
            before.join();
            String[] later = new String[1];
            Thread.ofPlatform().start(() -> later[0] = open()).join();
            System.out.println("own " + open() + ", new " + later[0] + ", old " + old[0]);
        }

        private static String open() {
            try {
                Files.newInputStream(FILE).close();
                return "opened";
            } catch (AccessDeniedException e) {
                return "refused";
            } catch (IOException e) {
                return e.toString();
            }
        }
    }
}
