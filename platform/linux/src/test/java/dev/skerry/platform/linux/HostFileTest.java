package dev.skerry.platform.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

class HostFileTest {
    @TempDir Path directory;

    private String path() {
        return directory.resolve("file").toString();
    }

    private static MemorySegment nativeCopy(byte[] bytes) {
        return Arena.ofAuto()
                .allocate(Math.max(1, bytes.length))
                .copyFrom(MemorySegment.ofArray(bytes));
    }

    @Test
    void a_transfer_goes_to_and_from_scattered_memory_at_any_place() throws IOException {
        byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        MemorySegment memory = nativeCopy(bytes);
        IoVector vector = new IoVector();
        // More pieces than one call takes.
        for (int at = 0; at < bytes.length; at += 100) {
            vector.add(memory, at, 100);
        }
        try (HostFile file = HostFile.open(path(), HostFile.Mode.CREATE)) {
            file.write(5, vector, 7, bytes.length - 7);
            assertEquals(5 + bytes.length - 7, file.sizeBytes());
            MemorySegment back = Arena.ofAuto().allocate(bytes.length);
            long read = file.read(5, IoVector.of(back), 7, bytes.length - 7);
            assertEquals(bytes.length - 7, read);
            assertEquals(-1, memory.asSlice(7).mismatch(back.asSlice(7)));
            file.sync();
        }
        byte[] found = Files.readAllBytes(Path.of(path()));
        assertArrayEquals(
                java.util.Arrays.copyOfRange(bytes, 7, bytes.length),
                java.util.Arrays.copyOfRange(found, 5, found.length));
    }

    @Test
    void a_read_ends_where_the_file_does() throws IOException {
        Files.write(Path.of(path()), new byte[10]);
        try (HostFile file = HostFile.open(path(), HostFile.Mode.READ_ONLY)) {
            IoVector vector = IoVector.of(Arena.ofAuto().allocate(100));
            assertEquals(4, file.read(6, vector, 0, 100));
            assertEquals(0, file.read(10, vector, 0, 100));
            assertFalse(file.tryRead(6, vector, 0, 100));
        }
    }

    @Test
    void what_is_in_the_page_cache_is_read_without_waiting() throws IOException {
        Files.write(Path.of(path()), new byte[] {1, 2, 3, 4});
        try (HostFile file = HostFile.open(path(), HostFile.Mode.READ_WRITE)) {
            MemorySegment memory = Arena.ofAuto().allocate(4);
            IoVector vector = IoVector.of(memory);
            file.read(0, vector, 0, 4);
            memory.fill((byte) 0);
            assertTrue(file.tryRead(0, vector, 0, 4));
            assertEquals(3, memory.get(ValueLayout.JAVA_BYTE, 2));
            // Whether a write can be promised not to wait is the file system's business.
            memory.fill((byte) 9);
            if (!file.tryWrite(0, vector, 0, 4)) {
                file.write(0, vector, 0, 4);
            }
        }
        assertArrayEquals(new byte[] {9, 9, 9, 9}, Files.readAllBytes(Path.of(path())));
    }

    @Test
    void holes_are_made_found_and_read_as_zeroes() throws IOException {
        byte[] bytes = new byte[64 << 10];
        java.util.Arrays.fill(bytes, (byte) 7);
        Files.write(Path.of(path()), bytes);
        try (HostFile file = HostFile.open(path(), HostFile.Mode.READ_WRITE)) {
            if (!file.punchHole(16 << 10, 16 << 10)) {
                return;
            }
            assertEquals(16 << 10, file.nextHole(0));
            assertEquals(32 << 10, file.nextData(16 << 10));
            assertEquals(-1, file.nextData(64 << 10));
            file.zeroRange(0, 4096);
            file.truncate(128 << 10);
            assertEquals(128 << 10, file.sizeBytes());
            MemorySegment memory = Arena.ofAuto().allocate(4).fill((byte) 1);
            file.read(20 << 10, IoVector.of(memory), 0, 4);
            assertEquals(0, memory.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
        }
    }

    @Test
    void opening_fails_with_the_kernels_reason() {
        LinuxException e =
                assertThrows(
                        LinuxException.class, () -> HostFile.open(path(), HostFile.Mode.READ_ONLY));
        assertTrue(e.is(Errno.ENOENT));
        assertTrue(e.getMessage().startsWith("openat(" + path()), e.getMessage());
        LinuxException directoryRefused =
                assertThrows(
                        LinuxException.class,
                        () -> HostFile.open(directory.toString(), HostFile.Mode.READ_ONLY));
        assertTrue(directoryRefused.is(Errno.EINVAL));
    }

    @Test
    void memory_the_kernel_must_not_touch_is_refused() throws IOException {
        try (HostFile file = HostFile.open(path(), HostFile.Mode.CREATE)) {
            IoVector heap = IoVector.of(MemorySegment.ofArray(new byte[10]));
            assertThrows(IllegalArgumentException.class, () -> file.write(0, heap, 0, 10));
            IoVector fixed = IoVector.of(Arena.ofAuto().allocate(10).asReadOnly());
            assertThrows(IllegalArgumentException.class, () -> file.read(0, fixed, 0, 10));
            file.write(0, fixed, 0, 10);
            IoVector small = IoVector.of(Arena.ofAuto().allocate(10));
            assertThrows(IndexOutOfBoundsException.class, () -> file.read(0, small, 1, 10));
        }
    }

    @Test
    void byte_locks_belong_to_the_opening() throws IOException {
        HostFile one = HostFile.open(path(), HostFile.Mode.CREATE);
        try (HostFile two = HostFile.open(path(), HostFile.Mode.READ_WRITE)) {
            assertTrue(ByteLocks.lockShared(one, 100));
            assertTrue(ByteLocks.lockShared(two, 100));
            assertTrue(ByteLocks.isHeldElsewhere(one, 100));
            assertFalse(ByteLocks.isHeldElsewhere(one, 101));
            ByteLocks.unlock(two, 100);
            assertFalse(ByteLocks.isHeldElsewhere(one, 100));
            assertTrue(ByteLocks.isHeldElsewhere(two, 100));
            one.close();
            assertFalse(ByteLocks.isHeldElsewhere(two, 100));
        }
    }

    @Test
    void a_list_of_memory_is_copied_and_cut_as_one() {
        MemorySegment memory = Arena.ofAuto().allocate(30);
        IoVector vector = new IoVector();
        vector.add(memory, 20, 10);
        vector.add(memory, 0, 0);
        vector.add(memory, 0, 10);
        assertEquals(2, vector.count());
        assertEquals(20, vector.totalBytes());
        byte[] bytes = new byte[20];
        for (int i = 0; i < 20; i++) {
            bytes[i] = (byte) i;
        }
        vector.copyFrom(MemorySegment.ofArray(bytes), 0, 0, 20);
        assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, 20));
        assertEquals(19, memory.get(ValueLayout.JAVA_BYTE, 9));
        vector.zero(9, 2);
        byte[] back = new byte[4];
        vector.copyTo(MemorySegment.ofArray(back), 0, 8, 4);
        assertArrayEquals(new byte[] {8, 0, 0, 11}, back);
        IoVector part = new IoVector();
        part.add(vector, 8, 4);
        assertEquals(2, part.count());
        assertEquals(4, part.totalBytes());
        assertThrows(IndexOutOfBoundsException.class, () -> part.add(vector, 18, 3));
        vector.clear();
        assertEquals(0, vector.totalBytes());
    }
}
