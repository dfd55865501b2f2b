package dev.skerry.platform.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FdTest {
    @Test
    void a_closed_descriptor_is_closed_in_the_kernel_and_says_so() throws LinuxException {
        Fd fd = MemFd.resizable("closing", 1);
        int number = fd.number();
        assertEquals("fd " + number, fd.toString());
        fd.close();
        assertFalse(Descriptors.isOpen(number));
        assertFalse(fd.isOpen());
        assertEquals("fd closed", fd.toString());
        assertThrows(IllegalStateException.class, fd::number);
        assertThrows(IllegalStateException.class, fd::status);
    }

    @Test
    void closing_twice_leaves_the_next_owner_of_the_number_alone() throws LinuxException {
        try (Fd other = MemFd.resizable("other", 1)) {
            Fd fd = MemFd.resizable("closing", 1);
            int number = fd.number();
            fd.close();
            Descriptors.duplicateTo(other, number);
            fd.close();
            assertTrue(Descriptors.isOpen(number));
            Descriptors.closeNumber(number);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {99_999, -1})
    void an_inherited_number_that_is_not_open_is_named(int number) {
        LinuxException e = assertThrows(LinuxException.class, () -> Fd.inherited(number));
        assertTrue(e.is(Errno.EBADF));
        assertEquals(
                "fcntl(fd " + number + ", F_GETFD): EBADF, no such descriptor", e.getMessage());
    }

    @Test
    void an_inherited_descriptor_becomes_close_on_exec() throws LinuxException {
        int number = 201;
        try (Fd fd = MemFd.resizable("inherited", 1)) {
            Descriptors.duplicateTo(fd, number);
            assertFalse(Descriptors.isCloseOnExec(number));
            try (Fd inherited = Fd.inherited(number)) {
                assertEquals(number, inherited.number());
                assertTrue(Descriptors.isCloseOnExec(number));
            }
            assertFalse(Descriptors.isOpen(number));
        }
    }

    @Test
    void a_duplicate_is_the_same_file_with_a_life_of_its_own() throws LinuxException {
        Fd fd = MemFd.resizable("original", 4096);
        try (Fd copy = fd.duplicate()) {
            assertNotEquals(fd.number(), copy.number());
            assertEquals(fd.status(), copy.status());
            assertTrue(Descriptors.isCloseOnExec(copy.number()));
            fd.close();
            assertEquals(4096, copy.status().sizeBytes());
        }
    }

    @Test
    void a_duplicate_from_a_number_on_is_at_least_that() throws LinuxException {
        try (Fd fd = MemFd.resizable("original", 1);
                Fd copy = fd.duplicateFrom(300)) {
            assertTrue(copy.number() >= 300);
            assertTrue(Descriptors.isCloseOnExec(copy.number()));
        }
    }

    @Test
    void a_descriptor_made_non_blocking_is() throws LinuxException {
        UnixStream[] pair = UnixStream.pair();
        assertFalse(Descriptors.isNonBlocking(pair[0].fd()));
        pair[0].fd().setNonBlocking();
        assertTrue(Descriptors.isNonBlocking(pair[0].fd()));
        pair[0].fd().setNonBlocking();
        assertTrue(Descriptors.isNonBlocking(pair[0].fd()));
        pair[0].close();
        pair[1].close();
    }

    @Test
    void status_tells_files_from_other_things() throws LinuxException {
        try (Fd memory = MemFd.resizable("status", 12345);
                EventFd event = EventFd.create()) {
            assertTrue(memory.status().isRegularFile());
            assertEquals(12345, memory.status().sizeBytes());
            assertFalse(event.fd().status().isRegularFile());
        }
    }

    @Test
    void status_tells_two_files_apart() throws LinuxException {
        try (Fd one = MemFd.resizable("same", 1);
                Fd two = MemFd.resizable("same", 1)) {
            assertNotEquals(one.status().inode(), two.status().inode());
        }
    }

    @Test
    void a_failure_names_call_descriptor_and_arguments() throws LinuxException {
        try (Fd fd = MemFd.resizable("failing", 1)) {
            LinuxException e = assertThrows(LinuxException.class, () -> fd.truncate(-1));
            assertEquals(
                    "ftruncate(" + fd + ", length -1): EINVAL, invalid argument", e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mmap  | 12   | fd 5, length 1 | mmap(fd 5, length 1): ENOMEM, out of memory",
                "kill  | 1    | ''             | kill(): EPERM, operation not permitted",
                "ioctl | 4095 | fd 3           | ioctl(fd 3): errno 4095",
            })
    void an_exception_prints_call_arguments_and_error(
            String call, int errno, String arguments, String expected) {
        LinuxException e = new LinuxException(call, errno, arguments);
        assertEquals(expected, e.getMessage());
        assertEquals(new Errno(errno), e.errno());
        assertTrue(e.is(new Errno(errno)));
        assertFalse(e.is(new Errno(errno + 1)));
    }
}
