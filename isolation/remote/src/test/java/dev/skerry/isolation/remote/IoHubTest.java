package dev.skerry.isolation.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.platform.linux.EventFd;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A level line over two event counters. */
class IoHubTest {
    private final Bench bench = new Bench();
    private EventFd irq;
    private EventFd resample;

    @BeforeEach
    void connect() throws Exception {
        irq = EventFd.create();
        resample = EventFd.create();
        bench.ask(Command.SET_IRQFD, 0, irq.fd(), resample.fd());
    }

    @AfterEach
    void close() {
        bench.close();
        irq.close();
        resample.close();
    }

    private void raise(boolean level) {
        bench.device.function().setInterrupt(level);
    }

    @Test
    void a_rising_line_is_signalled_once() {
        assertEquals(0, irq.drain());
        raise(true);
        raise(true);
        assertEquals(1, irq.drain());
        raise(false);
        assertEquals(0, irq.drain());
        raise(true);
        assertEquals(1, irq.drain());
    }

    @Test
    void an_acknowledged_line_that_is_still_up_is_signalled_again() {
        raise(true);
        irq.drain();
        resample.signal();
        bench.hub.acknowledged();
        assertEquals(1, irq.drain());
        raise(false);
        resample.signal();
        bench.hub.acknowledged();
        assertEquals(0, irq.drain());
    }

    @Test
    void an_old_acknowledgement_does_not_signal_a_new_rise_twice() {
        resample.signal();
        raise(true);
        bench.hub.acknowledged();
        assertEquals(1, irq.drain());
    }

    @Test
    void the_disable_bit_masks_the_line_and_its_clearing_signals_it() throws Exception {
        bench.config(Command.PCI_CFGWRITE, 4, 0x400, 2);
        raise(true);
        assertEquals(0, irq.drain());
        assertFalse(bench.hub.awaitsAcknowledgement());
        assertEquals(8L, bench.config(Command.PCI_CFGREAD, 6, 0, 2));
        bench.config(Command.PCI_CFGWRITE, 4, 0, 2);
        assertEquals(1, irq.drain());
    }

    @Test
    void counters_that_come_late_find_the_line_up() throws Exception {
        raise(true);
        try (EventFd other = EventFd.create()) {
            bench.ask(Command.SET_IRQFD, 0, other.fd(), resample.fd());
            assertEquals(1, other.drain());
            raise(false);
            raise(true);
            assertEquals(1, other.drain());
        }
        assertEquals(1, irq.drain(), "the first counter has its one signal from before");
    }

    @Test
    void a_reset_lowers_the_line() throws Exception {
        raise(true);
        irq.drain();
        bench.ask(Command.DEVICE_RESET, 0);
        assertFalse(bench.hub.awaitsAcknowledgement());
        resample.signal();
        bench.hub.acknowledged();
        assertEquals(0, irq.drain());
    }
}
