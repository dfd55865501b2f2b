package dev.skerry.platform.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

class MappingTest {
    private static final long SIZE = 0x5000;

    private Fd fd;
    private Mapping whole;

    @BeforeEach
    void map_a_file() throws LinuxException {
        fd = MemFd.resizable("mapping-test", SIZE);
        whole = Mapping.of(fd, 0, SIZE, Mapping.Access.READ_WRITE);
    }

    @AfterEach
    void close() {
        whole.close();
        fd.close();
    }

    private static byte at(Mapping mapping, long offset) {
        return mapping.segment().get(ValueLayout.JAVA_BYTE, offset);
    }

    private static void put(Mapping mapping, long offset, int value) {
        mapping.segment().set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0x5000",
        "0, 1",
        "0x1000, 0x1000",
        "0x1234, 0x1000",
        "0xfff, 2",
        "0x4fff, 1",
        "1, 0x4fff",
        "0x3000, 0x2000"
    })
    void a_range_shows_exactly_its_part_of_the_file(String offsetText, String lengthText)
            throws LinuxException {
        long offset = Long.decode(offsetText);
        long length = Long.decode(lengthText);
        put(whole, offset, 0x11);
        put(whole, offset + length - 1, 0x22);
        try (Mapping part = Mapping.of(fd, offset, length, Mapping.Access.READ_WRITE)) {
            assertEquals(length, part.segment().byteSize());
            assertEquals(length == 1 ? 0x22 : 0x11, at(part, 0));
            assertEquals(0x22, at(part, length - 1));
            put(part, length / 2, 0x33);
            assertEquals(0x33, at(whole, offset + length / 2));
        }
    }

    @Test
    void two_mappings_and_a_duplicate_share_the_memory() throws LinuxException {
        try (Fd copy = fd.duplicate();
                Mapping other = Mapping.of(copy, 0, SIZE, Mapping.Access.READ_WRITE)) {
            put(whole, 0x4321, 0x55);
            assertEquals(0x55, at(other, 0x4321));
            put(other, 0x1234, 0x66);
            assertEquals(0x66, at(whole, 0x1234));
        }
    }

    @Test
    void a_mapping_outlives_its_descriptor() {
        put(whole, 7, 0x77);
        fd.close();
        assertEquals(0x77, at(whole, 7));
    }

    @Test
    void a_read_only_mapping_refuses_writes_and_sees_those_of_others() throws LinuxException {
        try (Mapping part = Mapping.of(fd, 0, SIZE, Mapping.Access.READ_ONLY)) {
            assertThrows(IllegalArgumentException.class, () -> put(part, 0, 1));
            put(whole, 0, 9);
            assertEquals(9, at(part, 0));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0x5001",
        "0x5000, 1",
        "0x5001, 1",
        "0x4fff, 2",
        "0x1000, 0x7fffffffffffffff",
        "0x7fffffffffffffff, 1",
        "0x7fffffffffffffff, 0x7fffffffffffffff",
        "0, 0",
        "0x5000, 0",
        "0, -1",
        "0x2000, -0x1000",
        "-1, 1",
        "-0x1000, 0x2000",
        "-0x8000000000000000, 1",
        "-0x8000000000000000, -0x8000000000000000"
    })
    void a_range_outside_the_file_is_refused_telling_range_and_file(
            String offsetText, String lengthText) {
        long offset = Long.decode(offsetText);
        long length = Long.decode(lengthText);
        LinuxException e =
                assertThrows(
                        LinuxException.class,
                        () -> Mapping.of(fd, offset, length, Mapping.Access.READ_WRITE));
        assertTrue(e.is(Errno.EINVAL));
        assertEquals(
                String.format(
                        "mmap(offset 0x%x, length 0x%x, of %s with length 0x5000): EINVAL, invalid argument",
                        offset, length, fd),
                e.getMessage());
    }

    @Test
    void what_cannot_be_mapped_is_refused_with_the_kernels_reason() throws LinuxException {
        try (EventFd event = EventFd.create()) {
            LinuxException e =
                    assertThrows(
                            LinuxException.class,
                            () -> Mapping.of(event.fd(), 0, 1, Mapping.Access.READ_ONLY));
            assertTrue(e.getMessage().startsWith("mmap("), e.getMessage());
        }
    }

    @Test
    void access_after_close_throws_and_the_memory_is_unmapped() throws LinuxException {
        String name = "unmapped-" + System.nanoTime();
        try (Fd other = MemFd.sealed(name, 4096)) {
            Mapping mapping = Mapping.of(other, 0, 4096, Mapping.Access.READ_WRITE);
            MemorySegment segment = mapping.segment();
            assertTrue(maps().contains(name));
            mapping.close();
            assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
            assertThrows(
                    IllegalStateException.class,
                    () -> segment.set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
            assertTrue(!maps().contains(name));
        }
    }

    private static String maps() {
        try {
            return java.nio.file.Files.readString(java.nio.file.Path.of("/proc/self/maps"));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void a_file_cut_short_under_a_mapping_is_an_error_the_process_survives() throws LinuxException {
        put(whole, 0, 1);
        put(whole, 0x4000, 2);
        fd.truncate(0x1000);
        assertThrows(InternalError.class, () -> at(whole, 0x4000));
        assertThrows(InternalError.class, () -> put(whole, 0x1000, 1));
        assertThrows(InternalError.class, () -> whole.segment().toArray(ValueLayout.JAVA_BYTE));
        assertEquals(1, at(whole, 0));
        fd.truncate(SIZE);
        assertEquals(0, at(whole, 0x4000));
    }

    @Nested
    class Files {
        @ParameterizedTest
        @ValueSource(longs = {0, 0x1000, 0x10000})
        void a_sealed_file_can_neither_shrink_nor_grow(long length) throws LinuxException {
            try (Fd sealed = MemFd.sealed("sealed", 0x2000)) {
                LinuxException e =
                        assertThrows(LinuxException.class, () -> sealed.truncate(length));
                assertTrue(e.is(Errno.EPERM), e.getMessage());
                assertEquals(0x2000, sealed.status().sizeBytes());
            }
        }

        @Test
        void a_resizable_file_can() throws LinuxException {
            try (Fd resizable = MemFd.resizable("resizable", 0x2000)) {
                resizable.truncate(0x1000);
                assertEquals(0x1000, resizable.status().sizeBytes());
                resizable.truncate(0x9000);
                assertEquals(0x9000, resizable.status().sizeBytes());
            }
        }

        @Test
        void a_new_file_is_zeroed_and_close_on_exec() throws LinuxException {
            try (Fd sealed = MemFd.sealed("new", 0x2000);
                    Mapping mapping = Mapping.of(sealed, 0, 0x2000, Mapping.Access.READ_ONLY)) {
                assertTrue(Descriptors.isCloseOnExec(sealed.number()));
                for (long i = 0; i < 0x2000; i++) {
                    assertEquals(0, at(mapping, i));
                }
            }
        }

        @Test
        void a_refused_size_leaves_no_descriptor_behind() {
            String name = "refused-" + System.nanoTime();
            assertThrows(LinuxException.class, () -> MemFd.sealed(name, -1));
            assertEquals(0, Descriptors.openOn(name));
        }

        @Test
        void a_refused_name_is_told() {
            String name = "n".repeat(250);
            LinuxException e = assertThrows(LinuxException.class, () -> MemFd.resizable(name, 1));
            assertEquals("memfd_create(" + name + "): EINVAL, invalid argument", e.getMessage());
        }
    }
}
