package dev.skerry.verify.guests;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.Peer;

import java.io.IOException;
import java.util.List;

/** What these tests are run with. */
final class Peers {
    private Peers() {}

    static void areThere() {
        assumeTrue(GuestFiles.missing() == null, GuestFiles.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    static void isThere(Peer peer) {
        assumeTrue(peer.missing() == null, peer.missing());
    }

    /** Device processes' program by whose it is: ours or stock. */
    static List<String> program(String whose) {
        if (whose.equals("ours")) {
            return DeviceProcess.ours();
        }
        isThere(Peer.STOCK_QEMU);
        return DeviceProcess.stock();
    }

    /** A process with one controller behind one link, and disks on it. */
    static DeviceProcess disks(String whose, Disk... disks) throws IOException {
        List<String> command = DeviceProcess.oneDevice(program(whose), "lsi53c895a");
        command.addAll(List.of(Disk.options("dev0", disks)));
        return DeviceProcess.start(command, 1, null);
    }
}
