package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.skerry.platform.linux.LinuxException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.Random;

/** A host that runs out of space, or fails, now and then. */
class FaultTest {
    private static final int SIZE = 1 << 20;
    private static final int ENOSPC = 28;
    private static final int EIO = 5;

    /** Fails some of the changes, without doing them. */
    private static final class Failing extends MemoryImageFile {
        final Random random;
        final int errno;
        int oneIn;
        int failures;

        Failing(byte[] bytes, Random random, int errno) {
            super(bytes);
            this.random = random;
            this.errno = errno;
        }

        @Override
        void before(Change change) throws IOException {
            if (oneIn > 0 && random.nextInt(oneIn) == 0) {
                failures++;
                throw new LinuxException("pwritev2", errno, "injected");
            }
        }
    }

    static byte[] empty(int clusterBits) throws IOException {
        MemoryImageFile file = new MemoryImageFile(new byte[0]);
        new Qcow2Creator(SIZE, 3, clusterBits, 4, false, false, null, null).create(file);
        return file.contents();
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 12, 16})
    void failed_writes_change_nothing_else_and_leave_no_corruption(int clusterBits)
            throws IOException {
        Random random = new Random(Tools.seed("faults, cluster_bits " + clusterBits));
        Failing file = new Failing(empty(clusterBits), random, ENOSPC);
        Qcow2Image image = file.openQcow2(null);
        byte[] contents = new byte[SIZE];
        for (int i = 0; i < 200; i++) {
            int length = 1 + random.nextInt(40_000);
            int offset = random.nextInt(SIZE - length);
            byte[] bytes = Tools.random(random, length);
            file.oneIn = 6;
            try {
                image.write(offset, Tools.memory(bytes));
                System.arraycopy(bytes, 0, contents, offset, length);
                if (random.nextInt(5) == 0) {
                    image.flush();
                }
            } catch (LinuxException e) {
                assertEquals(BlockError.NO_SPACE, BlockError.of(e));
            }
            file.oneIn = 0;
            // A write that failed half way may have written its first half, and only that.
            byte[] now = Tools.read(image, 0, SIZE);
            for (int b = 0; b < SIZE; b++) {
                boolean mayBeNew = b >= offset && b < offset + length;
                if (now[b] != contents[b] && !(mayBeNew && now[b] == bytes[b - offset])) {
                    fail("byte " + b + " after operation " + i);
                }
            }
            contents = now;
        }
        assertTrue(file.failures > 20, file.failures + " failures");
        image.close();
        Qcow2Check check = Qcow2Check.run(file, Qcow2Header.read(file));
        assertEquals(0, check.errors(), () -> String.join("\n", check.messages()));
    }

    @Test
    void a_failed_flush_is_told_and_the_next_one_makes_up_for_it() throws IOException {
        Failing file = new Failing(empty(16), new Random(1), EIO);
        Qcow2Image image = file.openQcow2(null);
        image.write(0, Tools.memory(new byte[] {1, 2, 3}));
        file.oneIn = 1;
        LinuxException e =
                org.junit.jupiter.api.Assertions.assertThrows(LinuxException.class, image::flush);
        assertEquals(BlockError.IO, BlockError.of(e));
        file.oneIn = 0;
        image.flush();
        MemoryImageFile again = new MemoryImageFile(file.contents());
        assertEquals(2, Tools.read(again.openQcow2(null), 1, 1)[0]);
    }
}
