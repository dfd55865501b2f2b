package dev.skerry.verify.guests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.Child;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Debian's kernel on a machine of ours, with a disk: it reads what the host wrote, and the host reads
 * what it wrote, file by file.
 */
class GuestDiskTest {
    private static final int MEGABYTES = 16;
    private static final String[] SCRIPTS = {"checksum", "ext4", "interrupts"};

    @TempDir Path folder;

    @BeforeAll
    static void everything_is_there() {
        Peers.areThere();
    }

    @ParameterizedTest(name = "{0}, disk in {1}, {2}")
    @CsvSource({"q35, ours, raw", "pc, ours, qcow2", "pc, stock, raw", "q35, stock, qcow2"})
    void a_disk_in_a_process_of_its_own_holds_what_was_written(
            String type, String whose, String format) throws Exception {
        Peers.isThere(Peer.QEMU_IMG);
        Disk disk = Disk.random(folder.resolve("disk"), format, MEGABYTES, 1);
        String sum = new Disk(folder.resolve("disk"), "raw").sha256();
        try (DeviceProcess device = Peers.disks(whose, disk);
                Guest guest =
                        Guest.ours(type).proxy("lsi0", device.link(0)).tests(SCRIPTS).start()) {
            assertRoundTrip(guest, sum);
            assertEquals(new Child.Exit(0, -1), device.child().await(DeviceProcess.TIMEOUT_NS));
        }
        compareFiles(disk);
    }

    @Test
    void a_disk_of_the_machine_itself_holds_what_was_written() throws Exception {
        Disk disk = Disk.random(folder.resolve("disk"), "raw", MEGABYTES, 1);
        String sum = disk.sha256();
        try (Guest guest = Guest.ours("pc").localDisks("lsi0", disk).tests(SCRIPTS).start()) {
            assertRoundTrip(guest, sum);
        }
        compareFiles(disk);
    }

    private List<String> sums;

    private void assertRoundTrip(Guest guest, String sum) throws Exception {
        assertEquals(sum + "  -", guest.await("sha256 sda"));
        assertEquals(new Child.Exit(0, -1), guest.awaitEnd(), guest::log);
        for (String step : List.of("made", "mounted", "mounted again", "same files", "clean")) {
            assertEquals(1, count(guest, step), () -> step + " in " + guest.console().lines());
        }
        InterruptCounts.assertSound(guest);
        sums = guest.said("file");
        assertTrue(sums.size() > 20, sums::toString);
    }

    private static long count(Guest guest, String step) {
        return guest.said("ext4").stream().filter(step::equals).count();
    }

    private void compareFiles(Disk disk) throws Exception {
        Path image = disk.format().equals("raw") ? disk.file() : disk.as("raw", "again").file();
        Path tree = Files.createDirectory(folder.resolve("tree"));
        FileSystemImage.dump(image, "/", tree);
        for (String line : sums) {
            String[] parts = line.split("  ", 2);
            assertEquals(parts[0], new Disk(tree.resolve(parts[1]), "raw").sha256(), parts[1]);
        }
    }
}
