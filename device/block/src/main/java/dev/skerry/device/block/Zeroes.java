package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Zeroes to write where a file system has no quicker way. */
final class Zeroes {
    private static final MemorySegment ZEROES = Arena.ofAuto().allocate(256 * 1024, 4096);

    private Zeroes() {}

    /** Writes zeroes to a range, growing the file if need be. */
    static void write(ImageFile file, long offset, long lengthBytes) throws IOException {
        IoVector vector = new IoVector();
        for (long done = 0; done < lengthBytes; ) {
            long part = Math.min(lengthBytes - done, 4L << 20);
            vector.clear();
            append(vector, part);
            file.write(offset + done, vector, 0, part);
            done += part;
        }
    }

    /** Adds zeroes to a list of memory that will only be written from. */
    static void append(IoVector vector, long lengthBytes) {
        for (long left = lengthBytes; left > 0; left -= ZEROES.byteSize()) {
            vector.add(ZEROES, 0, Math.min(left, ZEROES.byteSize()));
        }
    }
}
