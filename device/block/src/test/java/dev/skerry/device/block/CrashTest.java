package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A process killed after any write, and a host that fails with any of its unflushed writes lost,
 * leave an image with leaks at worst, and everything that was flushed in it.
 */
class CrashTest {
    private static final int SIZE = 1 << 20;
    private static final String[] IMAGES = {
        "cluster_size=512",
        "cluster_size=512,refcount_bits=64",
        "cluster_size=4k,refcount_bits=8",
        "cluster_size=4k,compat=0.10",
        "cluster_size=64k"
    };

    @TempDir Path directory;

    @BeforeAll
    static void needPeers() {
        Tools.needPeer("qemu-img");
    }

    /** What the guest may count on after a flush, and where in the writes that was. */
    private record Flushed(int position, byte[] contents, boolean[] touchedSince) {}

    /** An image's life: its changes in order, and what was flushed when. */
    private static final class Life extends MemoryImageFile {
        final List<Change> changes = new ArrayList<>();
        final List<Flushed> flushes = new ArrayList<>();

        Life(byte[] bytes) {
            super(bytes);
        }

        @Override
        void before(Change change) {
            changes.add(change);
        }
    }

    private Life live(byte[] start, Random random, int steps) throws IOException {
        Life life = new Life(start);
        GuestModel model = new GuestModel(SIZE, random);
        Qcow2Image image = life.openQcow2(null);
        System.arraycopy(Tools.read(image, 0, SIZE), 0, model.contents, 0, SIZE);
        life.flushes.add(new Flushed(0, model.contents.clone(), new boolean[SIZE]));
        for (int i = 0; i < steps; i++) {
            byte[] before = model.contents.clone();
            model.step(image);
            boolean[] touched = life.flushes.getLast().touchedSince;
            for (int b = 0; b < SIZE; b++) {
                touched[b] |= before[b] != model.contents[b];
            }
            if (random.nextInt(4) == 0) {
                image.flush();
                life.flushes.add(
                        new Flushed(
                                life.changes.size(), model.contents.clone(), new boolean[SIZE]));
            }
        }
        image.close();
        return life;
    }

    private byte[] start(String options, Random random) throws IOException {
        Path file = directory.resolve("disk.qcow2");
        Tools.succeed(
                "qemu-img", "create", "-f", "qcow2", "-o", options, file.toString(), "" + SIZE);
        MemoryImageFile image = MemoryImageFile.of(file);
        try (Qcow2Image opened = image.openQcow2(null)) {
            GuestModel model = new GuestModel(SIZE, random);
            for (int i = 0; i < 10; i++) {
                model.step(opened);
            }
        }
        Files.write(file, image.contents());
        Tools.succeed("qemu-img", "snapshot", "-c", "one", file.toString());
        return Files.readAllBytes(file);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void a_kill_after_any_write_leaves_leaks_at_worst(int which) throws IOException {
        Random random = new Random(Tools.seed(IMAGES[which]));
        byte[] start = start(IMAGES[which], random);
        Life life = live(start, random, 40);
        MemoryImageFile disk = new MemoryImageFile(start);
        int flush = 0;
        int checkedByQemu = 0;
        for (int i = 0; i < life.changes.size(); i++) {
            MemoryImageFile.Change change = life.changes.get(i);
            change.applyTo(disk);
            while (flush + 1 < life.flushes.size()
                    && life.flushes.get(flush + 1).position <= i + 1) {
                flush++;
            }
            if (change.isFlush()) {
                continue;
            }
            boolean byQemu = checkedByQemu < 12 && random.nextInt(life.changes.size()) < 20;
            checkedByQemu += byQemu ? 1 : 0;
            check(disk, life.flushes.get(flush), byQemu, "after change " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void a_host_failure_that_loses_any_unflushed_writes_leaves_leaks_at_worst(int which)
            throws IOException {
        Random random = new Random(Tools.seed(IMAGES[which]));
        byte[] start = start(IMAGES[which], random);
        Life life = live(start, random, 40);
        MemoryImageFile settled = new MemoryImageFile(start);
        List<MemoryImageFile.Change> unsettled = new ArrayList<>();
        int flush = 0;
        for (int i = 0; i < life.changes.size(); i++) {
            MemoryImageFile.Change change = life.changes.get(i);
            if (!change.isFlush()) {
                unsettled.add(change);
                continue;
            }
            // What came after the end of a flush is counted as touched since that one.
            while (flush + 1 < life.flushes.size() && life.flushes.get(flush + 1).position <= i) {
                flush++;
            }
            for (int variant = 0; variant < 3; variant++) {
                MemoryImageFile disk = new MemoryImageFile(settled.contents());
                for (MemoryImageFile.Change lost : unsettled) {
                    if (random.nextBoolean()) {
                        lost.applyTo(disk);
                    }
                }
                check(disk, life.flushes.get(flush), false, "before flush " + i);
            }
            unsettled.forEach(kept -> kept.applyTo(settled));
            unsettled.clear();
        }
    }

    private void check(MemoryImageFile disk, Flushed flushed, boolean byQemu, String when)
            throws IOException {
        Qcow2Check check = Qcow2Check.run(disk, Qcow2Header.read(disk));
        assertEquals(0, check.errors(), () -> when + ": " + String.join("\n", check.messages()));
        if (byQemu) {
            Path file = directory.resolve("killed.qcow2");
            Files.write(file, disk.contents());
            Tools.Output output = Tools.run("qemu-img", "check", file.toString());
            assertTrue(output.status() == 0 || output.status() == 3, when + ":\n" + output.text());
        }
        byte[] found = Tools.read(disk.openQcow2(null), 0, SIZE);
        for (int i = 0; i < SIZE; i++) {
            if (found[i] != flushed.contents[i] && !flushed.touchedSince[i]) {
                fail(when + ": byte " + i + " was flushed and is lost");
            }
        }
    }
}
