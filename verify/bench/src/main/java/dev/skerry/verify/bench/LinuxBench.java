package dev.skerry.verify.bench;

import dev.skerry.execution.x86.Jit;
import dev.skerry.platform.log.Log;
import dev.skerry.verify.boot.BareMachine;
import dev.skerry.verify.boot.Console;
import dev.skerry.verify.boot.DebianFiles;
import dev.skerry.verify.boot.LinuxGuest;
import dev.skerry.vmm.boot.LinuxKernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Debian's kernel from its start to its first process: the software CPU with the kernel unpacked and
 * entered directly, and stock QEMU's TCG with the same kernel, initial file system and command line,
 * firmware and unpacking by the guest included. In turns.
 */
final class LinuxBench {
    private static final int ROUNDS = 3;
    private static final long RAM = 256L << 20;
    private static final int TIMEOUT_SECONDS = 600;

    private final PrintStream out;
    private final Log log;
    private final Samples ours = new Samples();
    private final Samples unpacking = new Samples();
    private final Samples stock = new Samples();
    private long instructions;

    LinuxBench(PrintStream out, Log log) {
        this.out = out;
        this.log = log;
    }

    void run() throws IOException, InterruptedException, TimeoutException {
        byte[] files = LinuxGuest.initRamFs("");
        Path archive = Files.createTempFile("skerry-initramfs", ".cpio");
        try {
            Files.write(archive, files);
            for (int i = 0; i < ROUNDS; i++) {
                bootOurs(files);
                bootStock(archive);
            }
        } finally {
            Files.delete(archive);
        }
        out.printf("linux: Debian's kernel to its first process, %d boots each%n", ROUNDS);
        out.printf(
                "  %-30s %7.2f s (least %.2f), %.1f x stock; %d million instructions, %.1f MIPS%n",
                "skerry, entered directly",
                ours.ms(50) / 1e3,
                ours.ms(0) / 1e3,
                ours.medianRatioTo(stock),
                instructions / 1_000_000,
                instructions / ours.us(50));
        out.printf("  %-30s %7.2f s%n", "  unpacking before", unpacking.ms(50) / 1e3);
        out.printf(
                "  %-30s %7.2f s (least %.2f)%n",
                "stock QEMU, TCG", stock.ms(50) / 1e3, stock.ms(0) / 1e3);
    }

    private void bootOurs(byte[] files) throws IOException, InterruptedException, TimeoutException {
        long begin = System.nanoTime();
        LinuxKernel kernel = DebianFiles.unpackedKernel();
        unpacking.add(System.nanoTime() - begin);
        try (BareMachine machine = new BareMachine(RAM, Jit.ON, log)) {
            machine.boot(kernel, files, LinuxGuest.COMMAND_LINE);
            Console.Line first =
                    machine.console()
                            .await(
                                    line -> line.contains(LinuxGuest.FIRST_PROCESS),
                                    TIMEOUT_SECONDS,
                                    TimeUnit.SECONDS);
            instructions = machine.cpu().counters().instructions();
            ours.add(first.atNs());
        }
    }

    private void bootStock(Path archive) throws IOException {
        long begin = System.nanoTime();
        Process machine = StockLinux.start(RAM, archive);
        try (BufferedReader lines = machine.inputReader()) {
            String line = lines.readLine();
            while (line != null && !line.contains(LinuxGuest.FIRST_PROCESS)) {
                line = lines.readLine();
            }
            if (line == null) {
                throw new IOException("stock QEMU ended before the kernel's first process");
            }
            stock.add(System.nanoTime() - begin);
        } finally {
            machine.destroyForcibly();
        }
    }
}
