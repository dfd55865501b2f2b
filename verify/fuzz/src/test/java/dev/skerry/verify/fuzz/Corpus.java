package dev.skerry.verify.fuzz;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The inputs that were found to be worth keeping; {@code verify/fuzz/merge} writes them. */
final class Corpus {
    private Corpus() {}

    static Path folder(Target target) {
        try {
            return Path.of(Corpus.class.getResource("/corpus/" + target.label()).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** In a fixed order. */
    static List<Path> inputs(Target target) throws IOException {
        try (Stream<Path> files = Files.list(folder(target))) {
            return files.sorted().toList();
        }
    }
}
