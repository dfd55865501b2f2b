package dev.skerry.verify.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.control.MadDevice.Madness;
import dev.skerry.verify.guests.FileSystemImage;
import dev.skerry.verify.guests.GuestFiles;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A Linux guest whose disk controller's process dies, hangs and goes mad while it writes: it goes on,
 * and what it was told is durable is there.
 */
@Tag("slow")
class GuestSurvivesKillsTest {
    private static final int KILLS = Integer.getInteger("skerry.kills", 100);
    private static final int HANGS = 2;
    private static final int MEGABYTES = 128;
    private static final String BWRAP = "/usr/bin/bwrap";
    private static final String BACK = "lsi0: back in the machine";

    @TempDir Path folder;
    private Path disk;

    @BeforeAll
    static void peers() {
        assumeTrue(GuestFiles.missing() == null, GuestFiles.missing());
        assumeTrue(Files.isExecutable(Path.of(BWRAP)), BWRAP + " is missing");
        assumeTrue(Peer.DEVICE_PROCESS.missing() == null, "no device image");
    }

    @BeforeEach
    void disk() throws IOException, InterruptedException {
        disk = folder.resolve("disk.img");
        FileSystemImage.make(disk, MEGABYTES);
    }

    /**
     * The guest's commands may take the 30 s that Linux gives them: it must not depend on their
     * timing out. Only the pause of 3 s that its driver makes after each reset of a bus is left out.
     */
    @Test
    void a_hundred_kills_of_the_controller_lose_nothing_that_was_synced() throws Exception {
        try (SupervisedGuest guest =
                new SupervisedGuest(Peer.root(), folder, disk, "durable", "sym53c8xx.settle=0")) {
            int synced = guest.awaitFile("synced", -1);
            long[] recoveriesNs = new long[KILLS];
            for (int kill = 0; kill < KILLS; kill++) {
                ProcessHandle victim = guest.device();
                awaitMoment(guest, victim, kill, synced);
                assertTrue(victim.destroyForcibly());
                long killedNs = System.nanoTime();
                guest.awaitLog(BACK, kill + 1);
                // The next one may have been written before the kill, the one after it was not.
                synced = guest.awaitFile("synced", guest.last("synced") + 1);
                recoveriesNs[kill] = System.nanoTime() - killedNs;
            }
            assertEquals(0, guest.end(), guest::everything);
            assertIntact(guest);
            report(recoveriesNs, guest);
        }
    }

    /**
     * Nobody notices before the guest does: when a command has taken too long, its driver reaches for
     * the controller.
     */
    @Test
    void a_controller_that_hangs_is_replaced_and_the_guest_goes_on() throws Exception {
        String patience = "skerry.patience=2";
        try (SupervisedGuest guest =
                new SupervisedGuest(
                        Peer.root(), folder, disk, "durable", patience, "reply-timeout: 1s")) {
            int synced = guest.awaitFile("synced", -1);
            for (int hang = 1; hang <= HANGS; hang++) {
                guest.awaitFile("writing", synced + 1);
                long pid = guest.device().pid();
                assertEquals(
                        0, new ProcessBuilder("/bin/kill", "-STOP", "" + pid).start().waitFor());
                guest.awaitLog("lsi0: lost: no reply to ", hang);
                guest.awaitLog(BACK, hang);
                synced = guest.awaitFile("synced", guest.last("synced") + 1);
            }
            assertEquals(0, guest.end(), guest::everything);
            assertIntact(guest);
        }
    }

    @Test
    void a_controller_that_talks_nonsense_is_replaced_and_the_guest_goes_on() throws Exception {
        String[] device = {"sandbox: off", "reply-timeout: 1s"};
        try (MadDevice mad = new MadDevice(folder);
                SupervisedGuest guest =
                        new SupervisedGuest(mad.home(), folder, disk, "durable", "", device)) {
            guest.awaitFile("synced", -1);
            int times = 0;
            for (Madness madness : Madness.values()) {
                mad.drive(madness);
                times++;
                guest.awaitLog("lsi0: lost: ", times);
                guest.awaitLog(BACK, times);
                guest.awaitFile("synced", guest.last("synced") + 1);
            }
            assertEquals(0, guest.end(), guest::everything);
            assertIntact(guest);
        }
    }

    /** Between two files, at the begin of one, and after the device has written some of its blocks. */
    private static void awaitMoment(
            SupervisedGuest guest, ProcessHandle device, int kill, int after)
            throws IOException, InterruptedException {
        if (kill % 3 == 0) {
            guest.awaitFile("synced", after);
            return;
        }
        guest.awaitFile("writing", after + 1);
        if (kill % 3 == 2) {
            long wanted = bytesWritten(device) + (1 + kill % 16) * 8192L;
            while (bytesWritten(device) < wanted && device.isAlive()) {
                Thread.onSpinWait();
            }
        }
    }

    /** What a process has given to write calls. */
    private static long bytesWritten(ProcessHandle process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/io"))) {
            if (line.startsWith("wchar: ")) {
                return Long.parseLong(line.substring("wchar: ".length()));
            }
        }
        throw new IOException("/proc/" + process.pid() + "/io has no wchar");
    }

    /** The file system is clean, and each file that was said to be safe has its content. */
    private void assertIntact(SupervisedGuest guest) throws IOException, InterruptedException {
        FileSystemImage.requireClean(disk);
        Path files = Files.createDirectory(folder.resolve("files"));
        FileSystemImage.dump(disk, "/", files);
        List<String> synced = guest.said("synced");
        assertTrue(synced.size() > 1, synced::toString);
        for (String number : synced) {
            byte[] found = Files.readAllBytes(files.resolve("file" + number));
            assertArrayEquals(content(Integer.parseInt(number)), found, "file" + number);
        }
        List<String> kernel = guest.said("kernel");
        assertTrue(kernel.stream().anyMatch(line -> line.contains("reset")), kernel::toString);
        assertTrue(kernel.stream().noneMatch(GuestSurvivesKillsTest::isTrouble), kernel::toString);
    }

    private static boolean isTrouble(String line) {
        String lower = line.toLowerCase(Locale.ROOT);
        return lower.contains("error") || lower.contains("offline");
    }

    /** As the guest's script makes it. */
    private static byte[] content(int number) {
        byte[] line = ("file " + number + "\n").getBytes(StandardCharsets.US_ASCII);
        byte[] content = new byte[(number % 4 + 1) * 32768];
        for (int i = 0; i < content.length; i++) {
            content[i] = line[i % line.length];
        }
        return content;
    }

    private static void report(long[] recoveriesNs, SupervisedGuest guest) {
        Arrays.sort(recoveriesNs);
        System.out.printf(
                "%d kills, %d files; a kill to the next synced file: median %d ms, longest %d ms%n",
                recoveriesNs.length,
                guest.said("synced").size(),
                recoveriesNs[recoveriesNs.length / 2] / 1_000_000,
                recoveriesNs[recoveriesNs.length - 1] / 1_000_000);
        guest.said("kernel").forEach(line -> System.out.println("  " + line));
    }
}
