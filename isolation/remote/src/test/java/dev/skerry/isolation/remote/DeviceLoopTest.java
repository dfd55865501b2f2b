package dev.skerry.isolation.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.device.api.Timer;
import dev.skerry.device.api.Workers;
import dev.skerry.isolation.transport.SocketTransport;
import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.Header;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.linux.UnixStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The device thread: that everything reaches it, whether it sleeps or polls. */
class DeviceLoopTest {
    private static final long TIMEOUT_S = 30;

    private final Workers workers = new Workers();
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(256);
    private Bench bench;
    private DeviceLoop loop;
    private UnixStream machine;
    private Thread thread;

    @BeforeEach
    void make() {
        bench = new Bench();
    }

    /** Starts a loop whose device thread first runs something. */
    private void start(long pollMaxNs, Consumer<DeviceLoop> first) throws Exception {
        UnixStream[] pair = UnixStream.pair();
        machine = pair[0];
        loop = new DeviceLoop("dev0", bench.log, workers, pollMaxNs);
        SocketTransport link = new SocketTransport(pair[1], 1_000_000_000L);
        thread =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try (MessageHandler handler =
                                            new MessageHandler(
                                                    link,
                                                    bench.device,
                                                    bench.memory,
                                                    bench.hub,
                                                    bench.log)) {
                                        first.accept(loop);
                                        loop.serve(handler, pair[1].fd(), bench.hub);
                                        events.add("end");
                                    } catch (Exception | AssertionError e) {
                                        events.add(e);
                                    }
                                });
    }

    @AfterEach
    void end() throws Exception {
        machine.close();
        assertEquals("end", next());
        thread.join();
        loop.close();
        bench.close();
        workers.close();
        arena.close();
    }

    private Object next() throws InterruptedException {
        Object event = events.poll(TIMEOUT_S, TimeUnit.SECONDS);
        assertTrue(event != null, "nothing happened in " + TIMEOUT_S + " s");
        return event;
    }

    private void ask(int command) throws Exception {
        Header.put(buffer, 0, command, 0);
        machine.send(buffer, 0, Header.BYTES);
        assertTrue(machine.awaitReadable(TIMEOUT_S * 1_000_000_000L));
        assertEquals(Header.BYTES, machine.receive(false, buffer, 0, 256, new ReceivedFds()));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000_000L})
    void messages_are_answered(long pollMaxNs) throws Exception {
        start(pollMaxNs, l -> {});
        for (int i = 0; i < 1000; i++) {
            ask(Command.DEVICE_RESET);
        }
        assertEquals(1000, bench.device.resets);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000_000L})
    void a_timer_runs_on_the_device_thread(long pollMaxNs) throws Exception {
        start(
                pollMaxNs,
                l -> {
                    Timer timer = l.newTimer(() -> events.add(Thread.currentThread()));
                    timer.arm(l.nowNs() + 5_000_000);
                });
        assertSame(thread, next());
        ask(Command.DEVICE_RESET);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000_000L})
    void a_timer_that_arms_itself_does_not_starve_the_link(long pollMaxNs) throws Exception {
        start(
                pollMaxNs,
                l -> {
                    Timer[] timer = new Timer[1];
                    timer[0] = l.newTimer(() -> timer[0].arm(l.nowNs()));
                    timer[0].arm(l.nowNs());
                });
        for (int i = 0; i < 100; i++) {
            ask(Command.DEVICE_RESET);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000_000L})
    void a_cancelled_timer_does_not_run(long pollMaxNs) throws Exception {
        start(
                pollMaxNs,
                l -> {
                    Timer cancelled = l.newTimer(() -> events.add("cancelled"));
                    Timer kept = l.newTimer(() -> events.add("kept"));
                    cancelled.arm(l.nowNs() + 1_000_000);
                    kept.arm(l.nowNs() + 20_000_000);
                    cancelled.cancel();
                });
        assertEquals("kept", next());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000_000L})
    void offloaded_work_completes_on_the_device_thread(long pollMaxNs) throws Exception {
        start(
                pollMaxNs,
                l ->
                        l.offload(
                                () -> events.add(Thread.currentThread().getName()),
                                failure -> {
                                    events.add(String.valueOf(failure));
                                    events.add(Thread.currentThread());
                                }));
        assertEquals("worker", next());
        assertEquals("null", next());
        assertSame(thread, next());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000_000L})
    void work_that_throws_completes_with_what_it_threw(long pollMaxNs) throws Exception {
        RuntimeException thrown = new RuntimeException("disk on fire");
        start(
                pollMaxNs,
                l ->
                        l.offload(
                                () -> {
                                    throw thrown;
                                },
                                events::add));
        assertSame(thrown, next());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000_000L})
    void an_acknowledgement_wakes_a_device_whose_line_is_up(long pollMaxNs) throws Exception {
        try (EventFd irq = EventFd.create();
                EventFd resample = EventFd.create()) {
            start(pollMaxNs, l -> bench.device.function().setInterrupt(true));
            Header.put(buffer, 0, Command.SET_IRQFD, 0);
            machine.send(buffer, 0, Header.BYTES, irq.fd(), resample.fd());
            for (int i = 0; i < 100; i++) {
                await(irq);
                resample.signal();
            }
            await(irq);
            // New counters in place of watched ones: the old ones must not matter any more.
            try (EventFd other = EventFd.create()) {
                Header.put(buffer, 0, Command.SET_IRQFD, 0);
                machine.send(buffer, 0, Header.BYTES, other.fd(), resample.fd());
                await(other);
                resample.signal();
                await(other);
            }
        }
    }

    private static void await(EventFd counter) throws Exception {
        long end = System.nanoTime() + TIMEOUT_S * 1_000_000_000L;
        while (counter.drain() == 0) {
            assertTrue(System.nanoTime() - end < 0, "no signal in " + TIMEOUT_S + " s");
            Thread.onSpinWait();
        }
    }
}
