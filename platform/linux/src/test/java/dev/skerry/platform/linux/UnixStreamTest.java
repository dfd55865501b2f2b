package dev.skerry.platform.linux;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/** Bytes and the life of a stream; descriptors are in {@link UnixStreamFdsTest}. */
class UnixStreamTest {
    private static final int ROOM = 1 << 16;

    private final MemorySegment buffer = Arena.ofAuto().allocate(ROOM);
    private final ReceivedFds fds = new ReceivedFds();
    private UnixStream near;
    private UnixStream far;

    @BeforeEach
    void connect() throws LinuxException {
        UnixStream[] pair = UnixStream.pair();
        near = pair[0];
        far = pair[1];
    }

    @AfterEach
    void close() {
        near.close();
        far.close();
    }

    private void send(UnixStream stream, String text) throws LinuxException {
        assertEquals(text.length(), stream.send(Descriptors.bytes(text), 0, text.length()));
    }

    private String receive(UnixStream stream, int length) throws LinuxException {
        int count = stream.receive(false, buffer, 0, length, fds);
        assertTrue(count > 0, "received " + count);
        return Descriptors.text(buffer, count);
    }

    @Test
    void bytes_go_both_ways() throws LinuxException {
        send(near, "ping");
        assertEquals("ping", receive(far, ROOM));
        send(far, "pong");
        assertEquals("pong", receive(near, ROOM));
        assertEquals(0, fds.count());
    }

    @Test
    void sends_flow_together_and_are_taken_in_pieces() throws LinuxException {
        send(near, "abc");
        send(near, "def");
        assertEquals("ab", receive(far, 2));
        assertEquals("cdef", receive(far, ROOM));
    }

    @Test
    void offsets_choose_the_part_of_the_memory() throws LinuxException {
        assertEquals(3, near.send(Descriptors.bytes("0123456"), 2, 3));
        buffer.fill((byte) '.');
        assertEquals(3, far.receive(false, buffer, 10, 3, fds));
        assertEquals(".234.", Descriptors.text(buffer.asSlice(9), 5));
    }

    @Test
    void an_empty_stream_has_nothing() throws LinuxException {
        assertEquals(UnixStream.NOTHING, near.receive(false, buffer, 0, ROOM, fds));
    }

    @Test
    void the_end_comes_after_everything_that_was_sent() throws LinuxException {
        send(near, "last");
        near.close();
        assertEquals("last", receive(far, ROOM));
        assertEquals(UnixStream.END, far.receive(false, buffer, 0, ROOM, fds));
        assertEquals(UnixStream.END, far.receive(false, buffer, 0, ROOM, fds));
    }

    @Test
    void the_end_comes_too_when_the_peer_left_bytes_unread() throws LinuxException {
        send(far, "never read");
        near.close();
        assertEquals(UnixStream.END, far.receive(false, buffer, 0, ROOM, fds));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sending_to_a_closed_peer_fails_and_the_process_lives(boolean withFd)
            throws LinuxException {
        near.close();
        try (Fd memory = MemFd.sealed("unwanted", 4096)) {
            Fd[] carried = withFd ? new Fd[] {memory} : new Fd[0];
            LinuxException e =
                    assertThrows(LinuxException.class, () -> far.send(buffer, 0, 1, carried));
            assertTrue(e.is(Errno.EPIPE));
            assertEquals(
                    (withFd ? "sendmsg(" : "sendto(")
                            + far.fd()
                            + "): EPIPE, the other end is closed",
                    e.getMessage());
        }
    }

    @Test
    void sending_after_the_peer_left_bytes_unread_is_the_same_failure() throws LinuxException {
        send(far, "never read");
        near.close();
        LinuxException e = assertThrows(LinuxException.class, () -> far.send(buffer, 0, 1));
        assertTrue(e.is(Errno.EPIPE));
    }

    @Test
    void a_full_stream_takes_nothing_instead_of_waiting() throws LinuxException {
        long sent = 0;
        int now;
        while ((now = near.send(buffer, 0, ROOM)) > 0) {
            sent += now;
        }
        assertFalse(near.awaitWritable(0));
        long received = 0;
        while ((now = far.receive(false, buffer, 0, ROOM, fds)) > 0) {
            received += now;
        }
        assertEquals(sent, received);
        assertTrue(near.awaitWritable(0));
    }

    @Test
    void waiting_for_input_ends_with_false_when_the_time_is_over() throws LinuxException {
        assertFalse(near.awaitReadable(0));
        assertFalse(near.awaitReadable(1_000_000));
        assertFalse(near.awaitReadable(-1));
    }

    @Test
    void waiting_for_input_ends_with_bytes_or_with_the_end() throws Exception {
        MemorySegment x = Descriptors.bytes("x");
        Thread sender =
                Thread.ofPlatform().start(() -> assertDoesNotThrow(() -> far.send(x, 0, 1)));
        assertTrue(near.awaitReadable(Descriptors.PATIENCE_NS));
        sender.join();
        assertEquals("x", receive(near, ROOM));
        Thread closer = Thread.ofPlatform().start(far::shutdown);
        assertTrue(near.awaitReadable(Descriptors.PATIENCE_NS));
        closer.join();
        assertEquals(UnixStream.END, near.receive(false, buffer, 0, ROOM, fds));
    }

    @Test
    void shutdown_ends_both_directions_for_both() throws LinuxException {
        near.shutdown();
        assertEquals(UnixStream.END, near.receive(false, buffer, 0, ROOM, fds));
        assertEquals(UnixStream.END, far.receive(false, buffer, 0, ROOM, fds));
        assertThrows(LinuxException.class, () -> near.send(buffer, 0, 1));
        assertThrows(LinuxException.class, () -> far.send(buffer, 0, 1));
    }

    /** Both waits once shared one struct pollfd, so that one waited for the other's event. */
    @Test
    void receiver_and_sender_may_wait_at_the_same_time() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        AtomicBoolean alwaysWritable = new AtomicBoolean(true);
        Thread sender =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        while (!done.get()) {
                                            if (!near.awaitWritable(0)) {
                                                alwaysWritable.set(false);
                                            }
                                        }
                                    } catch (LinuxException e) {
                                        alwaysWritable.set(false);
                                    }
                                });
        boolean readable = false;
        for (int i = 0; i < 100_000; i++) {
            readable |= near.awaitReadable(0);
        }
        done.set(true);
        sender.join();
        assertFalse(readable, "nothing was sent, yet the stream was readable");
        assertTrue(alwaysWritable.get(), "the stream is empty, yet it was not writable");
    }

    @Test
    void memory_the_kernel_cannot_use_is_refused() {
        MemorySegment onHeap = MemorySegment.ofArray(new byte[8]);
        assertThrows(IllegalArgumentException.class, () -> near.send(onHeap, 0, 8));
        assertThrows(IllegalArgumentException.class, () -> near.receive(false, onHeap, 0, 8, fds));
        MemorySegment readOnly = buffer.asReadOnly();
        assertThrows(
                IllegalArgumentException.class, () -> near.receive(false, readOnly, 0, 8, fds));
        assertThrows(IndexOutOfBoundsException.class, () -> near.send(buffer, ROOM - 1, 2));
        assertThrows(
                IndexOutOfBoundsException.class, () -> near.receive(false, buffer, -1, 2, fds));
    }

    @Test
    void closing_twice_is_harmless() {
        near.close();
        near.close();
        assertThrows(IllegalStateException.class, () -> near.receive(false, buffer, 0, 1, fds));
    }
}
