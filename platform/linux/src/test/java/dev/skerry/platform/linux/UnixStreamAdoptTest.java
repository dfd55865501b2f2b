package dev.skerry.platform.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Which descriptors a stream can be made of. */
class UnixStreamAdoptTest {
    private void refused(Fd fd, Errno expected) {
        LinuxException e = assertThrows(LinuxException.class, () -> UnixStream.adopt(fd));
        assertEquals(expected, e.errno(), e.getMessage());
        assertTrue(e.getMessage().startsWith("getsockopt(fd "), e.getMessage());
        assertFalse(fd.isOpen());
    }

    private static Fd[] pairOf(int call, long a, long b) {
        MemorySegment numbers = Arena.ofAuto().allocate(8, 4);
        assertEquals(
                0,
                call == Sys.SOCKETPAIR
                        ? Sys.call(call, a, b, 0, numbers.address())
                        : Sys.call(call, numbers.address(), a));
        return new Fd[] {
            Fd.made(numbers.get(ValueLayout.JAVA_INT, 0)),
            Fd.made(numbers.get(ValueLayout.JAVA_INT, 4))
        };
    }

    @Test
    void a_unix_stream_works() throws LinuxException {
        UnixStream[] pair = UnixStream.pair();
        try (UnixStream adopted = UnixStream.adopt(pair[0].fd().duplicate())) {
            assertEquals(1, adopted.send(Descriptors.bytes("x"), 0, 1));
            assertEquals(
                    1, pair[1].receive(false, Descriptors.bytes("-"), 0, 1, new ReceivedFds()));
        }
        pair[0].close();
        pair[1].close();
    }

    @Test
    void a_file_is_refused_and_closed() throws LinuxException {
        refused(MemFd.sealed("no-socket", 4096), new Errno(88));
    }

    @Test
    void an_event_counter_is_refused_and_closed() throws LinuxException {
        refused(EventFd.create().fd(), new Errno(88));
    }

    @Test
    void both_ends_of_a_pipe_are_refused_and_closed() {
        for (Fd end : pairOf(293, 0x80000, 0)) { // pipe2, O_CLOEXEC
            refused(end, new Errno(88));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5}) // SOCK_DGRAM, SOCK_SEQPACKET
    void unix_sockets_of_other_types_are_refused_and_closed(int type) {
        for (Fd end : pairOf(Sys.SOCKETPAIR, 1, type | 0x80000)) {
            refused(end, Errno.EINVAL);
        }
    }

    @Test
    void a_stream_socket_of_another_family_is_refused_and_closed() {
        refused(Fd.made(Sys.call(41, 2, 1 | 0x80000, 0)), Errno.EINVAL); // socket, AF_INET
    }
}
