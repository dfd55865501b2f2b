package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Messages only a broken machine sends: its link is closed with a line that names the mistake. */
class BadMessageTest {
    private static final byte[] NOTHING = {};

    /** Payload sizes by command. */
    private static final int[] SIZES = {192, 8, 12, 12, 24, 24, 0, 0};

    @BeforeAll
    static void processIsThere() {
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 9, 0x77, 0x7fff_ffff, -1, Integer.MIN_VALUE})
    void an_unknown_command_closes_the_link(int command) throws IOException {
        try (Victim victim = new Victim()) {
            victim.send(command, 0, NOTHING);
            victim.expectLinkClosed("0x" + Integer.toHexString(command) + " unknown");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8})
    void a_reply_is_no_request(int size) throws IOException {
        try (Victim victim = new Victim()) {
            victim.send(Command.RET, size, new byte[size]);
            victim.expectLinkClosed("RET is not a request");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, 4, 5, 6, 7})
    void a_command_with_another_size_closes_the_link(int command) throws IOException {
        for (long wrong : new long[] {-1, 1, 0x100_0000, 1L << 32, Long.MIN_VALUE}) {
            try (Victim victim = new Victim()) {
                long size = SIZES[command] + wrong;
                victim.send(command, size, new byte[64]);
                victim.expectLinkClosed(
                        String.format(
                                "%s with size 0x%x, wanted 0x%x",
                                new Command(command), size, SIZES[command]));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 7})
    void a_command_with_descriptors_it_has_no_use_for_closes_the_link(int command)
            throws IOException {
        try (Victim victim = new Victim();
                EventFd counter = EventFd.create()) {
            byte[] payload = new byte[SIZES[command]];
            victim.send(command, payload.length, payload, counter.fd());
            victim.expectLinkClosed(new Command(command) + " with 1 descriptors, wanted 0");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 8, 32})
    void interrupt_counters_come_in_pairs(int count) throws IOException {
        try (Victim victim = new Victim();
                EventFd counter = EventFd.create()) {
            victim.send(Command.SET_IRQFD, 0, NOTHING, copies(counter.fd(), count));
            victim.expectLinkClosed("SET_IRQFD with " + count + " descriptors, wanted 2");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 32})
    void a_memory_map_has_at_most_eight_descriptors(int count) throws IOException {
        try (Victim victim = new Victim();
                EventFd file = EventFd.create()) {
            victim.send(Command.SYNC_SYSMEM, 192, map(8), copies(file.fd(), count));
            victim.expectLinkClosed("SYNC_SYSMEM with " + count + " descriptors, wanted at most 8");
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 1", "8, 7", "0, 1", "1, 2", "7, 8"})
    void a_memory_map_has_as_many_descriptors_as_regions(int regions, int count)
            throws IOException {
        try (Victim victim = new Victim();
                EventFd file = EventFd.create()) {
            victim.send(Command.SYNC_SYSMEM, 192, map(regions), copies(file.fd(), count));
            int first = Math.min(regions, count);
            victim.expectLinkClosed(
                    String.format("SYNC_SYSMEM with %d descriptors, but region %d", count, first));
        }
    }

    private static Fd[] copies(Fd fd, int count) {
        Fd[] fds = new Fd[count];
        Arrays.fill(fds, fd);
        return fds;
    }

    /** A payload with the first regions filled in. */
    private static byte[] map(int regions) {
        ByteBuffer payload = ByteBuffer.allocate(192).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < regions; i++) {
            payload.putLong(8 * i, 0x10000L * i);
            payload.putLong(8 * (SystemMemoryMap.MOST_REGIONS + i), 0x1000);
        }
        return payload.array();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 15, 16, 17, 27})
    void a_peer_that_goes_in_the_middle_of_a_message_is_noticed(int bytes) throws IOException {
        byte[] whole = Victim.message(Command.PCI_CFGREAD, 12, new byte[12]);
        try (Victim victim = new Victim()) {
            victim.edu().sendRaw(Arrays.copyOf(whole, bytes));
            victim.edu().close();
            victim.expectGone("the peer went in the middle of a message, after " + bytes);
        }
    }

    @Test
    void a_message_may_come_byte_by_byte() throws IOException {
        byte[] whole =
                Victim.message(
                        Command.PCI_CFGREAD, 12, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0});
        try (Victim victim = new Victim()) {
            for (byte one : whole) {
                victim.edu().sendRaw(new byte[] {one});
                victim.expectOtherServes();
            }
            assertEquals(Victim.IDS, victim.edu().awaitReply().toString());
            victim.expectServing();
            victim.expectGoodEnd();
        }
    }

    @Test
    void descriptors_in_the_middle_of_a_message_close_the_link() throws IOException {
        byte[] whole = Victim.message(Command.SYNC_SYSMEM, 192, map(2));
        try (Victim victim = new Victim();
                EventFd file = EventFd.create()) {
            victim.edu().sendRaw(Arrays.copyOf(whole, 40), file.fd());
            victim.edu().sendRaw(Arrays.copyOfRange(whole, 40, whole.length), file.fd());
            victim.expectLinkClosed("1 descriptors in the middle of a message");
        }
    }

    @Test
    void descriptors_of_a_message_that_never_becomes_whole_are_closed() throws IOException {
        byte[] whole = Victim.message(Command.SYNC_SYSMEM, 192, map(8));
        try (Victim victim = new Victim();
                EventFd file = EventFd.create()) {
            victim.edu().sendRaw(Arrays.copyOf(whole, 100), copies(file.fd(), 8));
            victim.edu().close();
            victim.expectGone("the peer went in the middle of a message, after 100");
        }
    }
}
