package dev.skerry.verify.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/** What fuzzing has found so far, again, without a fuzzer. */
class CorpusTest {
    private static final int MOST_INPUTS = 200;
    private static final long MOST_BYTES = 1 << 20;

    @ParameterizedTest
    @EnumSource
    void every_promise_holds_for_the_whole_corpus(Target target) throws IOException {
        for (Path input : Corpus.inputs(target)) {
            byte[] bytes = Files.readAllBytes(input);
            try {
                target.run(bytes);
            } catch (Exception | AssertionError e) {
                throw new AssertionError(
                        input.getFileName() + ": " + Base64.getEncoder().encodeToString(bytes), e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void an_input_leaves_no_descriptor_and_no_mapping(Target target) throws IOException {
        List<Path> inputs = Corpus.inputs(target);
        target.run(Files.readAllBytes(inputs.getFirst()));
        long descriptors = ownDescriptors();
        long mappings = ownMappings();
        for (Path input : inputs) {
            target.run(Files.readAllBytes(input));
        }
        assertEquals(descriptors, ownDescriptors(), "open memory files and event counters");
        assertEquals(mappings, ownMappings(), "mapped memory files");
    }

    @ParameterizedTest
    @EnumSource
    void the_corpus_is_small(Target target) throws IOException {
        List<Path> inputs = Corpus.inputs(target);
        long bytes = 0;
        for (Path input : inputs) {
            bytes += Files.size(input);
        }
        assertTrue(!inputs.isEmpty() && inputs.size() <= MOST_INPUTS, inputs.size() + " inputs");
        assertTrue(bytes <= MOST_BYTES, bytes + " bytes");
    }

    private static long ownDescriptors() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(CorpusTest::isOwn).count();
        }
    }

    private static boolean isOwn(Path descriptor) {
        try {
            String open = Files.readSymbolicLink(descriptor).toString();
            return open.startsWith("/memfd:") || open.contains("[eventfd]");
        } catch (IOException e) {
            // The one the listing itself used.
            return false;
        }
    }

    private static long ownMappings() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.contains("/memfd:")).count();
        }
    }
}
