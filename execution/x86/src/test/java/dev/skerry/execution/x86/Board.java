package dev.skerry.execution.x86;

import dev.skerry.execution.x86.apic.InterruptController;
import dev.skerry.execution.x86.apic.LocalApic;
import dev.skerry.execution.x86.core.TestJit;
import dev.skerry.execution.x86.model.CpuModel;
import dev.skerry.execution.x86.time.Clock;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Alias;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.verify.asm.Assembler;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A board of CPUs with 1 MiB of RAM, the last 64 KiB of which are at the top of 4 GiB too, where CPUs
 * begin. What is written to port 0xe9 can be waited for; a write to port 0xf4 stops all CPUs.
 */
final class Board implements AutoCloseable {
    static final int RAM_BYTES = 1 << 20;
    static final int SIGNAL_PORT = 0xe9;
    static final int STOP_PORT = 0xf4;

    final Processors processors;
    private final RamBlock block;
    private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    private final LinkedBlockingQueue<Integer> signals = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();

    Board(int count, Clock clock, InterruptController controller) {
        this(count, clock, controller, TestJit.jit());
    }

    Board(int count, Clock clock, InterruptController controller, Jit jit) {
        try {
            block = RamBlock.allocate("ram", RAM_BYTES);
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
        Container root = new Container("memory", 1L << 40);
        RamRegion ram = new RamRegion("ram", block, false);
        root.add(ram, 0);
        root.add(new Alias("top", ram, 0xf0000, 0x10000), 0xffff_0000L);
        Container ports = new Container("ports", 0x10000);
        ports.add(new IoRegion("ports", 0x10000, AccessSizes.ANY, new Ports()), 0);
        processors =
                new Processors(
                        new AddressSpace("memory", root),
                        block,
                        new AddressSpace("ports", ports),
                        CpuModel.skerry64(),
                        count,
                        clock,
                        controller,
                        jit,
                        Log.of(new LogSink("test", 1, logged, Level.INFO)));
        root.add(processors.bus().page(), LocalApic.DEFAULT_BASE);
    }

    private final class Ports implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return -1;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (offset == STOP_PORT) {
                processors.cpus().forEach(Cpu::stop);
            } else if (offset == SIGNAL_PORT) {
                signals.add((int) value);
            }
        }
    }

    Cpu cpu(int i) {
        return processors.cpus().get(i);
    }

    String log() {
        return logged.toString(StandardCharsets.UTF_8);
    }

    MemorySegment ram() {
        return block.segment();
    }

    /** Puts a program where its assembler thinks it is. */
    void load(Assembler program) {
        byte[] bytes = program.bytes();
        long at = program.here() - program.length();
        MemorySegment.copy(bytes, 0, ram(), ValueLayout.JAVA_BYTE, at, bytes.length);
    }

    /** Makes the first CPU begin at an address below 64 KiB, in real mode. */
    void begin(int address) {
        put32(0xffff0, 0x0000_00ea | address << 8);
        ram().set(ValueLayout.JAVA_BYTE, 0xffff3, (byte) 0);
        ram().set(ValueLayout.JAVA_BYTE, 0xffff4, (byte) 0);
    }

    /** An entry of the real-mode interrupt table. */
    void vector(int number, int address) {
        put32(4 * number, address);
    }

    void put32(long gpa, int value) {
        ram().set(ValueLayout.JAVA_INT_UNALIGNED, gpa, value);
    }

    int get32(long gpa) {
        return ram().get(ValueLayout.JAVA_INT_UNALIGNED, gpa);
    }

    long get64(long gpa) {
        return ram().get(ValueLayout.JAVA_LONG_UNALIGNED, gpa);
    }

    /** Runs a CPU on a thread of its own. */
    CompletableFuture<Cpu.Stop> start(int i) {
        CompletableFuture<Cpu.Stop> result = new CompletableFuture<>();
        Thread thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("cpu" + i)
                        .start(
                                () -> {
                                    try {
                                        result.complete(cpu(i).run());
                                    } catch (Throwable failed) {
                                        result.completeExceptionally(failed);
                                    }
                                });
        threads.add(thread);
        return result;
    }

    /** Runs all CPUs until they have all stopped, and says how the first one did. */
    Cpu.Stop run() throws Exception {
        List<CompletableFuture<Cpu.Stop>> results = new ArrayList<>();
        for (int i = 0; i < processors.cpus().size(); i++) {
            results.add(start(i));
        }
        for (CompletableFuture<Cpu.Stop> result : results) {
            result.get(60, TimeUnit.SECONDS);
        }
        return results.getFirst().get();
    }

    /** Waits for a guest's write to the signal port. */
    int signal() throws InterruptedException {
        Integer value = signals.poll(60, TimeUnit.SECONDS);
        if (value == null) {
            throw new AssertionError("no signal from the guest in a minute");
        }
        return value;
    }

    @Override
    public void close() {
        processors.cpus().forEach(Cpu::stop);
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted while CPUs stop", e);
            }
        }
        block.release();
    }
}
