package dev.skerry.platform.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Set;
import java.util.TreeSet;

class EpollTest {
    private Epoll epoll;
    private final EventFd[] events = new EventFd[4];

    @BeforeEach
    void open() throws LinuxException {
        epoll = new Epoll(3);
        for (int i = 0; i < events.length; i++) {
            events[i] = EventFd.create();
        }
    }

    @AfterEach
    void close() {
        for (EventFd event : events) {
            event.close();
        }
        epoll.close();
    }

    private Set<Long> ready(long timeoutNs) throws LinuxException {
        Set<Long> tokens = new TreeSet<>();
        int count = epoll.await(timeoutNs);
        for (int i = 0; i < count; i++) {
            tokens.add(epoll.token(i));
        }
        assertEquals(count, tokens.size());
        return tokens;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MIN_VALUE, 0x0123_4567_89ab_cdefL})
    void the_token_comes_back_whole(long token) throws LinuxException {
        epoll.add(events[0].fd(), token);
        events[0].signal();
        assertEquals(Set.of(token), ready(0));
    }

    @Test
    void nothing_ready_gives_nothing_without_waiting() throws LinuxException {
        assertEquals(0, epoll.await(0));
        epoll.add(events[0].fd(), 1);
        assertEquals(0, epoll.await(0));
    }

    @Test
    void the_end_of_a_wait_gives_nothing() throws LinuxException {
        epoll.add(events[0].fd(), 1);
        assertEquals(0, epoll.await(1_000_000));
    }

    @Test
    void several_ready_come_together() throws LinuxException {
        for (int i = 0; i < 3; i++) {
            epoll.add(events[i].fd(), 10 + i);
        }
        events[0].signal();
        events[2].signal();
        assertEquals(Set.of(10L, 12L), ready(Epoll.FOREVER));
    }

    @Test
    void readiness_stays_until_it_is_taken() throws LinuxException {
        epoll.add(events[0].fd(), 1);
        events[0].signal();
        assertEquals(Set.of(1L), ready(0));
        assertEquals(Set.of(1L), ready(0));
        events[0].drain();
        assertEquals(Set.of(), ready(0));
    }

    @Test
    void more_ready_than_fit_come_in_turns() throws LinuxException {
        Set<Long> seen = new TreeSet<>();
        for (int i = 0; i < 4; i++) {
            epoll.add(events[i].fd(), i);
            events[i].signal();
        }
        for (int i = 0; i < 2; i++) {
            Set<Long> now = ready(0);
            assertTrue(now.size() <= 3);
            for (long token : now) {
                events[(int) token].drain();
            }
            seen.addAll(now);
        }
        assertEquals(Set.of(0L, 1L, 2L, 3L), seen);
    }

    @Test
    void what_was_removed_is_no_longer_watched() throws LinuxException {
        epoll.add(events[0].fd(), 1);
        epoll.add(events[1].fd(), 2);
        events[0].signal();
        events[1].signal();
        epoll.remove(events[0].fd());
        assertEquals(Set.of(2L), ready(0));
    }

    @Test
    void adding_twice_and_removing_the_unknown_are_refused_naming_the_descriptor()
            throws LinuxException {
        Fd fd = events[0].fd();
        LinuxException e = assertThrows(LinuxException.class, () -> epoll.remove(fd));
        assertEquals(
                "epoll_ctl(" + fd + ", DEL): ENOENT, no such file or directory", e.getMessage());
        epoll.add(fd, 1);
        e = assertThrows(LinuxException.class, () -> epoll.add(fd, 2));
        assertEquals("epoll_ctl(" + fd + ", ADD): EEXIST, exists", e.getMessage());
    }

    @Test
    void a_signal_ends_an_endless_wait() throws Exception {
        epoll.add(events[0].fd(), 7);
        Thread signaller = Thread.ofPlatform().start(() -> events[0].signal());
        assertEquals(Set.of(7L), ready(Epoll.FOREVER));
        signaller.join();
    }

    @Test
    void hang_up_of_the_other_end_is_reported() throws LinuxException {
        UnixStream[] pair = UnixStream.pair();
        epoll.add(pair[0].fd(), 5);
        assertEquals(Set.of(), ready(0));
        pair[1].close();
        assertEquals(Set.of(5L), ready(Epoll.FOREVER));
        pair[0].close();
    }

    @Test
    void closing_twice_is_harmless() {
        epoll.close();
        epoll.close();
        assertThrows(IllegalStateException.class, () -> epoll.await(0));
    }
}
