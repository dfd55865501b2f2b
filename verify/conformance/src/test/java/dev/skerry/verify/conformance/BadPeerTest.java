package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Peers that go, or do not read. */
class BadPeerTest {
    @BeforeAll
    static void processIsThere() {
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    private static byte[] configRead() {
        return Victim.message(
                Command.PCI_CFGREAD, 12, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0});
    }

    @Test
    void a_peer_may_go_with_replies_unread() throws IOException {
        try (Victim victim = new Victim()) {
            for (int i = 0; i < 20; i++) {
                victim.edu().sendRaw(configRead());
            }
            victim.edu().close();
            victim.expectOtherServes();
        }
    }

    @Test
    void the_process_goes_when_the_last_peer_has_gone_and_not_before() throws IOException {
        try (Victim victim = new Victim()) {
            victim.edu().close();
            victim.expectOtherServes();
            assertEquals(true, victim.process().child().isAlive());
            victim.expectGoodEnd();
        }
    }

    @Test
    void replies_come_in_order_to_a_peer_that_asks_ahead() throws IOException {
        try (Victim victim = new Victim()) {
            for (int i = 0; i < 50; i++) {
                victim.edu().sendRaw(configRead());
            }
            for (int i = 0; i < 50; i++) {
                assertEquals(Victim.IDS, victim.edu().awaitReply().toString());
            }
            victim.expectServing();
            victim.expectGoodEnd();
        }
    }

    /** The device waits for its peer for five seconds, and gives it up then. */
    @Test
    @Tag("slow")
    void a_peer_that_never_reads_is_given_up() throws IOException {
        byte[] request = configRead();
        try (Victim victim = new Victim();
                Arena arena = Arena.ofConfined()) {
            UnixStream link = victim.process().link(0);
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, request);
            while (link.send(bytes, 0, request.length) == request.length
                    || link.awaitWritable(1_000_000_000)) {
                victim.expectOtherServes();
            }
            victim.log().awaitText("the peer has not read for 5000 ms");
            victim.expectGone("link failed");
        }
    }

    /** Counters that are full, or of another kind, must not stop the device thread. */
    @Test
    void counters_that_take_no_signal_stop_nobody() throws IOException {
        try (Victim victim = new Victim();
                EventFd resample = EventFd.create();
                dev.skerry.platform.linux.Fd pipe = HostFds.of("pipe")) {
            victim.edu().setIrqFd(pipe, resample.fd());
            for (int i = 0; i < 100; i++) {
                victim.edu().writeMemory(Victim.BAR + EduDriver.RAISE, 4, 1);
                victim.edu().writeMemory(Victim.BAR + EduDriver.ACKNOWLEDGE, 4, 1);
            }
            victim.log().awaitText("the interrupt's event counter takes no signal");
            victim.expectOtherServes();
            victim.expectGoodEnd();
        }
    }

    @Test
    void sigterm_ends_the_process_with_status_0() throws IOException {
        try (Victim victim = new Victim()) {
            victim.process().child().terminate();
            assertEquals(
                    new Child.Exit(0, -1),
                    victim.process().child().await(DeviceProcess.TIMEOUT_NS));
        }
    }
}
