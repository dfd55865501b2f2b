package dev.skerry.platform.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

class EventFdTest {
    private static final long FULL = -2; // 2^64 - 2, the most a counter holds (eventfd(2))

    private static void fill(Fd fd) {
        MemorySegment value = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);
        value.set(ValueLayout.JAVA_LONG, 0, FULL);
        assertEquals(8, Sys.call(Sys.WRITE, fd.number(), value.address(), 8));
    }

    @Test
    void draining_takes_all_signals_at_once() throws LinuxException {
        try (EventFd event = EventFd.create()) {
            for (int i = 0; i < 3; i++) {
                assertTrue(event.signal());
            }
            assertEquals(3, event.drain());
            assertEquals(0, event.drain());
            assertTrue(event.signal());
            assertEquals(1, event.drain());
        }
    }

    @Test
    void draining_nothing_gives_zero() throws LinuxException {
        try (EventFd event = EventFd.create()) {
            assertTrue(Descriptors.isNonBlocking(event.fd()));
            assertTrue(Descriptors.isCloseOnExec(event.fd().number()));
            assertEquals(0, event.drain());
        }
    }

    @Test
    void a_full_counter_refuses_a_signal_instead_of_waiting() throws LinuxException {
        try (EventFd event = EventFd.create()) {
            fill(event.fd());
            assertTrue(Descriptors.isNonBlocking(event.fd()));
            assertFalse(event.signal());
            assertEquals(FULL, event.drain());
            assertTrue(event.signal());
        }
    }

    @Test
    void a_counter_that_another_process_has_made_waiting_is_drained_without_waiting()
            throws LinuxException {
        Fd blocking = Fd.made(Sys.call(Sys.EVENTFD2, 0, 0x80000));
        try (EventFd event = EventFd.adopt(blocking.duplicate())) {
            // F_SETFL: what stock QEMU does to every descriptor it receives.
            assertEquals(0, Sys.call(Sys.FCNTL, blocking.number(), 4, 2));
            assertFalse(Descriptors.isNonBlocking(event.fd()));
            assertEquals(0, event.drain());
            assertTrue(event.signalShared());
            assertEquals(1, event.drain());
            fill(event.fd());
            assertFalse(event.signalShared());
        } finally {
            blocking.close();
        }
    }

    @Test
    void an_adopted_blocking_counter_becomes_non_blocking() throws LinuxException {
        Fd blocking = Fd.made(Sys.call(Sys.EVENTFD2, 0, 0x80000));
        assertFalse(Descriptors.isNonBlocking(blocking));
        try (EventFd event = EventFd.adopt(blocking)) {
            assertTrue(Descriptors.isNonBlocking(event.fd()));
            assertEquals(0, event.drain());
            fill(event.fd());
            assertFalse(event.signal());
        }
        assertFalse(blocking.isOpen());
    }

    @Test
    void both_holders_of_a_counter_share_it() throws LinuxException {
        try (EventFd event = EventFd.create();
                EventFd other = EventFd.adopt(event.fd().duplicate())) {
            assertTrue(event.signal());
            assertEquals(1, other.drain());
            assertEquals(0, event.drain());
        }
    }

    @Test
    void what_is_no_counter_takes_signals_to_nowhere() throws LinuxException {
        UnixStream[] pair = UnixStream.pair();
        try (EventFd event = EventFd.adopt(pair[0].fd().duplicate())) {
            assertEquals(0, event.drain());
            pair[1].close();
            // A write to this closed stream must not raise SIGPIPE's default end of the process.
            assertFalse(event.signal());
        }
        pair[0].close();
    }

    @Test
    void closing_twice_is_harmless() throws LinuxException {
        EventFd event = EventFd.create();
        event.close();
        event.close();
        assertFalse(event.fd().isOpen());
    }
}
