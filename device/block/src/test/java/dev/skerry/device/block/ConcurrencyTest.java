package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Many workers on one image, as a device with many tagged commands has them. */
class ConcurrencyTest {
    private static final int SIZE = 1 << 20;
    private static final int WORKERS = 4;
    private static final int STRIPE = 3000;

    /** Each worker owns every fourth stripe, so that neighbours share clusters but no bytes. */
    @ParameterizedTest
    @ValueSource(ints = {9, 12, 16})
    void workers_that_share_clusters_do_not_lose_each_others_bytes(int clusterBits)
            throws Exception {
        long seed = Tools.seed("workers, cluster_bits " + clusterBits);
        MemoryImageFile file = new MemoryImageFile(FaultTest.empty(clusterBits));
        Qcow2Image image = file.openQcow2(null);
        byte[] contents = new byte[SIZE];
        List<Callable<Void>> workers = new ArrayList<>();
        for (int w = 0; w < WORKERS; w++) {
            int worker = w;
            workers.add(() -> work(image, contents, worker, new Random(seed + worker)));
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(WORKERS)) {
            for (Future<Void> done : pool.invokeAll(workers)) {
                done.get();
            }
        }
        assertEquals(-1, java.util.Arrays.mismatch(contents, Tools.read(image, 0, SIZE)));
        image.close();
        Qcow2Check check = Qcow2Check.run(file, Qcow2Header.read(file));
        assertEquals(0, check.errors() + check.leaks(), () -> String.join("\n", check.messages()));
    }

    private static Void work(Qcow2Image image, byte[] contents, int worker, Random random)
            throws IOException {
        for (int i = 0; i < 300; i++) {
            int stripe = random.nextInt(SIZE / STRIPE / WORKERS) * WORKERS + worker;
            int offset = stripe * STRIPE + random.nextInt(STRIPE / 2);
            int length = 1 + random.nextInt(STRIPE / 2);
            switch (random.nextInt(5)) {
                case 0, 1, 2 -> {
                    byte[] bytes = Tools.random(random, length);
                    image.write(offset, Tools.memory(bytes));
                    System.arraycopy(bytes, 0, contents, offset, length);
                }
                case 3 -> {
                    image.writeZeroes(offset, length, true);
                    java.util.Arrays.fill(contents, offset, offset + length, (byte) 0);
                }
                default -> {
                    byte[] read = Tools.read(image, offset, length);
                    for (int b = 0; b < length; b++) {
                        assertEquals(contents[offset + b], read[b]);
                    }
                    if (random.nextInt(4) == 0) {
                        image.flush();
                    }
                }
            }
        }
        return null;
    }
}
