package dev.skerry.verify.bench;

import static dev.skerry.verify.asm.Gp.*;

import dev.skerry.execution.x86.Jit;
import dev.skerry.platform.log.Log;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.boot.FlatProgram;
import dev.skerry.verify.testkit.Peer;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The software CPU on small programs, interpreted and translated, beside stock QEMU's TCG with the
 * same programs. Each is run until compiled and then measured, by processor time: other work on the
 * host disturbs that less.
 */
final class CpuBench {
    private static final int WARM_UP = 15;
    private static final int ROUNDS = 20;
    private static final int INTERPRETED_WARM_UP = 2;

    /** QEMU's debug console: a byte each round. */
    private static final int MARK_PORT = 0xe9;

    /** A byte that the firmware's text does not have. */
    private static final int MARK = 0x01;

    private final PrintStream out;
    private final Log log;

    CpuBench(PrintStream out, Log log) {
        this.out = out;
        this.log = log;
    }

    void run() throws IOException {
        out.printf("cpu: million guest instructions a second, %d rounds each%n", ROUNDS);
        out.printf(
                "  %-28s %11s %10s %10s %10s%n",
                "program", "interpreted", "translated", "stock TCG", "x stock");
        for (CpuProgram program : CpuProgram.values()) {
            Result interpreted = measure(program, Jit.OFF, INTERPRETED_WARM_UP);
            Result translated = measure(program, Jit.ON, WARM_UP);
            double stockUs = measureStock(program);
            out.printf(
                    "  %-28s %11.0f %10.0f %10.0f %10.2f%n",
                    program.title,
                    interpreted.instructions / interpreted.us,
                    translated.instructions / translated.us,
                    translated.instructions / stockUs,
                    stockUs / translated.us);
        }
    }

    /**
     * @param us microseconds of processor time a round
     */
    private record Result(long instructions, double us) {}

    private Result measure(CpuProgram program, Jit jit, int warmUp) throws IOException {
        Assembler a = new Assembler(64, FlatProgram.CODE);
        program.put(a);
        a.out(FlatProgram.END_PORT, AL).hlt();
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        try (FlatProgram flat = new FlatProgram(a.bytes(), jit, log)) {
            for (int i = 0; i < warmUp; i++) {
                flat.run();
            }
            long begin = threads.getCurrentThreadCpuTime();
            long count = 0;
            for (int i = 0; i < ROUNDS; i++) {
                count = flat.run();
            }
            long spent = threads.getCurrentThreadCpuTime() - begin;
            return new Result(count, spent / 1e3 / ROUNDS);
        }
    }

    private double measureStock(CpuProgram program) throws IOException {
        Assembler a = new Assembler(64, FlatProgram.CODE);
        a.mov(R15D, WARM_UP + ROUNDS);
        Label again = a.mark();
        a.mov(AL, MARK).out(MARK_PORT, AL);
        program.put(a);
        a.dec(R15D).jcc(Cond.NZ, again);
        a.mov(AL, MARK).out(MARK_PORT, AL).out(FlatProgram.END_PORT, AL).hlt();
        Path image = Files.createTempFile("skerry-flat", ".bin");
        try {
            Files.write(image, FlatImage.of(a.bytes()));
            return runStock(image);
        } finally {
            Files.delete(image);
        }
    }

    /** In ticks of 10 ms, which is why there are many rounds. */
    private static double spentUs(Process machine) {
        return machine.info().totalCpuDuration().map(d -> d.toNanos() / 1e3).orElse(0.0);
    }

    private static double runStock(Path image) throws IOException {
        Process machine =
                new ProcessBuilder(
                                Peer.STOCK_QEMU.path().toString(),
                                "-accel",
                                "tcg",
                                "-m",
                                "64",
                                "-display",
                                "none",
                                "-nodefaults",
                                "-no-reboot",
                                "-debugcon",
                                "stdio",
                                "-device",
                                "isa-debug-exit,iobase=0xf4,iosize=1",
                                "-kernel",
                                image.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (InputStream marks = machine.getInputStream()) {
            // The firmware says something there, too.
            int skipped = 0;
            while (skipped < WARM_UP || machine.info().totalCpuDuration().isEmpty()) {
                int mark = marks.read();
                if (mark < 0) {
                    throw new IOException("stock QEMU ended too soon");
                }
                skipped += mark == MARK ? 1 : 0;
            }
            double begin = spentUs(machine);
            double end = begin;
            int rounds = 0;
            while (rounds < ROUNDS && marks.read() >= 0) {
                rounds++;
                end = spentUs(machine);
            }
            return (end - begin) / rounds;
        } finally {
            machine.destroyForcibly();
        }
    }
}
