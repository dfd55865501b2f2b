package dev.skerry.verify.guests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.Child;
import dev.skerry.verify.testkit.DeviceProcess;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Several devices elsewhere: in one process, in two, and one of them gone. */
class ManyDevicesTest {
    private static final int MEGABYTES = 16;
    private static final int SYNCED_FILES = 5;

    @TempDir Path folder;

    @BeforeAll
    static void everything_is_there() {
        Peers.areThere();
    }

    @Test
    void two_devices_of_one_process_work_for_two_processors_at_once() throws Exception {
        Disk first = Disk.random(folder.resolve("first"), "raw", MEGABYTES, 1);
        Disk second = Disk.random(folder.resolve("second"), "raw", MEGABYTES, 2);
        try (DeviceProcess devices = DeviceProcess.start(twoDevices(first, second), 2, null);
                Guest guest =
                        Guest.ours("q35")
                                .proxy("lsi0", devices.link(0))
                                .proxy("lsi1", devices.link(1))
                                .with("-smp", "2")
                                .tests("together", "interrupts")
                                .start()) {
            assertEquals("2", guest.await("cpus"));
            assertEquals(new Child.Exit(0, -1), guest.awaitEnd(), guest::log);
            assertEquals(List.of(first.sha256() + "  -"), guest.said("together 1"));
            assertEquals(List.of(second.sha256() + "  -"), guest.said("together 2"));
            InterruptCounts.assertSound(guest);
        }
    }

    private static List<String> twoDevices(Disk first, Disk second) {
        List<String> command = new ArrayList<>(DeviceProcess.ours());
        command.addAll(List.of("-machine", "x-remote", "-nodefaults", "-display", "none"));
        for (int i = 0; i < 2; i++) {
            String object = "x-remote-object,id=r" + i + ",devid=lsi" + i + ",fd=" + (3 + i);
            command.addAll(List.of("-device", "lsi53c895a,id=lsi" + i, "-object", object));
            command.addAll(List.of(Disk.options("lsi" + i, i == 0 ? first : second)));
        }
        return command;
    }

    @Test
    void a_killed_device_process_costs_its_own_disk_and_no_synced_file() throws Exception {
        Disk victim = Disk.empty(folder.resolve("victim"), "raw", 2 * MEGABYTES);
        Disk other = Disk.random(folder.resolve("other"), "raw", MEGABYTES, 2);
        List<String> synced;
        try (DeviceProcess first = Peers.disks("ours", victim);
                DeviceProcess second = Peers.disks("ours", other);
                Guest guest =
                        Guest.ours("q35")
                                .proxy("lsi0", first.link(0))
                                .proxy("lsi1", second.link(0))
                                .tests("load")
                                .start()) {
            guest.await("synced file" + SYNCED_FILES);
            first.child().kill();
            guest.await("load failed");
            assertEquals(other.sha256() + "  -", guest.await("sha256 other"));
            assertEquals(new Child.Exit(0, -1), guest.awaitEnd(), guest::log);
            assertEquals(new Child.Exit(0, -1), second.child().await(DeviceProcess.TIMEOUT_NS));
            synced = guest.said("synced");
        }
        FileSystemImage.repair(victim.file());
        FileSystemImage.dump(victim.file(), "/", folder);
        assertTrue(synced.size() > SYNCED_FILES);
        for (String line : synced) {
            String[] words = line.split(" +");
            assertEquals(words[1], new Disk(folder.resolve(words[0]), "raw").sha256(), words[0]);
        }
    }
}
