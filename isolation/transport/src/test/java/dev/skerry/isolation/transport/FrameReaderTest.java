package dev.skerry.isolation.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.Header;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.UnixStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Cutting a stream into messages, over a real socket. */
class FrameReaderTest {
    private final Arena arena = Arena.ofConfined();
    private UnixStream far;
    private SocketTransport near;
    private FrameReader reader;

    @BeforeEach
    void connect() throws IOException {
        UnixStream[] pair = UnixStream.pair();
        far = pair[0];
        near = new SocketTransport(pair[1], 1_000_000_000L);
        reader = new FrameReader(near, Header.FRAMING);
    }

    @AfterEach
    void disconnect() {
        reader.close();
        near.close();
        far.close();
        arena.close();
    }

    /** A message whose payload is a byte repeated. */
    private static byte[] message(int command, int payload, int filler) {
        byte[] bytes = new byte[Header.BYTES + payload];
        java.util.Arrays.fill(bytes, (byte) filler);
        Header.put(MemorySegment.ofArray(bytes), 0, command, payload);
        return bytes;
    }

    private void send(byte[] bytes, dev.skerry.platform.linux.Fd... fds) throws IOException {
        MemorySegment segment = arena.allocate(bytes.length);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        assertEquals(bytes.length, far.send(segment, 0, bytes.length, fds));
    }

    private byte[] present(int length) {
        return reader.buffer().asSlice(reader.at(), length).toArray(ValueLayout.JAVA_BYTE);
    }

    private FrameReader.Found next() throws IOException, ProtocolException {
        return reader.next(false);
    }

    @Test
    void nothing_is_found_until_a_message_is_whole() throws Exception {
        byte[] message = message(Command.BAR_READ, 24, 7);
        for (int i = 0; i < message.length; i++) {
            assertEquals(FrameReader.Found.NOTHING, next());
            send(new byte[] {message[i]});
        }
        assertEquals(FrameReader.Found.MESSAGE, next());
        assertArrayEquals(message, present(message.length));
        assertEquals(FrameReader.Found.NOTHING, next());
    }

    @Test
    void messages_that_arrive_together_are_told_apart() throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < 20; i++) {
            all.write(message(Command.PCI_CFGREAD, 12, i));
        }
        send(all.toByteArray());
        for (int i = 0; i < 20; i++) {
            assertEquals(FrameReader.Found.MESSAGE, next(), "message " + i);
            assertArrayEquals(message(Command.PCI_CFGREAD, 12, i), present(28));
        }
    }

    @Test
    void descriptors_belong_to_the_message_they_were_sent_with() throws Exception {
        try (EventFd a = EventFd.create();
                EventFd b = EventFd.create()) {
            send(message(Command.PCI_CFGREAD, 12, 1));
            send(message(Command.SET_IRQFD, 0, 0), a.fd(), b.fd());
            send(message(Command.PCI_CFGREAD, 12, 2));
        }
        assertEquals(FrameReader.Found.MESSAGE, next());
        assertEquals(0, reader.fdCount());
        assertEquals(FrameReader.Found.MESSAGE, next());
        assertEquals(Command.SET_IRQFD, Header.command(reader.buffer(), reader.at()));
        assertEquals(2, reader.fdCount());
        assertEquals(FrameReader.Found.MESSAGE, next());
        assertEquals(0, reader.fdCount());
    }

    @Test
    void descriptors_wait_for_the_rest_of_their_message() throws Exception {
        byte[] message = message(Command.SYNC_SYSMEM, 192, 0);
        try (EventFd fd = EventFd.create()) {
            send(java.util.Arrays.copyOf(message, 5), fd.fd());
            assertEquals(FrameReader.Found.NOTHING, next());
            send(java.util.Arrays.copyOfRange(message, 5, 100));
            while (next() == FrameReader.Found.NOTHING && !isDrained()) {}
            // A second message with descriptors right behind must not get mixed up with the first.
            send(java.util.Arrays.copyOfRange(message, 100, message.length));
            send(message, fd.fd(), fd.fd(), fd.fd());
        }
        awaitMessage();
        assertEquals(1, reader.fdCount());
        awaitMessage();
        assertEquals(3, reader.fdCount());
    }

    private boolean isDrained() throws IOException {
        return !near.awaitReadable(0);
    }

    private void awaitMessage() throws Exception {
        FrameReader.Found found = next();
        for (int i = 0; found == FrameReader.Found.NOTHING && i < 10; i++) {
            found = next();
        }
        assertEquals(FrameReader.Found.MESSAGE, found);
    }

    @Test
    void descriptors_in_the_middle_of_a_message_are_refused_and_closed() throws Exception {
        byte[] message = message(Command.BAR_READ, 24, 0);
        long before = openDescriptors();
        send(java.util.Arrays.copyOf(message, 20));
        assertEquals(FrameReader.Found.NOTHING, next());
        try (EventFd fd = EventFd.create()) {
            send(java.util.Arrays.copyOfRange(message, 20, 40), fd.fd());
        }
        assertThrows(ProtocolException.class, this::next);
        assertEquals(before, openDescriptors());
    }

    @Test
    void descriptors_nobody_takes_are_closed_with_the_next_message() throws Exception {
        long before = openDescriptors();
        try (EventFd fd = EventFd.create()) {
            send(message(Command.SYNC_SYSMEM, 192, 0), fd.fd(), fd.fd());
        }
        assertEquals(FrameReader.Found.MESSAGE, next());
        assertEquals(before + 2, openDescriptors());
        assertEquals(FrameReader.Found.NOTHING, next());
        assertEquals(before, openDescriptors());
    }

    @Test
    void the_end_between_messages_is_an_end() throws Exception {
        send(message(Command.DEVICE_RESET, 0, 0));
        far.close();
        assertEquals(FrameReader.Found.MESSAGE, next());
        assertEquals(FrameReader.Found.END, next());
    }

    @Test
    void the_end_inside_a_message_is_a_breach() throws Exception {
        send(java.util.Arrays.copyOf(message(Command.BAR_READ, 24, 0), 39));
        far.close();
        assertEquals(FrameReader.Found.NOTHING, next());
        ProtocolException breach = assertThrows(ProtocolException.class, this::next);
        assertTrue(breach.getMessage().contains("39 bytes"), breach.getMessage());
    }

    @Test
    void any_cut_of_the_stream_gives_the_same_messages() throws Exception {
        long seed = System.nanoTime();
        System.out.println("FrameReaderTest seed " + seed);
        Random random = new Random(seed);
        int[][] kinds = {{0, 192}, {2, 12}, {3, 12}, {4, 24}, {5, 24}, {7, 0}};
        for (int round = 0; round < 200; round++) {
            List<byte[]> messages = new ArrayList<>();
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            for (int i = random.nextInt(1, 30); i > 0; i--) {
                int[] kind = kinds[random.nextInt(kinds.length)];
                byte[] message = message(kind[0], kind[1], random.nextInt(256));
                messages.add(message);
                stream.write(message);
            }
            List<ReplayTransport.Piece> pieces = new ArrayList<>();
            byte[] bytes = stream.toByteArray();
            for (int at = 0; at < bytes.length; ) {
                int end = Math.min(bytes.length, at + random.nextInt(1, 400));
                pieces.add(
                        new ReplayTransport.Piece(java.util.Arrays.copyOfRange(bytes, at, end), 0));
                at = end;
            }
            try (FrameReader replayed =
                    new FrameReader(new ReplayTransport(pieces, 4096), Header.FRAMING)) {
                for (byte[] message : messages) {
                    FrameReader.Found found = replayed.next(false);
                    while (found == FrameReader.Found.NOTHING) {
                        found = replayed.next(false);
                    }
                    assertEquals(FrameReader.Found.MESSAGE, found, "seed " + seed);
                    assertArrayEquals(
                            message,
                            replayed.buffer()
                                    .asSlice(replayed.at(), message.length)
                                    .toArray(ValueLayout.JAVA_BYTE),
                            "seed " + seed);
                }
                assertEquals(FrameReader.Found.END, replayed.next(false));
            }
        }
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }
}
