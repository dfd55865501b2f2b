package dev.skerry.verify.guests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

/** The guest itself, on stock QEMU alone: what fails here is no machine of ours. */
class StockGuestTest {
    @TempDir Path folder;

    @BeforeAll
    static void everything_is_there() {
        Peers.isThere(Peer.STOCK_QEMU);
        Peers.areThere();
    }

    @Test
    void the_guests_scripts_work_on_stock_qemu() throws Exception {
        Disk disk = Disk.random(folder.resolve("disk"), "raw", 16, 1);
        String sum = disk.sha256();
        try (Guest guest =
                Guest.stock("pc")
                        .localDisks("lsi0", disk)
                        .tests("checksum", "ext4", "interrupts", "pci", "throughput")
                        .start()) {
            assertEquals(0, guest.awaitEnd().status());
            assertEquals(List.of(sum + "  -"), guest.said("sha256 sda"));
            assertTrue(guest.said("ext4").contains("clean"), guest.said("ext4")::toString);
            assertTrue(guest.said("pci").stream().anyMatch(l -> l.endsWith("PCI_ID=1000:0012")));
            assertEquals(2, guest.said("throughput").size());
            InterruptCounts.assertSound(guest);
        }
    }
}
