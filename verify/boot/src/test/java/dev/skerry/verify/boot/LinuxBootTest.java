package dev.skerry.verify.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.execution.x86.Jit;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Debian's kernel, unmodified, from its bzImage to its first process and the end of that. */
class LinuxBootTest {
    private static final long RAM = 256L << 20;

    /** A bound on a hang, far beyond what it takes. */
    private static final int TIMEOUT_SECONDS = 300;

    /** What the console shows on the way, in this order; each is the begin of a message. */
    private static final List<String> MILESTONES =
            List.of(
                    "Linux version 6.",
                    "Command line: " + LinuxGuest.COMMAND_LINE,
                    "BIOS-provided physical RAM map:",
                    "NX (Execute Disable) protection: active",
                    "tsc: Detected",
                    "Memory: ",
                    "x86/mm: Memory block size",
                    "Trying to unpack rootfs image as initramfs...",
                    "Serial: 8250/16550 driver",
                    "Write protecting the kernel read-only data",
                    "Run /init as init process");

    @BeforeAll
    static void filesAreThere() {
        String missing = DebianFiles.missing();
        assumeTrue(missing == null, missing);
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "on", "check"})
    void the_kernel_reaches_its_first_process_which_computes_what_the_host_does(String jit)
            throws Exception {
        byte[] busybox = Files.readAllBytes(DebianFiles.busybox());
        String script =
                """
                /bin/busybox sha256sum /bin/busybox
                /bin/busybox gzip -c /bin/busybox | /bin/busybox gunzip -c | /bin/busybox md5sum
                /bin/busybox awk 'BEGIN { printf "awk %.17g %.17g\\n", 1 / 3 * 1e300, 2.5 * 2.5 / 7 }'
                /bin/busybox cat /proc/interrupts
                """;
        Log log = Log.of(new LogSink("boot", 0, System.err, Level.WARNING));
        try (BareMachine machine = new BareMachine(RAM, Jit.named(jit), log)) {
            machine.boot(
                    DebianFiles.unpackedKernel(),
                    LinuxGuest.initRamFs(script),
                    LinuxGuest.COMMAND_LINE);
            machine.console()
                    .await(
                            line -> line.contains(LinuxGuest.DONE),
                            TIMEOUT_SECONDS,
                            TimeUnit.SECONDS);
            List<String> lines =
                    machine.console().lines().stream().map(Console.Line::text).toList();
            assertMilestones(lines);
            List<String> said =
                    lines.subList(lines.indexOf(LinuxGuest.FIRST_PROCESS), lines.size());
            assertContains(said, digest("SHA-256", busybox) + "  /bin/busybox");
            assertContains(said, digest("MD5", busybox) + "  -");
            assertContains(said, "awk 3.3333333333333335e+299 0.8928571428571429");
            assertEquals(0, machine.cpu().counters().unknownInstructions());
            assertTrue(
                    said.stream().anyMatch(line -> line.matches(" *4: +[1-9][0-9]* .*ttyS0")),
                    "no interrupt of the serial port in " + said);
        }
    }

    private static void assertMilestones(List<String> lines) {
        List<String> messages = new ArrayList<>();
        for (String line : lines) {
            int end = line.startsWith("[") ? line.indexOf("] ") : -1;
            messages.add(end < 0 ? line : line.substring(end + 2));
        }
        int at = 0;
        for (String milestone : MILESTONES) {
            String found = null;
            while (at < messages.size() && found == null) {
                found = messages.get(at).startsWith(milestone) ? messages.get(at) : null;
                at++;
            }
            assertNotNull(found, "'" + milestone + "' is not where it belongs in:\n" + messages);
        }
    }

    private static void assertContains(List<String> lines, String wanted) {
        assertTrue(lines.contains(wanted), "'" + wanted + "' is not among " + lines);
    }

    private static String digest(String algorithm, byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    }
}
