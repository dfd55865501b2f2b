package dev.skerry.verify.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.guests.GuestFiles;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A disk controller whose process dies while Linux is just finding it, or the disk behind it: Linux
 * does not look again by itself, but does when it is asked to (docs/usage.md, Life and death).
 */
@Tag("slow")
class IdentificationTest {
    private static final int BYTES = 1 << 20;
    private static final String DISK = " sda " + BYTES / 512;
    private static final String NONE = "";

    @TempDir Path folder;

    @BeforeAll
    static void peers() {
        assumeTrue(GuestFiles.missing() == null, GuestFiles.missing());
        assumeTrue(Peer.DEVICE_PROCESS.missing() == null, "no device image");
    }

    /**
     * The driver's probe writes its SCRIPTS into the chip's memory, some thousand messages. If the
     * process dies at the end of them, the first command, INQUIRY, finds no chip, and the new one's
     * bus reset ends it (DID_RESET). Linux sends any other command again after that, but not this one.
     */
    @Test
    void a_scan_finds_a_disk_whose_identification_was_cut_off() throws Exception {
        // Other kernels may come to it a little earlier or later.
        for (int message : new int[] {1000, 1150, 850, 600}) {
            if (comesBack(message, "scan")) {
                return;
            }
        }
        fail("whenever the process was killed, the disk was there without a scan");
    }

    /** Reads as ones are no chip: the driver gives up, and there is no host that could scan. */
    @Test
    void a_bind_finds_a_controller_whose_driver_gave_up() throws Exception {
        assertTrue(comesBack(1, "bind"), "the driver found a controller that was not there");
    }

    /**
     * Kills the process at one of the driver's messages, and asks the guest to look again.
     *
     * @return false if the disk was there without that
     */
    private boolean comesBack(int message, String request) throws Exception {
        Path own = Files.createDirectory(folder.resolve("killed-at-" + message));
        byte[] content = new byte[BYTES];
        new Random(message).nextBytes(content);
        Path disk = Files.write(own.resolve("disk.img"), content);
        String[] device = {"sandbox: off", "reply-timeout: 2s"};
        try (MadDevice mad = new MadDevice(own);
                SupervisedGuest guest =
                        new SupervisedGuest(
                                mad.home(), own, disk, "identify", "sym53c8xx.settle=0", device)) {
            guest.awaitSaid("ready", 1);
            mad.dieAt(message);
            guest.tell("begin");
            String atBoot = guest.awaitSaid("after boot:", 1);
            guest.awaitLog("lsi0: back in the machine", 1);
            if (atBoot.equals(NONE)) {
                guest.tell(request);
                guest.awaitSaid("after " + request + ":", 1);
                awaitDisk(guest);
            } else {
                assertEquals(DISK, atBoot);
            }
            guest.tell("enough");
            String sum =
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
            assertEquals(sum + "  -", guest.awaitSaid("content ", 1));
            assertEquals(0, guest.awaitEnd(), guest::everything);
            return atBoot.equals(NONE);
        }
    }

    /** Its driver looks at it in the background. */
    private static void awaitDisk(SupervisedGuest guest) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Skerry.TIMEOUT_SECONDS);
        String found = NONE;
        for (int look = 1; !found.equals(DISK); look++) {
            assertTrue(System.nanoTime() < end, guest::everything);
            guest.tell("look");
            found = guest.awaitSaid("after look:", look);
        }
    }
}
