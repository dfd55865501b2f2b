package dev.skerry.verify.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The inputs that were found to be worth keeping; {@code verify/fuzz/merge} writes them. */
final class Corpus {
    private Corpus() {}

    /** In the source tree: a build's copy keeps inputs that have long been merged away. */
    static Path folder(Target target) {
        return Path.of(System.getProperty("skerry.root"))
                .resolve("verify/fuzz/src/test/resources/corpus")
                .resolve(target.label());
    }

    /** In a fixed order. */
    static List<Path> inputs(Target target) throws IOException {
        try (Stream<Path> files = Files.list(folder(target))) {
            return files.sorted().toList();
        }
    }
}
