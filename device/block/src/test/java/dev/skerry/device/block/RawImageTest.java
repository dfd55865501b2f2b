package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.LinuxException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

class RawImageTest {
    @TempDir Path directory;

    private Path file(int size) throws IOException {
        Path file = directory.resolve("disk.raw");
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(size);
        }
        return file;
    }

    @Test
    void random_operations_agree_with_a_model() throws IOException {
        Random random = new Random(Tools.seed("raw"));
        Path file = file(3 << 20);
        GuestModel model = new GuestModel(3 << 20, random);
        try (BlockImage image = Tools.open(file, "raw")) {
            for (int i = 0; i < 300; i++) {
                model.step(image);
            }
            model.checkAll(image);
        }
        assertArrayEquals(model.contents, Files.readAllBytes(file));
    }

    @Test
    void a_length_that_is_no_multiple_of_a_block_is_filled_with_zeroes() throws IOException {
        Path file = file(1000);
        Files.write(file, Tools.random(new Random(1), 1000));
        try (BlockImage image = Tools.open(file, "raw")) {
            assertEquals(1024, image.sizeBytes());
            byte[] last = Tools.read(image, 512, 512);
            assertEquals(0, last[511]);
            assertEquals(Files.readAllBytes(file)[999], last[487]);
            image.write(512, Tools.memory(Tools.random(new Random(2), 512)));
        }
        assertEquals(1024, Files.size(file));
    }

    @Test
    void a_discard_gives_storage_back() throws IOException {
        Path file = directory.resolve("disk.raw");
        Files.write(file, Tools.random(new Random(1), 1 << 20));
        try (BlockImage image = Tools.open(file, "raw");
                HostImageFile host = HostImageFile.open(file.toString(), true)) {
            long before = host.allocatedBytes();
            image.discard(0, 512 << 10);
            assertEquals(0, Tools.read(image, 100, 1)[0]);
            assertTrue(host.allocatedBytes() <= before - (512 << 10));
            BlockImage.Extent extent = image.extentAt(0, 1 << 20);
            assertEquals(new BlockImage.Extent(true, 512 << 10), extent);
        }
    }

    @Test
    void a_file_truncated_while_in_use_is_noticed() throws IOException {
        Path file = file(1 << 20);
        try (BlockImage image = Tools.open(file, "raw");
                RandomAccessFile other = new RandomAccessFile(file.toFile(), "rw")) {
            other.setLength(4096);
            ImageException e = assertThrows(ImageException.class, () -> Tools.read(image, 0, 8192));
            assertTrue(e.getMessage().contains("truncated while in use"), e.getMessage());
            assertEquals(BlockError.DAMAGED, BlockError.of(e));
            assertEquals(4096, Tools.read(image, 0, 4096).length);
        }
    }

    @Test
    void a_range_outside_the_image_is_the_callers_bug() throws IOException {
        try (BlockImage image = Tools.open(file(4096), "raw")) {
            assertThrows(IndexOutOfBoundsException.class, () -> Tools.read(image, 4096, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> image.discard(-1, 1));
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> image.write(4000, Tools.memory(new byte[97])));
        }
    }

    @Test
    void a_read_only_image_refuses_writes() throws IOException {
        try (BlockImage image = Tools.open(file(4096), "raw", true)) {
            LinuxException e =
                    assertThrows(
                            LinuxException.class,
                            () -> image.write(0, Tools.memory(new byte[512])));
            assertEquals(BlockError.READ_ONLY, BlockError.of(e));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "QFI\u00fb\0\0\0\2",
                "QED\0",
                "KDMV",
                "COWD",
                "vhdxfile",
                "conectix",
                "WithoutFreeSpace",
                "LUKS\u00ba\u00be",
                "# Disk DescriptorFile"
            })
    void a_guessed_raw_image_cannot_be_made_to_look_like_another_format(String magic)
            throws IOException {
        Path file = file(4096);
        byte[] bytes = new byte[1024];
        byte[] start = magic.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(start, 0, bytes, 0, start.length);
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        Images images = Images.ofHost(Tools.log(lines));
        try (BlockImage image = images.open(DriveOptions.of(file.toString(), null, false))) {
            assertEquals("raw", image.format());
            assertTrue(lines.toString(StandardCharsets.UTF_8).contains("was not given"));
            LinuxException e =
                    assertThrows(LinuxException.class, () -> image.write(0, Tools.memory(bytes)));
            assertEquals(BlockError.NOT_PERMITTED, BlockError.of(e));
            assertFalse(image.tryWrite(0, Tools.memory(bytes), 0, 1024));
            // Nor in pieces.
            byte[] rest = java.util.Arrays.copyOfRange(bytes, 1, 512);
            image.write(1, Tools.memory(rest));
            byte[] first = {bytes[0]};
            assertThrows(LinuxException.class, () -> image.write(0, Tools.memory(first)));
            image.write(512, Tools.memory(bytes));
        }
        try (BlockImage image = Tools.open(file, "raw")) {
            image.write(0, Tools.memory(bytes));
        }
    }

    @Test
    void a_known_other_format_is_refused_by_name() throws IOException {
        Path file = directory.resolve("disk.vmdk");
        Files.write(file, "KDMVxxxx".getBytes(StandardCharsets.US_ASCII));
        ImageException e = assertThrows(ImageException.class, () -> Tools.open(file, null));
        assertTrue(e.getMessage().contains("'vmdk'"), e.getMessage());
    }

    @Test
    void qcow2_is_found_by_probing() throws IOException {
        Path file = directory.resolve("disk");
        try (HostImageFile image = HostImageFile.create(file.toString())) {
            new Qcow2Creator(1 << 20, 3, 16, 4, false, false, null, null).create(image);
        }
        try (BlockImage image = Tools.open(file, null)) {
            assertEquals("qcow2", image.format());
        }
    }
}
