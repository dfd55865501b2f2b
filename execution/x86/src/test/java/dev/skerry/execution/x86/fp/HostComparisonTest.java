package dev.skerry.execution.x86.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.List;

/**
 * The same random cases here and on the host's processor. {@code -Dskerry.fp.cases=1000000 -Dskerry.fp.seed=1} runs more, or
 * others.
 */
class HostComparisonTest {
    private static final int CASES = Integer.getInteger("skerry.fp.cases", 3_000);
    private static final long SEED = Long.getLong("skerry.fp.seed", 20_241_123L);
    private static final int BATCH = 100_000;

    private static HostFpu host;

    private interface Comparison {
        List<String> differences(HostFpu host, String name, long seed, int count)
                throws IOException, InterruptedException;
    }

    @BeforeAll
    static void hostIsThere() throws IOException, InterruptedException {
        String missing = HostFpu.missing();
        assumeTrue(missing == null, missing);
        host = HostFpu.build();
    }

    @AfterAll
    static void remove() throws IOException {
        if (host != null) {
            host.close();
        }
    }

    static List<String> sse() {
        return SseHostComparison.names();
    }

    static List<String> exactX87() {
        return X87HostComparison.exact();
    }

    static List<String> approximateX87() {
        return X87HostComparison.APPROXIMATE;
    }

    private static void compare(Comparison comparison, String name)
            throws IOException, InterruptedException {
        for (int done = 0; done < CASES; done += BATCH) {
            long seed = SEED + done / BATCH;
            List<String> differences =
                    comparison.differences(host, name, seed, Math.min(BATCH, CASES - done));
            assertEquals(List.of(), differences, "seed " + seed);
        }
    }

    @ParameterizedTest
    @MethodSource("sse")
    void results_and_flags_of_sse_are_the_processors(String name)
            throws IOException, InterruptedException {
        compare(SseHostComparison::differences, name);
    }

    @ParameterizedTest
    @MethodSource("exactX87")
    void results_flags_and_conditions_of_x87_are_the_processors(String name)
            throws IOException, InterruptedException {
        compare(X87HostComparison::differences, name);
    }

    @ParameterizedTest
    @MethodSource("approximateX87")
    void transcendentals_are_within_one_unit_of_the_processors(String name)
            throws IOException, InterruptedException {
        compare(X87HostComparison::differences, name);
    }
}
