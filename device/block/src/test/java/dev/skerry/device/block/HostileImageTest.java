package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.LinuxException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Images made to harm whoever opens them. */
class HostileImageTest {
    private static final int SIZE = 4 << 20;

    @TempDir Path directory;

    /**
     * A sound image with 4 KiB clusters: header, refcount table at 0x1000, refcount block at 0x2000,
     * L1 table at 0x3000, L2 table at 0x5000 for guest data at 0x4000.
     */
    private static byte[] sound() throws IOException {
        MemoryImageFile file = new MemoryImageFile(new byte[0]);
        new Qcow2Creator(SIZE, 3, 12, 4, false, false, null, null).create(file);
        try (Qcow2Image image = file.openQcow2(null)) {
            image.write(0, Tools.memory(Tools.random(new Random(1), 4096)));
        }
        return file.contents();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0x0    | 4 | 0x51464900         | not in qcow2 format",
                "0x4    | 4 | 1                  | version 1",
                "0x4    | 4 | 0xffffffff         | version 4294967295",
                "0x8    | 8 | 0x7fffffffffffffff | ok while its length is 0",
                "0x14   | 4 | 8                  | cluster_bits 8",
                "0x14   | 4 | 22                 | cluster_bits 22",
                "0x14   | 4 | 0xffffffff         | cluster_bits 4294967295",
                "0x18   | 8 | 0x8000000000000000 | too large",
                "0x18   | 8 | 0x7fffffffffffffff | too large",
                "0x18   | 8 | 0x1000000000       | L1 table is too small",
                "0x20   | 4 | 1                  | AES",
                "0x20   | 4 | 2                  | LUKS",
                "0x20   | 4 | 77                 | encryption (method 77)",
                "0x24   | 4 | 0                  | L1 table is too small",
                "0x24   | 4 | 0xffffffff         | L1 size",
                "0x24   | 4 | 0x100000           | beyond the end of the file",
                "0x28   | 8 | 0x3001             | not aligned",
                "0x28   | 8 | 0                  | overlaps the header",
                "0x28   | 8 | 0x1000             | overlaps the refcount table",
                "0x28   | 8 | 0x2000             | overlaps",
                "0x28   | 8 | 0x7ffffffffffff000 | beyond the end of the file",
                "0x28   | 8 | 0xfffffffffffff000 | overlaps the header",
                "0x30   | 8 | 0x1001             | not aligned",
                "0x30   | 8 | 0x0                | overlaps the header",
                "0x30   | 8 | 0x3000             | overlaps",
                "0x30   | 8 | 0x100000000        | beyond the end of the file",
                "0x38   | 4 | 0                  | no refcount table",
                "0x38   | 4 | 0xffffffff         | refcount table size",
                "0x3c   | 4 | 0xffffffff         | number of snapshots",
                "0x3c   | 4 | 1                  | snapshot table",
                "0x48   | 8 | 2                  | Image is corrupt",
                "0x48   | 8 | 4                  | external data file",
                "0x48   | 8 | 8                  | compression type",
                "0x48   | 8 | 16                 | extended L2",
                "0x48   | 8 | 0x4000000000000000 | bit 62",
                "0x60   | 4 | 7                  | refcount_order 7",
                "0x64   | 4 | 71                 | header_length",
                "0x64   | 4 | 0xffffffff         | header_length",
                "0x68   | 1 | 1                  | compression type",
                "0x74   | 4 | 0xffffffff         | header extension",
                "0x1000 | 8 | 0x2001             | reserved bits",
                "0x1000 | 8 | 0x2200             | unaligned",
                "0x1000 | 8 | 0x3000             | overlaps",
                "0x1000 | 8 | 0x1000             | overlaps",
                "0x1000 | 8 | 0xff000000000000   | beyond the end of the file",
                "0x1008 | 8 | 0x2000             | overlaps a refcount block",
                "0x3000 | 8 | 0x8000000000000000 | ok, no table",
                "0x3000 | 8 | 0x8000000000003000 | overlaps",
                "0x3000 | 8 | 0x8000000000000200 | unaligned",
                "0x3000 | 8 | 0x4000000000005000 | reserved bits",
                "0x3000 | 8 | 0x8000700000000000 | beyond the end of the file",
                "0x3008 | 8 | 0x8000000000005000 | overlaps an L2 table",
                "0x5000 | 8 | 0x8000000000001000 | points to the refcount table",
                "0x5000 | 8 | 0x8000000000000000 | ok, a hole",
                "0x5000 | 8 | 0x8000000000003000 | points to the L1 table",
                "0x5000 | 8 | 0x8000000000002000 | points to a refcount block",
                "0x5000 | 8 | 0x8000000000005000 | points to an L2 table",
                "0x5000 | 8 | 0x8000000000004200 | unaligned",
                "0x5000 | 8 | 0x8000000000004002 | reserved bits",
                "0x5000 | 8 | 0x8070000000000000 | beyond the end of the file",
                "0x5000 | 8 | 0x4000000000003000 | points to the L1 table",
                "0x5000 | 8 | 0x40ffffffffffffff | beyond the end of the file",
                "0x5000 | 8 | 0x4000000000004000 | is damaged",
                "0x5000 | 8 | 0xc000000000004000 | compressed and copied",
            })
    void a_bad_value_is_refused_with_what_and_where_and_nothing_is_written(
            String at, int size, String value, String expected) throws IOException {
        byte[] bytes = sound();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int offset = Integer.decode(at);
        long number =
                value.startsWith("0x")
                        ? Long.parseUnsignedLong(value.substring(2), 16)
                        : Long.parseLong(value);
        switch (size) {
            case 1 -> buffer.put(offset, (byte) number);
            case 4 -> buffer.putInt(offset, (int) number);
            default -> buffer.putLong(offset, number);
        }
        MemoryImageFile file = new MemoryImageFile(bytes);
        if (expected.startsWith("ok")) {
            Tools.read(file.openQcow2(null), 0, 4096);
            return;
        }
        ImageException e =
                assertThrows(
                        ImageException.class,
                        () -> {
                            Qcow2Image image = file.openQcow2(null);
                            image.write(100, Tools.memory(new byte[100]));
                        });
        assertTrue(e.getMessage().contains(expected), e.getMessage());
        assertTrue(e.getMessage().startsWith("memory: "), e.getMessage());
        assertArrayEquals(bytes, file.contents());
    }

    @Test
    void a_cluster_with_refcount_zero_that_holds_a_table_is_not_given_away() throws IOException {
        byte[] bytes = sound();
        // The counts of all clusters, tables included, become zero.
        java.util.Arrays.fill(bytes, 0x2000, 0x3000, (byte) 0);
        MemoryImageFile file = new MemoryImageFile(bytes);
        Qcow2Image image = file.openQcow2(null);
        ImageException e =
                assertThrows(
                        ImageException.class,
                        () -> image.write(1 << 20, Tools.memory(new byte[4096])));
        assertTrue(e.getMessage().contains("has refcount 0 but holds the header"), e.getMessage());
        assertArrayEquals(bytes, file.contents());
    }

    @Test
    void a_compressed_bomb_ends_with_its_cluster() throws IOException {
        byte[] zeroes = new byte[64 << 20];
        java.util.zip.Deflater deflater = new java.util.zip.Deflater(9, true);
        deflater.setInput(zeroes);
        deflater.finish();
        byte[] bomb = new byte[1 << 20];
        int length = deflater.deflate(bomb);
        byte[] cluster = new byte[4096];
        assertTrue(Compressed.inflate(bomb, length, cluster, false));
        assertFalse(Compressed.inflate(bomb, length, cluster, true));
        // A zstd block of one byte repeated 2 MiB times: more than the cluster, so refused.
        byte[] zstd = {
            0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 0x58, 0x03, 0, 0, (byte) 0x7f, 7, 7
        };
        assertFalse(Compressed.inflate(zstd, zstd.length, cluster, true));
    }

    @Test
    void random_zstd_input_never_does_more_than_fail() {
        Random random = new Random(Tools.seed("zstd fuzz"));
        byte[] cluster = new byte[65_536];
        for (int i = 0; i < 20_000; i++) {
            byte[] input = Tools.random(random, 10 + random.nextInt(200));
            input[0] = 0x28;
            input[1] = (byte) 0xb5;
            input[2] = 0x2f;
            input[3] = (byte) 0xfd;
            input[4] = (byte) (random.nextInt(2) * 4);
            // A compressed block that spans the input.
            input[6] = (byte) (5 | (input.length - 9) << 3);
            input[7] = (byte) (input.length - 9 >> 5);
            input[8] = 0;
            Compressed.inflate(input, input.length, cluster, true);
        }
    }

    @Test
    void random_bytes_anywhere_in_the_structures_give_only_the_typed_exception()
            throws IOException {
        Random random = new Random(Tools.seed("structure fuzz"));
        byte[] sound = sound();
        int[] places = {0, 0x1000, 0x2000, 0x3000, 0x5000};
        for (int i = 0; i < 4000; i++) {
            byte[] bytes = sound.clone();
            for (int n = random.nextInt(1, 6); n > 0; n--) {
                int place = places[random.nextInt(places.length)] + random.nextInt(128);
                bytes[place] =
                        random.nextBoolean()
                                ? (byte) random.nextInt()
                                : (byte) (bytes[place] ^ 1 << random.nextInt(8));
            }
            MemoryImageFile file = new MemoryImageFile(bytes);
            try {
                use(file.openQcow2(null), random);
            } catch (ImageException e) {
                assertTrue(e.getMessage().startsWith("memory: "), e.getMessage());
            } catch (LinuxException e) {
                assertTrue(BlockError.of(e) == BlockError.NO_SPACE, e.getMessage());
            }
        }
    }

    private static void use(Qcow2Image image, Random random) throws IOException {
        int size = (int) Math.min(SIZE, image.sizeBytes());
        Tools.read(image, 0, Math.min(size, 65_536));
        for (int i = 0; i < 4 && size > 0; i++) {
            int offset = random.nextInt(size);
            int length = Math.min(size - offset, 1 + random.nextInt(10_000));
            image.write(offset, Tools.memory(new byte[length]));
            image.discard(0, Math.min(size, 8192));
            image.flush();
        }
        image.close();
    }

    @Test
    void a_backing_chain_that_leads_back_is_refused() throws IOException {
        Path one = directory.resolve("one.qcow2");
        Path two = directory.resolve("two.qcow2");
        create(one, "two.qcow2");
        create(two, "./one.qcow2");
        ImageException e = assertThrows(ImageException.class, () -> Tools.open(one, "qcow2"));
        assertTrue(e.getMessage().contains("leads back to itself"), e.getMessage());
        create(one, "one.qcow2");
        assertThrows(ImageException.class, () -> Tools.open(one, "qcow2"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "missing.raw          | raw   | cannot open its backing file",
                "nbd://host/disk      | raw   | Unknown protocol 'nbd'",
                "json:{\"driver\":\"\"} | raw | Unknown protocol 'json'",
                "other.vmdk           | vmdk  | format 'vmdk' of its backing file",
            })
    void a_backing_file_that_cannot_be_used_is_named(String name, String format, String expected)
            throws IOException {
        Path file = directory.resolve("disk.qcow2");
        try (HostImageFile image = HostImageFile.create(file.toString())) {
            new Qcow2Creator(SIZE, 3, 16, 4, false, false, name, format).create(image);
        }
        ImageException e = assertThrows(ImageException.class, () -> Tools.open(file, "qcow2"));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    private static void create(Path file, String backing) throws IOException {
        Files.deleteIfExists(file);
        try (HostImageFile image = HostImageFile.create(file.toString())) {
            new Qcow2Creator(SIZE, 3, 16, 4, false, false, backing, "qcow2").create(image);
        }
    }
}
