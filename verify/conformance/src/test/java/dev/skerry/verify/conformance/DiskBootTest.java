package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.verify.testkit.BootDisk;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.Peer;
import dev.skerry.verify.testkit.StockMachine;
import dev.skerry.verify.testkit.TinyGuest;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A machine starts from a disk in a device process: its firmware (SeaBIOS, which drives the chip by
 * polling) finds it, and the guest's boot sector reads and writes it. Everything the guest says and
 * writes is the same whichever machine runs it and whichever device process has the disk.
 */
class DiskBootTest {
    private static final int CHUNKS = 16;
    private static final int SLOT = 5;

    @TempDir Path folder;

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    @ParameterizedTest(name = "machine {0}, {1}, disk in {2}")
    @CsvSource({
        "stock, pc, ours", "stock, pc, stock", "stock, q35, ours", "stock, q35, stock",
        "ours, pc, ours", "ours, pc, stock", "ours, q35, ours", "ours, q35, stock"
    })
    void a_machine_starts_from_the_disk(String machines, String type, String whose)
            throws IOException {
        BootDisk disk = new BootDisk(CHUNKS);
        Path image = Files.write(folder.resolve("disk.img"), disk.bytes());
        Path serial = folder.resolve("serial");
        List<String> program = program(whose);
        try (Fd chatter = MemFd.resizable("stderr", 0);
                DeviceProcess device =
                        DeviceProcess.start(
                                DeviceProcess.oneDisk(program, image, "", ""), 1, null);
                Child machine =
                        new StockMachine.Setup(type)
                                .program(program(machines))
                                .proxy("lsi0", device.link(0), SLOT)
                                .errors(chatter)
                                .boot(serial)) {
            Child.Exit exit = machine.await(DeviceProcess.TIMEOUT_NS);
            assertEquals(new Child.Exit(TinyGuest.statusOf(BootDisk.PASSED), -1), exit);
            assertEquals(disk.expected(), Files.readString(serial));
            assertEquals(new Child.Exit(0, -1), device.child().await(DeviceProcess.TIMEOUT_NS));
        }
        assertArrayEquals(afterwards(disk), Files.readAllBytes(image));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void a_machine_of_ours_starts_from_a_disk_of_its_own(String type) throws IOException {
        BootDisk disk = new BootDisk(CHUNKS);
        Path image = Files.write(folder.resolve("disk.img"), disk.bytes());
        Path serial = folder.resolve("serial");
        try (Child machine =
                new StockMachine.Setup(type)
                        .program(DeviceProcess.ours())
                        .with("-device", "lsi53c895a,id=lsi0")
                        .with("-drive", "id=d0,if=none,format=raw,file=" + image)
                        .with("-device", "scsi-hd,drive=d0,bus=lsi0.0")
                        .boot(serial)) {
            Child.Exit exit = machine.await(DeviceProcess.TIMEOUT_NS);
            assertEquals(new Child.Exit(TinyGuest.statusOf(BootDisk.PASSED), -1), exit);
        }
        assertEquals(disk.expected(), Files.readString(serial));
        assertArrayEquals(afterwards(disk), Files.readAllBytes(image));
    }

    private static List<String> program(String whose) {
        return whose.equals("ours") ? DeviceProcess.ours() : DeviceProcess.stock();
    }

    private static byte[] afterwards(BootDisk disk) {
        byte[] expected = disk.bytes();
        int written = BootDisk.WRITTEN_SECTOR * BootDisk.SECTOR_BYTES;
        Arrays.fill(expected, written, written + BootDisk.SECTOR_BYTES, BootDisk.WRITTEN);
        return expected;
    }
}
