package dev.skerry.platform.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

class IoctlTest {
    /** FIONREAD of the kernel's asm-generic/ioctls.h, from before numbers said sizes. */
    private static final Ioctl BYTES_TO_READ = Ioctl.plain("FIONREAD", 0x54, 0x1b);

    /** TIOCGPTN: the number of a pseudo-terminal. */
    private static final Ioctl TERMINAL_NUMBER = Ioctl.fromKernel("TIOCGPTN", 0x54, 0x30, 4);

    @Test
    void a_structure_is_filled() throws IOException {
        try (Fd terminal = Fd.openDevice("/dev/ptmx");
                Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
            number.set(ValueLayout.JAVA_INT_UNALIGNED, 0, -1);
            assertEquals(0, TERMINAL_NUMBER.call(terminal, number));
            assertTrue(number.get(ValueLayout.JAVA_INT_UNALIGNED, 0) >= 0);
            assertEquals(0, BYTES_TO_READ.call(terminal, number));
            assertEquals(0, number.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
        }
    }

    @Test
    void numbers_say_direction_and_size() {
        assertEquals(0x8004_5430, TERMINAL_NUMBER.number());
        assertEquals(4, TERMINAL_NUMBER.sizeBytes());
        assertEquals(0x4020_ae46, Ioctl.toKernel("x", 0xae, 0x46, 32).number());
        assertEquals(0xc008_ae05, Ioctl.bothWays("x", 0xae, 0x05, 8).number());
        assertEquals(0xae80, Ioctl.plain("x", 0xae, 0x80).number());
        assertThrows(
                IndexOutOfBoundsException.class, () -> Ioctl.toKernel("x", 0xae, 0x46, 0x4000));
    }

    @Test
    void what_the_kernel_refuses_is_named() throws IOException {
        try (EventFd event = EventFd.create();
                Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
            LinuxException e =
                    assertThrows(
                            LinuxException.class, () -> TERMINAL_NUMBER.call(event.fd(), number));
            assertTrue(e.getMessage().contains("TIOCGPTN"), e.getMessage());
        }
    }

    @Test
    void memory_too_small_for_the_structure_never_reaches_the_kernel() throws IOException {
        try (EventFd event = EventFd.create();
                Arena arena = Arena.ofConfined()) {
            MemorySegment small = arena.allocate(2);
            assertThrows(
                    IndexOutOfBoundsException.class, () -> TERMINAL_NUMBER.call(event.fd(), small));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> TERMINAL_NUMBER.call(event.fd(), MemorySegment.ofArray(new byte[4])));
            assertThrows(IllegalArgumentException.class, () -> TERMINAL_NUMBER.call(event.fd(), 0));
        }
    }

    @Test
    void a_device_that_is_not_there_says_so() {
        LinuxException e =
                assertThrows(LinuxException.class, () -> Fd.openDevice("/dev/nothing-of-ours"));
        assertEquals(2, e.errno().value());
    }

    @Test
    @Timeout(60)
    void a_thread_signal_neither_kills_nor_is_lost() throws Exception {
        CompletableFuture<ThreadSignal> ready = new CompletableFuture<>();
        CompletableFuture<Void> sent = new CompletableFuture<>();
        CompletableFuture<Long> mask = new CompletableFuture<>();
        Thread thread =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        ThreadSignal signal = ThreadSignal.ofCurrentThread();
                                        ready.complete(signal);
                                        sent.get(30, TimeUnit.SECONDS);
                                        signal.drain();
                                        signal.drain();
                                        mask.complete(signal.maskDuringCall());
                                    } catch (Exception e) {
                                        mask.completeExceptionally(e);
                                    }
                                });
        ThreadSignal signal = ready.get();
        signal.send();
        signal.send();
        sent.complete(null);
        assertEquals(0, mask.get() & 1L << 9, "SIGUSR1 is not blocked during the call");
        thread.join();
    }
}
