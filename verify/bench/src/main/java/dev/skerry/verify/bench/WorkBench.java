package dev.skerry.verify.bench;

import dev.skerry.execution.x86.Jit;
import dev.skerry.platform.log.Log;
import dev.skerry.verify.boot.BareMachine;
import dev.skerry.verify.boot.Console;
import dev.skerry.verify.boot.DebianFiles;
import dev.skerry.verify.boot.LinuxGuest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What programs in a Linux guest take, on the software CPU and on stock QEMU's TCG, from the same
 * kernel and initial file system: each program twice, when its code is new and once it is warm. By
 * processor time, of the CPU's thread and of QEMU's process: other work on the host disturbs that
 * less.
 */
final class WorkBench {
    private static final long RAM = 512L << 20;
    private static final int TIMEOUT_SECONDS = 900;
    private static final int ROUNDS = 2;
    private static final String MARK = "@ ";

    /** busybox is the program; its shell loops, so that the guest needs nothing else. */
    private static final String SCRIPT =
            """
            b=/bin/busybox
            $b mkdir /tmp
            $b mount -t tmpfs tmp /tmp
            $b mount -t devtmpfs dev /dev
            $b dd if=/dev/urandom of=/tmp/random bs=1M count=4 2>/dev/null
            for round in 1 2; do
            echo "@ SHA-256 of 16 MiB"
            $b sha256sum /tmp/random /tmp/random /tmp/random /tmp/random >/dev/null
            echo "@ gzip of 2 MB"
            $b gzip -c /bin/busybox >/tmp/zipped
            echo "@ gunzip of it"
            $b gunzip -c /tmp/zipped >/tmp/unzipped
            echo "@ copying 32 MiB"
            for i in 1 2 3 4 5 6 7 8; do $b cp /tmp/random /tmp/copy; done
            echo "@ 200 times fork and exec"
            i=0; while [ $i -lt 200 ]; do $b true; i=$((i+1)); done
            echo "@ 400,000 system calls"
            $b dd if=/dev/zero of=/dev/null bs=1 count=200000 2>/dev/null
            echo "@ a shell's loop"
            i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done
            echo "@ awk, in doubles"
            $b awk 'BEGIN { for (i = 0; i < 200000; i++) s += i * i % 7; print s }' >/dev/null
            echo "@ sort of 20,000 lines"
            $b seq 1 20000 | $b sort -r | $b md5sum >/dev/null
            echo "@ end"
            done
            """;

    private final PrintStream out;
    private final Log log;

    /**
     * One program's run.
     *
     * @param instructions the guest's, with its kernel's; 0 where nobody counts
     */
    private record Work(String name, double seconds, long instructions) {}

    WorkBench(PrintStream out, Log log) {
        this.out = out;
        this.log = log;
    }

    void run() throws IOException, InterruptedException, TimeoutException {
        byte[] files = LinuxGuest.initRamFs(SCRIPT);
        List<Work> ours = runOurs(files);
        List<Work> stock = runStock(files);
        out.printf("work: programs in a Linux guest, processor seconds%n");
        out.printf(
                "  %-26s %8s %8s %8s %8s   %8s %8s %8s %8s%n",
                "program", "new", "stock", "x stock", "MIPS", "warm", "stock", "x stock", "MIPS");
        int half = ours.size() / ROUNDS;
        for (int i = 0; i < half; i++) {
            out.printf("  %-26s", ours.get(i).name);
            print(ours.get(i), stock.get(i));
            out.print("  ");
            print(ours.get(half + i), stock.get(half + i));
            out.println();
        }
    }

    private void print(Work ours, Work stock) {
        out.printf(
                " %8.2f %8.2f %8.2f %8.0f",
                ours.seconds,
                stock.seconds,
                ours.seconds / stock.seconds,
                ours.instructions / ours.seconds / 1e6);
    }

    /** Takes a line that begins the next program, and so ends the one before. */
    private static final class Taker {
        final List<Work> done = new ArrayList<>();
        private String name;
        private double began;
        private long instructionsBefore;

        void take(String line, double seconds, long instructions) {
            if (name != null) {
                done.add(new Work(name, seconds - began, instructions - instructionsBefore));
            }
            String next = line.substring(MARK.length());
            name = next.equals("end") ? null : next;
            began = seconds;
            instructionsBefore = instructions;
        }
    }

    private List<Work> runOurs(byte[] files)
            throws IOException, InterruptedException, TimeoutException {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        Taker taker = new Taker();
        try (BareMachine machine = new BareMachine(RAM, Jit.ON, log)) {
            machine.boot(DebianFiles.unpackedKernel(), files, LinuxGuest.COMMAND_LINE);
            long thread = machine.cpuThreadId();
            int from = 0;
            while (true) {
                Console.Line line =
                        machine.console()
                                .await(
                                        from,
                                        text ->
                                                text.startsWith(MARK)
                                                        || text.equals(LinuxGuest.DONE),
                                        TIMEOUT_SECONDS,
                                        TimeUnit.SECONDS);
                if (line.text().equals(LinuxGuest.DONE)) {
                    return taker.done;
                }
                taker.take(
                        line.text(),
                        threads.getThreadCpuTime(thread) / 1e9,
                        machine.cpu().counters().instructions());
                from = line.number() + 1;
            }
        }
    }

    private static List<Work> runStock(byte[] files) throws IOException {
        Taker taker = new Taker();
        Path archive = Files.createTempFile("skerry-initramfs", ".cpio");
        Process machine = null;
        try {
            Files.write(archive, files);
            machine = StockLinux.start(RAM, archive);
            BufferedReader lines = machine.inputReader();
            String line;
            while ((line = lines.readLine()) != null && !line.equals(LinuxGuest.DONE)) {
                if (line.startsWith(MARK)) {
                    taker.take(
                            line,
                            machine.info().totalCpuDuration().orElseThrow().toNanos() / 1e9,
                            0);
                }
            }
            if (line == null) {
                throw new IOException("stock QEMU ended before its guest's programs");
            }
            return taker.done;
        } finally {
            if (machine != null) {
                machine.destroyForcibly();
            }
            Files.delete(archive);
        }
    }
}
