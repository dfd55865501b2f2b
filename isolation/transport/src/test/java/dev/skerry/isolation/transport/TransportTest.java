package dev.skerry.isolation.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.linux.UnixStream;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Streams: that a peer that does not read is given up, and that the loopback is like a socket. */
class TransportTest {
    @Test
    void a_peer_that_does_not_read_is_given_up() throws Exception {
        UnixStream[] pair = UnixStream.pair();
        try (SocketTransport transport = new SocketTransport(pair[0], 1_000_000);
                Arena arena = Arena.ofConfined()) {
            MemorySegment much = arena.allocate(1 << 20);
            IOException gone =
                    assertThrows(
                            IOException.class,
                            () -> {
                                for (int i = 0; i < 100; i++) {
                                    transport.send(much, 0, 1 << 20);
                                }
                            });
            assertTrue(gone.getMessage().contains("has not read"), gone.getMessage());
        } finally {
            pair[1].close();
        }
    }

    @Test
    void a_message_larger_than_the_sockets_buffer_arrives_whole_with_its_descriptors()
            throws Exception {
        UnixStream[] pair = UnixStream.pair();
        int length = 3 << 20;
        try (SocketTransport near = new SocketTransport(pair[0], 10_000_000_000L);
                SocketTransport far = new SocketTransport(pair[1], 10_000_000_000L);
                EventFd fd = EventFd.create();
                Arena arena = Arena.ofShared()) {
            MemorySegment sent = arena.allocate(length);
            for (int i = 0; i < length; i++) {
                sent.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31));
            }
            Throwable[] failure = new Throwable[1];
            Thread sender =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try {
                                            near.send(sent, 0, length, fd.fd());
                                        } catch (IOException e) {
                                            failure[0] = e;
                                        }
                                    });
            MemorySegment got = arena.allocate(length);
            int descriptors = 0;
            for (int done = 0; done < length; ) {
                try (ReceivedFds fds = new ReceivedFds()) {
                    int part = far.receive(true, got, done, length - done, fds);
                    assertTrue(part > 0);
                    done += part;
                    descriptors += fds.count();
                }
            }
            sender.join();
            assertEquals(null, failure[0]);
            assertEquals(1, descriptors);
            assertEquals(-1, sent.mismatch(got));
        }
    }

    @Test
    void a_loopback_carries_bytes_and_descriptors() throws Exception {
        LoopbackTransport[] pair = LoopbackTransport.pair();
        try (Arena arena = Arena.ofConfined();
                EventFd fd = EventFd.create()) {
            ReceivedFds fds = new ReceivedFds();
            MemorySegment buffer = arena.allocate(16);
            pair[0].send(buffer.fill((byte) 1), 0, 4);
            pair[0].send(buffer.fill((byte) 2), 0, 4, fd.fd());
            pair[0].send(buffer.fill((byte) 3), 0, 4);
            assertEquals(
                    8,
                    pair[1].receive(false, buffer, 0, 16, fds),
                    "no further than the descriptors' send");
            assertEquals(1, fds.count());
            fds.close();
            assertEquals(4, pair[1].receive(false, buffer, 0, 16, fds));
            assertEquals(Transport.NOTHING, pair[1].receive(false, buffer, 0, 16, fds));
            pair[0].close();
            assertEquals(Transport.END, pair[1].receive(false, buffer, 0, 16, fds));
        }
    }

    @Test
    void a_loopback_runs_the_other_end_instead_of_waiting() throws Exception {
        LoopbackTransport[] pair = LoopbackTransport.pair();
        try (Arena arena = Arena.ofConfined();
                ReceivedFds fds = new ReceivedFds()) {
            MemorySegment buffer = arena.allocate(16);
            assertFalse(pair[0].awaitReadable(0));
            pair[0].whenWaiting(
                    () -> {
                        try {
                            pair[1].send(buffer, 0, 1);
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    });
            assertTrue(pair[0].awaitReadable(0));
            assertEquals(1, pair[0].receive(false, buffer, 0, 16, fds));
        }
    }
}
