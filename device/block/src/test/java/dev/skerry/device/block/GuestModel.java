package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;

/** What a disk must hold, in memory, and random operations on both. */
final class GuestModel {
    final byte[] contents;
    private final Random random;

    GuestModel(int size, Random random) {
        contents = new byte[size];
        this.random = random;
    }

    /** One random operation on an image, checked. */
    void step(BlockImage image) throws IOException {
        int most = 1 << random.nextInt(1, 19);
        int length = Math.min(contents.length, 1 + random.nextInt(most));
        int offset = random.nextInt(contents.length - length + 1);
        if (random.nextInt(3) > 0) {
            length = Math.max(512, length & -512);
            offset = Math.min(contents.length - length, offset & -512);
        }
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> check(image, offset, length);
            case 3, 4, 5, 6 -> write(image, offset, length);
            case 7 -> zero(image, offset, length);
            case 8 -> discard(image, offset, length);
            default -> image.flush();
        }
    }

    void write(BlockImage image, int offset, int length) throws IOException {
        byte[] bytes = Tools.random(random, length);
        IoVector vector = Tools.scattered(bytes, random);
        if (!image.tryWrite(offset, vector, 0, length)) {
            image.write(offset, vector);
        }
        System.arraycopy(bytes, 0, contents, offset, length);
    }

    void zero(BlockImage image, int offset, int length) throws IOException {
        image.writeZeroes(offset, length, random.nextBoolean());
        Arrays.fill(contents, offset, offset + length, (byte) 0);
    }

    /** Each byte reads as before or as zero; whichever it is becomes what must be. */
    void discard(BlockImage image, int offset, int length) throws IOException {
        image.discard(offset, length);
        byte[] now = Tools.read(image, offset, length);
        for (int i = 0; i < length; i++) {
            if (now[i] != 0 && now[i] != contents[offset + i]) {
                fail("byte " + (offset + i) + " is neither as before nor zero after a discard");
            }
        }
        System.arraycopy(now, 0, contents, offset, length);
    }

    void check(BlockImage image, int offset, int length) throws IOException {
        byte[] expected = Arrays.copyOfRange(contents, offset, offset + length);
        byte[] found = Tools.read(image, offset, length);
        int at = Arrays.mismatch(expected, found);
        if (at >= 0) {
            fail("differs at byte " + (offset + at) + " in a read of " + length + " at " + offset);
        }
    }

    void checkAll(BlockImage image) throws IOException {
        for (int at = 0; at < contents.length; at += 1 << 20) {
            check(image, at, Math.min(1 << 20, contents.length - at));
        }
        assertArrayEquals(new byte[0], Tools.read(image, contents.length, 0));
    }
}
