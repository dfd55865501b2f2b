package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.linux.IoVector;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** {@code cache=none}: the same bytes at any alignment, past the page cache. */
class DirectFileTest {
    @TempDir Path folder;

    @BeforeEach
    void needDirectAccess() throws IOException {
        Path probe = Files.write(folder.resolve("probe"), new byte[4096]);
        try (HostImageFile file = HostImageFile.open(probe.toString(), false)) {
            file.bypassCache();
        } catch (LinuxException e) {
            Assumptions.assumeFalse(
                    e.is(Errno.EINVAL), "no O_DIRECT on the file system of " + folder);
            throw e;
        }
    }

    private static BlockImage open(Path path, String format) throws IOException, OptionException {
        String text = "if=none,id=d,cache=none,discard=unmap,file=" + path + ",format=" + format;
        DriveOptions options = DriveOptions.ofDrive(OptionList.parse("-drive", text, null));
        return Images.ofHost(Tools.log()).open(options);
    }

    @Test
    void a_file_reads_and_writes_at_any_alignment() throws IOException {
        long seed = Tools.seed("DirectFileTest");
        Random random = new Random(seed);
        byte[] model = Tools.random(random, 600_000 + random.nextInt(1000));
        Path path = Files.write(folder.resolve("file"), model);
        try (DirectFile file = DirectFile.over(HostImageFile.open(path.toString(), false))) {
            for (int i = 0; i < 300; i++) {
                int offset = random.nextInt(model.length + 2000);
                int length = 1 + random.nextInt(i % 10 == 0 ? 500_000 : 9000);
                if (random.nextInt(4) == 0) {
                    offset &= -4096;
                    length = (length + 4095) & -4096;
                }
                if (random.nextBoolean()) {
                    byte[] bytes = Tools.random(random, length);
                    file.write(offset, Tools.scattered(bytes, random), 0, length);
                    model = Arrays.copyOf(model, Math.max(model.length, offset + length));
                    System.arraycopy(bytes, 0, model, offset, length);
                    assertEquals(model.length, file.sizeBytes());
                } else {
                    check(file, model, offset, length, random);
                }
            }
        }
        assertArrayEquals(model, Files.readAllBytes(path));
    }

    private static void check(ImageFile file, byte[] model, int offset, int length, Random random)
            throws IOException {
        IoVector into = Tools.scattered(new byte[length], random);
        long read = file.read(offset, into, 0, length);
        assertEquals(Math.clamp((long) model.length - offset, 0, length), read);
        MemorySegment got = Arena.ofAuto().allocate(length);
        into.copyTo(got, 0, 0, read);
        MemorySegment wanted = MemorySegment.ofArray(model);
        assertEquals(
                -1, read == 0 ? -1 : got.asSlice(0, read).mismatch(wanted.asSlice(offset, read)));
    }

    @Test
    void images_of_both_formats_hold_what_was_written() throws IOException, OptionException {
        Random random = new Random(Tools.seed("DirectFileTest"));
        for (String format : new String[] {"raw", "qcow2"}) {
            Path path = folder.resolve("image." + format);
            Tools.needPeer("qemu-img");
            Tools.succeed("qemu-img", "create", "-q", "-f", format, path.toString(), "4M");
            byte[] model = new byte[4 << 20];
            try (BlockImage image = open(path, format)) {
                assertTrue(image.isSlow());
                for (int i = 0; i < 60; i++) {
                    int offset = 512 * random.nextInt(8000);
                    int length = 512 * (1 + random.nextInt(190));
                    byte[] bytes = Tools.random(random, length);
                    image.write(offset, Tools.scattered(bytes, random));
                    System.arraycopy(bytes, 0, model, offset, length);
                }
                assertArrayEquals(model, Tools.read(image, 0, model.length));
            }
            try (BlockImage image = Tools.open(path, format)) {
                assertFalse(image.isSlow());
                assertArrayEquals(model, Tools.read(image, 0, model.length));
            }
            if (format.equals("qcow2")) {
                Tools.succeed("qemu-img", "check", path.toString());
            }
        }
    }
}
