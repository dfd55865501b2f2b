package dev.skerry.platform.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.MemFd;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.ValueLayout;

class RamBlockTest {
    @Nested
    class Mapped {
        @Test
        void a_part_of_a_file_outlives_the_descriptor_and_is_shared() throws IOException {
            RamBlock part;
            RamBlock whole;
            try (Fd fd = MemFd.sealed("guest", 0x4000)) {
                part = RamBlock.map(fd, 0x1800, 0x1000);
                whole = RamBlock.map(fd, 0, 0x4000);
            }
            part.segment().set(ValueLayout.JAVA_BYTE, 4, (byte) 0x44);
            assertEquals(0x44, whole.segment().get(ValueLayout.JAVA_BYTE, 0x1804));
            assertEquals(0x1000, part.sizeBytes());
            part.release();
            whole.release();
        }

        @ParameterizedTest
        @CsvSource({
            "0, 0x4001",
            "0x4000, 1",
            "-1, 1",
            "0, 0",
            "0, -1",
            "0x1000, 0x7fffffffffffffff"
        })
        void a_part_beyond_the_file_is_refused(String offset, String size) throws IOException {
            try (Fd fd = MemFd.sealed("guest", 0x4000)) {
                assertThrows(
                        LinuxException.class,
                        () -> RamBlock.map(fd, Long.decode(offset), Long.decode(size)));
            }
        }

        @Test
        void an_owned_descriptor_gives_the_same_memory_and_closes_with_the_block()
                throws IOException {
            Fd fd = MemFd.sealed("guest", 0x4000);
            RamBlock block = RamBlock.mapOwned(fd, 0x1000, 0x2000);
            RamBlock again = RamBlock.map(block.fd(), block.fileOffset(), block.sizeBytes());
            block.segment().set(ValueLayout.JAVA_BYTE, 4, (byte) 0x44);
            assertEquals(0x44, again.segment().get(ValueLayout.JAVA_BYTE, 4));
            block.release();
            assertFalse(fd.isOpen());
            assertThrows(IllegalStateException.class, again::fd);
            again.release();
        }

        @Test
        void allocated_memory_can_be_mapped_by_its_descriptor() throws IOException {
            RamBlock block = RamBlock.allocate("guest", 0x1000);
            RamBlock again = RamBlock.map(block.fd(), block.fileOffset(), 0x1000);
            again.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 0x21);
            assertEquals(0x21, block.segment().get(ValueLayout.JAVA_BYTE, 0));
            block.release();
            again.release();
        }

        @Test
        void an_owned_descriptor_is_closed_when_the_block_cannot_be_had() throws IOException {
            Fd fd = MemFd.sealed("guest", 0x1000);
            assertThrows(LinuxException.class, () -> RamBlock.mapOwned(fd, 0, 0x2000));
            assertFalse(fd.isOpen());
        }

        @Test
        void what_is_no_file_is_refused_naming_the_descriptor() throws IOException {
            try (EventFd event = EventFd.create()) {
                IOException e =
                        assertThrows(IOException.class, () -> RamBlock.map(event.fd(), 0, 4096));
                assertEquals(event.fd() + " is not a file that holds memory", e.getMessage());
            }
        }

        @Test
        void the_same_piece_of_the_same_file_is_recognised() throws IOException {
            try (Fd fd = MemFd.sealed("guest", 0x4000);
                    Fd copy = fd.duplicate();
                    Fd other = MemFd.sealed("guest", 0x4000)) {
                RamBlock block = RamBlock.map(fd, 0x1000, 0x2000);
                assertTrue(block.isSame(copy.status(), 0x1000, 0x2000));
                assertFalse(block.isSame(other.status(), 0x1000, 0x2000));
                assertFalse(block.isSame(fd.status(), 0, 0x2000));
                assertFalse(block.isSame(fd.status(), 0x1000, 0x1000));
                block.release();
            }
        }
    }

    /** A peer may shrink a file that was not sealed. The guest then reads ones, nothing throws. */
    @Nested
    class CutShort {
        private static final int SIZE = 0x10000;

        /**
         * HotSpot throws a fault of mapped memory at the next safepoint poll. In compiled code that
         * once lay behind the try block, so the error escaped, but only after tens of thousands of
         * accesses.
         */
        @ParameterizedTest
        @ValueSource(ints = {0, 100_000})
        void values_read_as_ones_and_writes_go_nowhere(int accessesBefore) throws IOException {
            try (Fd fd = MemFd.resizable("guest", SIZE)) {
                RamBlock block = RamBlock.map(fd, 0, SIZE);
                AddressSpace space = Regions.space(new RamRegion("ram", block, false));
                for (int i = 0; i < accessesBefore; i++) {
                    long gpa = i * 8L % SIZE;
                    space.write(gpa, 8, i);
                    assertEquals(i, space.read(gpa, 8));
                }
                fd.truncate(0x1000);
                for (int i = 0; i < 5_000; i++) {
                    long gpa = 0x1000 + i * 8L % (SIZE - 0x1000);
                    int size = 1 << (i & 3);
                    space.write(gpa, size, 0);
                    assertEquals(AccessSizes.ones(size), space.read(gpa, size));
                }
                space.write(0xff8, 8, 42);
                assertEquals(42, space.read(0xff8, 8));
                block.release();
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 100_000})
        void copies_are_told_and_read_as_ones(int accessesBefore) throws IOException {
            try (Fd fd = MemFd.resizable("guest", SIZE)) {
                RamBlock block = RamBlock.map(fd, 0, SIZE);
                AddressSpace space = Regions.space(new RamRegion("ram", block, false));
                var bytes = Regions.buffer(64, 0x55);
                for (int i = 0; i < accessesBefore; i++) {
                    assertTrue(space.write(i * 64L % SIZE, bytes, 0, 64));
                    assertTrue(space.read(i * 64L % SIZE, bytes, 0, 64));
                }
                fd.truncate(0x1000);
                for (int i = 0; i < 5_000; i++) {
                    long gpa = 0x1000 + i * 64L % (SIZE - 0x1000);
                    assertFalse(space.write(gpa, bytes, 0, 64));
                    bytes.fill((byte) 0);
                    assertFalse(space.read(gpa, bytes, 0, 64));
                    assertEquals(-1, bytes.get(ValueLayout.JAVA_LONG, 0));
                    assertEquals(-1, bytes.get(ValueLayout.JAVA_LONG, 56));
                }
                block.release();
            }
        }
    }
}
