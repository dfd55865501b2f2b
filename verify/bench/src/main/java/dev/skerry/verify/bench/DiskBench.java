package dev.skerry.verify.bench;

import dev.skerry.verify.testkit.LsiDriver.Ending;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Reads and writes of a disk behind the controller: the same driver asks stock QEMU's device process
 * and ours, in turns within one run, for blocks of equal images, which are in the page cache. A
 * loop that reads an image itself shows what the host could do.
 *
 * <p>The driver is measured in both its ways of being told that a command is done, since Debian's
 * QEMU pauses for half a millisecond after a hundred instructions of a script: going on, as Linux's
 * driver does, and stopping, which costs two messages more and runs shorter.
 */
final class DiskBench {
    private static final long IMAGE_BYTES = 64L << 20;
    private static final int WARM_UP = 6;
    private static final int ROUNDS = 12;

    /**
     * What is asked for.
     *
     * @param depth how many commands are under way at a time
     * @param commands how many a round has
     */
    record Load(String name, boolean writes, int blockBytes, int depth, int commands) {
        boolean isSequential() {
            return blockBytes > 64 << 10;
        }
    }

    private static final List<Load> LOADS =
            List.of(
                    new Load("4 KiB random reads, depth 1", false, 4096, 1, 2000),
                    new Load("4 KiB random reads, depth 32", false, 4096, 32, 3000),
                    new Load("4 KiB random writes, depth 1", true, 4096, 1, 2000),
                    new Load("4 KiB random writes, depth 32", true, 4096, 32, 3000),
                    new Load("1 MiB sequential reads, depth 1", false, 1 << 20, 1, 200));

    private final PrintStream out;

    DiskBench(PrintStream out) {
        this.out = out;
    }

    void run() throws IOException {
        Path folder = Files.createTempDirectory("skerry-bench");
        try {
            measure(folder);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private void measure(Path folder) throws IOException {
        out.printf(
                "disk: %d rounds each, images in the page cache; commands a second by round,"
                        + " time of a command%n",
                ROUNDS);
        try (DiskSubject floor = DiskSubject.file(image(folder, "floor"));
                DiskSubject stock = DiskSubject.stock(image(folder, "a"), Ending.ON_THE_FLY);
                DiskSubject stockStopped = DiskSubject.stock(image(folder, "b"), Ending.STOPPED);
                DiskSubject skerry = DiskSubject.skerry(image(folder, "c"), Ending.ON_THE_FLY);
                DiskSubject skerryStopped =
                        DiskSubject.skerry(image(folder, "d"), Ending.STOPPED)) {
            List<DiskSubject> all = List.of(floor, stock, stockStopped, skerry, skerryStopped);
            for (Load load : LOADS) {
                measure(load, all, List.of(stock, stockStopped));
            }
        }
    }

    /** A copy for each, since both lock theirs; all are in the page cache from now on. */
    private static Path image(Path folder, String name) throws IOException {
        Path image = folder.resolve(name);
        fill(image);
        return image;
    }

    private static void fill(Path image) throws IOException {
        byte[] piece = new byte[1 << 20];
        new Random(1).nextBytes(piece);
        try (var to = Files.newOutputStream(image)) {
            for (long done = 0; done < IMAGE_BYTES; done += piece.length) {
                to.write(piece);
            }
        }
    }

    private void measure(Load load, List<DiskSubject> subjects, List<DiskSubject> stocks)
            throws IOException {
        for (DiskSubject subject : subjects) {
            for (int round = 0; round < WARM_UP; round++) {
                subject.round(load, IMAGE_BYTES, -round);
            }
            subject.begin();
        }
        Random order = new Random(1);
        for (int round = 1; round <= ROUNDS; round++) {
            List<DiskSubject> turns = new ArrayList<>(subjects);
            Collections.shuffle(turns, order);
            for (DiskSubject subject : turns) {
                subject.round(load, IMAGE_BYTES, round);
            }
        }
        double best = stocks.stream().mapToDouble(s -> s.rate(50)).max().orElseThrow();
        out.printf(
                "  %-34s %9s %9s %9s %9s %9s %9s %9s%n",
                load.name(), "p10 /s", "p50 /s", "p90 /s", "x stock", "x best", "p50 us", "p99 us");
        for (DiskSubject subject : subjects) {
            DiskSubject peer = subject.isStopping() ? stocks.get(1) : stocks.get(0);
            out.printf(
                    "    %-32s %9.0f %9.0f %9.0f %9.2f %9.2f %9.1f %9.1f%s%n",
                    subject.name(),
                    subject.rate(10),
                    subject.rate(50),
                    subject.rate(90),
                    subject.rate(50) / peer.rate(50),
                    subject.rate(50) / best,
                    subject.times().us(50),
                    subject.times().us(99),
                    load.isSequential()
                            ? String.format(
                                    "%9.0f MB/s", subject.rate(50) * load.blockBytes() / 1e6)
                            : "");
        }
    }
}
