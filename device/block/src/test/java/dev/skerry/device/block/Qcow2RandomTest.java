package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Random operations on images that qemu-img made, and that it must find in order afterwards. */
class Qcow2RandomTest {
    private static final int SIZE = 5 << 20;

    @TempDir Path directory;

    @BeforeAll
    static void needPeers() {
        Tools.needPeer("qemu-img");
        Tools.needPeer("qemu-io");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cluster_size=512",
                "cluster_size=512,refcount_bits=64",
                "cluster_size=512,compat=0.10",
                "cluster_size=1k,refcount_bits=1",
                "cluster_size=2k,refcount_bits=2",
                "cluster_size=4k,refcount_bits=4",
                "cluster_size=8k,refcount_bits=8",
                "cluster_size=64k",
                "cluster_size=64k,compat=0.10",
                "cluster_size=64k,refcount_bits=32,lazy_refcounts=on",
                "cluster_size=2M",
                "cluster_size=64k,preallocation=metadata",
                "cluster_size=4k,preallocation=falloc",
            })
    void random_operations_leave_an_image_that_qemu_finds_in_order(String options)
            throws IOException {
        Path file = directory.resolve("disk.qcow2");
        create(file, options, null);
        Random random = new Random(Tools.seed(options));
        GuestModel model = new GuestModel(SIZE, random);
        operate(file, model, random);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cluster_size=512",
                "cluster_size=64k",
                "cluster_size=64k,compat=0.10",
                "cluster_size=2M",
                "cluster_size=4k,refcount_bits=1",
            })
    void a_backing_file_shows_through_and_is_copied_on_write(String options) throws IOException {
        Random random = new Random(Tools.seed(options));
        GuestModel model = new GuestModel(SIZE, random);
        Path base = directory.resolve("base.raw");
        byte[] bytes = Tools.random(random, 3 << 20);
        Files.write(base, bytes);
        System.arraycopy(bytes, 0, model.contents, 0, bytes.length);
        Path file = directory.resolve("disk.qcow2");
        create(file, options, "base.raw");
        operate(file, model, random);
        org.junit.jupiter.api.Assertions.assertArrayEquals(bytes, Files.readAllBytes(base));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "compression_type=zlib",
                "compression_type=zstd",
                "compression_type=zstd,cluster_size=512",
                "compression_type=zstd,cluster_size=2M",
                "compression_type=zlib,cluster_size=4k",
                "compat=0.10,cluster_size=512",
            })
    void compressed_clusters_read_and_give_way_to_written_ones(String options) throws IOException {
        Random random = new Random(Tools.seed(options));
        GuestModel model = new GuestModel(SIZE, random);
        compressible(model.contents, random);
        Path raw = directory.resolve("source.raw");
        Files.write(raw, model.contents);
        Path file = directory.resolve("disk.qcow2");
        Tools.succeed(
                "qemu-img",
                "convert",
                "-c",
                "-f",
                "raw",
                "-O",
                "qcow2",
                "-o",
                options,
                raw.toString(),
                file.toString());
        try (BlockImage image = Tools.open(file, "qcow2", true)) {
            model.checkAll(image);
        }
        operate(file, model, random);
    }

    /** Text, runs, repetitions and noise: what makes compressors use all of their format. */
    private static void compressible(byte[] bytes, Random random) {
        int at = 0;
        while (at < bytes.length) {
            int length = Math.min(bytes.length - at, 1 + random.nextInt(60_000));
            int kind = random.nextInt(5);
            for (int i = 0; i < length; i++) {
                bytes[at + i] =
                        switch (kind) {
                            case 0 -> (byte) ("the quick brown fox jumps".charAt(i % 25) + i / 999);
                            case 1 -> (byte) 0;
                            case 2 -> (byte) (random.nextGaussian() * 9);
                            case 3 -> at > 5000 ? bytes[at + i - 1 - random.nextInt(3)] : 1;
                            default -> (byte) (i * i >> 7);
                        };
            }
            at += length;
        }
    }

    @Test
    void snapshots_stay_as_they_were() throws IOException {
        Random random = new Random(Tools.seed("snapshots"));
        Path file = directory.resolve("disk.qcow2");
        create(file, "cluster_size=4k", null);
        GuestModel model = new GuestModel(SIZE, random);
        operate(file, model, random);
        byte[] before = model.contents.clone();
        Tools.succeed("qemu-img", "snapshot", "-c", "one", file.toString());
        operate(file, model, random);
        Tools.succeed("qemu-img", "snapshot", "-c", "two", file.toString());
        operate(file, model, random);
        Tools.succeed("qemu-img", "snapshot", "-d", "two", file.toString());
        operate(file, model, random);
        Tools.succeed("qemu-img", "snapshot", "-a", "one", file.toString());
        System.arraycopy(before, 0, model.contents, 0, SIZE);
        operate(file, model, random);
    }

    @Test
    void what_qemu_io_writes_is_read() throws IOException {
        Path file = directory.resolve("disk.qcow2");
        create(file, "cluster_size=64k", null);
        Tools.succeed(
                "qemu-io",
                "-c",
                "write -P 17 1000 200000",
                "-c",
                "write -z 65536 65536",
                "-c",
                "discard 131072 65536",
                "-c",
                "write -c -P 9 1048576 65536",
                "-c",
                "write -zu 400000 200000",
                file.toString());
        GuestModel model = new GuestModel(SIZE, new Random(1));
        java.util.Arrays.fill(model.contents, 1000, 201_000, (byte) 17);
        java.util.Arrays.fill(model.contents, 65_536, 3 * 65_536, (byte) 0);
        java.util.Arrays.fill(model.contents, 1 << 20, (1 << 20) + 65_536, (byte) 9);
        try (BlockImage image = Tools.open(file, "qcow2")) {
            model.checkAll(image);
        }
    }

    @Test
    void an_image_left_dirty_is_repaired_before_it_is_written() throws IOException {
        Path file = directory.resolve("disk.qcow2");
        create(file, "cluster_size=4k,lazy_refcounts=on", null);
        Tools.run(
                "qemu-io", "-c", "write -P 5 0 1M", "-c", "flush", "-c", "abort", file.toString());
        assertTrue(
                Tools.run("qemu-img", "info", file.toString()).text().contains("dirty")
                        || Qcow2Header.read(HostImageFile.open(file.toString(), true)).isDirty(),
                "qemu-io left the image clean");
        GuestModel model = new GuestModel(SIZE, new Random(Tools.seed("dirty")));
        java.util.Arrays.fill(model.contents, 0, 1 << 20, (byte) 5);
        operate(file, model, new Random(2));
    }

    private void create(Path file, String options, String backing) throws IOException {
        if (backing == null) {
            Tools.succeed(
                    "qemu-img", "create", "-f", "qcow2", "-o", options, file.toString(), "" + SIZE);
        } else {
            Tools.succeed(
                    "qemu-img",
                    "create",
                    "-f",
                    "qcow2",
                    "-o",
                    options,
                    "-b",
                    backing,
                    "-F",
                    "raw",
                    file.toString(),
                    "" + SIZE);
        }
    }

    private void operate(Path file, GuestModel model, Random random) throws IOException {
        for (int round = 0; round < 2; round++) {
            try (BlockImage image = Tools.open(file, "qcow2")) {
                assertEquals(SIZE, image.sizeBytes());
                for (int i = 0; i < 60; i++) {
                    model.step(image);
                }
                model.checkAll(image);
            }
            Tools.Output check = Tools.run("qemu-img", "check", file.toString());
            assertEquals(0, check.status(), check.text());
            Path expected = directory.resolve("expected.raw");
            Files.write(expected, model.contents);
            Tools.succeed(
                    "qemu-img",
                    "compare",
                    "-f",
                    "raw",
                    "-F",
                    "qcow2",
                    expected.toString(),
                    file.toString());
            try (BlockImage image = Tools.open(file, "qcow2", true)) {
                model.checkAll(image);
                assertTrue(image.isReadOnly());
            }
            try (HostImageFile opened = HostImageFile.open(file.toString(), true)) {
                Qcow2Check ours = Qcow2Check.run(opened, Qcow2Header.read(opened));
                assertTrue(ours.isClean(), () -> String.join("\n", ours.messages()));
            }
        }
    }
}
