package dev.skerry.platform.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Descriptors that travel over a stream, and those that do not. */
class UnixStreamFdsTest {
    private static final int ROOM = 4096;
    private static final int EMFILE = 24;

    private final String name = "travelling-" + System.nanoTime();
    private final MemorySegment buffer = Arena.ofAuto().allocate(ROOM);
    private final ReceivedFds fds = new ReceivedFds();
    private UnixStream near;
    private UnixStream far;
    private Fd memory;

    @BeforeEach
    void connect() throws LinuxException {
        UnixStream[] pair = UnixStream.pair();
        near = pair[0];
        far = pair[1];
        memory = MemFd.sealed(name, 4096);
    }

    @AfterEach
    void close() {
        near.close();
        far.close();
        memory.close();
        fds.close();
        assertEquals(0, Descriptors.openOn(name), "descriptors leaked");
    }

    private Fd[] copies(int count) {
        Fd[] copies = new Fd[count];
        java.util.Arrays.fill(copies, memory);
        return copies;
    }

    private void send(String text, Fd... carried) throws LinuxException {
        assertEquals(text.length(), near.send(Descriptors.bytes(text), 0, text.length(), carried));
    }

    private String receive(int length) throws LinuxException {
        int count = far.receive(false, buffer, 0, length, fds);
        assertTrue(count > 0, "received " + count);
        return Descriptors.text(buffer, count);
    }

    /** sendmsg(2) by hand: what this class' own sender would refuse. */
    private void sendRaw(String text, int fdCount) {
        int controlBytes = 16 + 4 * fdCount;
        MemorySegment control = Arena.ofAuto().allocate((controlBytes + 7) & -8, 8);
        control.set(ValueLayout.JAVA_LONG, 0, controlBytes);
        control.set(ValueLayout.JAVA_INT, 8, 1);
        control.set(ValueLayout.JAVA_INT, 12, 1);
        for (int i = 0; i < fdCount; i++) {
            control.set(ValueLayout.JAVA_INT, 16 + 4L * i, memory.number());
        }
        MemorySegment bytes = Descriptors.bytes(text);
        MemorySegment header = Arena.ofAuto().allocate(56 + 16, 8);
        header.set(ValueLayout.JAVA_LONG, 16, header.address() + 56);
        header.set(ValueLayout.JAVA_LONG, 24, 1);
        header.set(ValueLayout.JAVA_LONG, 32, control.address());
        header.set(ValueLayout.JAVA_LONG, 40, control.byteSize());
        header.set(ValueLayout.JAVA_LONG, 56, bytes.address());
        header.set(ValueLayout.JAVA_LONG, 64, text.length());
        assertEquals(text.length(), Sys.call(Sys.SENDMSG, near.fd().number(), header.address(), 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 8, 31, 32})
    void descriptors_arrive_with_their_bytes_as_close_on_exec_copies(int count)
            throws LinuxException {
        send("message", copies(count));
        assertEquals("message", receive(ROOM));
        assertEquals(count, fds.count());
        for (int i = 0; i < count; i++) {
            Fd fd = fds.get(i);
            assertTrue(fd.number() != memory.number());
            assertTrue(Descriptors.isCloseOnExec(fd.number()));
            assertEquals(memory.status(), fd.status());
        }
        assertEquals(1 + count, Descriptors.openOn(name));
    }

    @Test
    void descriptors_arrive_in_the_order_sent() throws LinuxException {
        Fd[] sizes = new Fd[3];
        for (int i = 0; i < 3; i++) {
            sizes[i] = MemFd.sealed(name, 4096L * (i + 1));
        }
        send("x", sizes);
        receive(ROOM);
        for (int i = 0; i < 3; i++) {
            assertEquals(4096L * (i + 1), fds.get(i).status().sizeBytes());
            sizes[i].close();
        }
    }

    @Test
    void the_sender_keeps_its_descriptors() throws LinuxException {
        send("x", memory);
        assertTrue(memory.isOpen());
        memory.close();
        receive(ROOM);
        assertEquals(4096, fds.get(0).status().sizeBytes());
    }

    @Test
    void more_descriptors_than_the_limit_are_not_sent() {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class, () -> near.send(buffer, 0, 1, copies(33)));
        assertEquals("33 descriptors, the limit is 32", e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {33, 100, 253})
    void more_descriptors_than_fit_are_refused_and_none_leaks(int count) {
        sendRaw("message", count);
        LinuxException e =
                assertThrows(LinuxException.class, () -> far.receive(false, buffer, 0, ROOM, fds));
        assertEquals(EMFILE, e.errno().value());
        assertEquals(
                "recvmsg("
                        + far.fd()
                        + ", more than 32 descriptors, or no room for them): EMFILE, too many open files",
                e.getMessage());
        assertEquals(0, fds.count());
        assertEquals(1, Descriptors.openOn(name));
    }

    /** The kernel then writes no control message at all, only a flag; that was once overlooked. */
    @Test
    void descriptors_lost_because_the_process_may_open_no_more_are_an_error()
            throws LinuxException {
        send("rehearsal", memory);
        receive(ROOM);
        fds.close();
        sendRaw("too many", 33);
        assertThrows(LinuxException.class, () -> far.receive(false, buffer, 0, ROOM, fds));
        send("message", memory);
        LinuxException lost = null;
        int received = 0;
        // Everything the receive needs is loaded by now, so that it alone meets the limit.
        MemorySegment before = fileLimit(null);
        MemorySegment none = Arena.ofAuto().allocate(16, 8).copyFrom(before);
        none.set(ValueLayout.JAVA_LONG, 0, 3);
        fileLimit(none);
        try {
            received = far.receive(false, buffer, 0, ROOM, fds);
        } catch (LinuxException e) {
            lost = e;
        } finally {
            fileLimit(before);
        }
        assertTrue(lost != null, "received " + received + " bytes and no word of the descriptor");
        assertEquals(EMFILE, lost.errno().value());
    }

    /** Sets RLIMIT_NOFILE if there is a new one; returns what it was (prlimit64(2)). */
    private static MemorySegment fileLimit(MemorySegment limit) {
        MemorySegment old = Arena.ofAuto().allocate(16, 8);
        assertEquals(0, Sys.call(302, 0, 7, limit == null ? 0 : limit.address(), old.address()));
        return old;
    }

    @Test
    void a_receive_takes_plain_bytes_on_to_the_end_of_the_next_send_with_descriptors()
            throws LinuxException {
        send("plain ");
        send("carrying", memory);
        send("after");
        assertEquals("plain carrying", receive(ROOM));
        assertEquals(1, fds.count());
        fds.close();
        assertEquals("after", receive(ROOM));
        assertEquals(0, fds.count());
    }

    @Test
    void descriptors_of_two_sends_never_mix() throws LinuxException {
        send("one", copies(1));
        send("two", copies(2));
        assertEquals("one", receive(ROOM));
        assertEquals(1, fds.count());
        fds.close();
        assertEquals("two", receive(ROOM));
        assertEquals(2, fds.count());
    }

    @Test
    void descriptors_come_with_the_first_byte_of_their_send() throws LinuxException {
        send("ab");
        send("cd", memory);
        assertEquals("ab", receive(2));
        assertEquals(0, fds.count());
        assertEquals("c", receive(1));
        assertEquals(1, fds.count());
        fds.close();
        assertEquals("d", receive(ROOM));
        assertEquals(0, fds.count());
    }

    @Test
    void unsettled_descriptors_must_be_settled_before_the_next_receive() throws LinuxException {
        send("one", memory);
        receive(ROOM);
        assertThrows(IllegalStateException.class, () -> far.receive(false, buffer, 0, ROOM, fds));
        fds.close();
        assertEquals(UnixStream.NOTHING, far.receive(false, buffer, 0, ROOM, fds));
    }

    @Nested
    class Received {
        @Test
        void what_is_not_taken_is_closed_and_what_is_taken_stays() throws LinuxException {
            send("x", copies(3));
            receive(ROOM);
            Fd taken = fds.take(1);
            fds.close();
            assertEquals(2, Descriptors.openOn(name));
            assertEquals(memory.status(), taken.status());
            taken.close();
        }

        @Test
        void a_taken_descriptor_cannot_be_taken_again_but_still_counts() throws LinuxException {
            send("x", copies(2));
            receive(ROOM);
            Fd taken = fds.take(0);
            assertNull(fds.get(0));
            assertEquals(2, fds.count());
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> fds.take(0));
            assertEquals("descriptor 0 has been taken", e.getMessage());
            taken.close();
        }

        @Test
        void an_index_outside_what_came_is_refused() throws LinuxException {
            send("x", memory);
            receive(ROOM);
            assertThrows(IndexOutOfBoundsException.class, () -> fds.get(1));
            assertThrows(IndexOutOfBoundsException.class, () -> fds.take(-1));
        }
    }
}
