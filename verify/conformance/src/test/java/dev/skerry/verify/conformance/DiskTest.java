package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.device.block.img.ImgCommand;
import dev.skerry.platform.linux.Child;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A disk in a device process and what happens to it: crashes, full hosts, other users. */
class DiskTest {
    private static final int GOOD = 0;
    private static final int CHECK_CONDITION = 2;
    private static final int DISK_BYTES = 16 << 20;
    private static final int UNIT_BLOCKS = 8;
    private static final int UNIT_BYTES = 512 * UNIT_BLOCKS;
    private static final int UNITS = DISK_BYTES / UNIT_BYTES;
    private static final int SIGKILL = 9;

    @TempDir Path folder;

    @BeforeAll
    static void processIsThere() {
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    private Path image(String format) {
        Path path = folder.resolve("disk." + format);
        String size = Integer.toString(DISK_BYTES);
        String[] create = {"create", "-q", "-f", format, path.toString(), size};
        assertEquals(0, ImgCommand.run(create, System.out, System.err));
        return path;
    }

    private static List<String> command(String drive, String device) {
        List<String> command = new ArrayList<>(DeviceProcess.ours());
        command.addAll(List.of("-machine", "x-remote", "-device", "lsi53c895a,id=lsi0"));
        command.addAll(List.of("-drive", "if=none,id=d," + drive));
        command.addAll(List.of("-device", "scsi-hd,drive=d,bus=lsi0.0,scsi-id=0" + device));
        command.addAll(List.of("-object", "x-remote-object,id=r,devid=lsi0,fd=3"));
        return command;
    }

    private ProgramRun stockImg(String arguments) throws IOException, InterruptedException {
        Assumptions.assumeTrue(Peer.QEMU_IMG.missing() == null, Peer.QEMU_IMG.missing());
        return ProgramRun.of(folder, List.of(Peer.QEMU_IMG.path().toString()), arguments);
    }

    /** What a unit of the disk may hold: the last value that is safe, and those written since. */
    private static final class Expected {
        private final List<Byte> values = new ArrayList<>(List.of((byte) 0));

        void written(byte value) {
            values.add(value);
        }

        void safe() {
            values.subList(0, values.size() - 1).clear();
        }

        boolean allows(byte value) {
            return values.contains(value);
        }
    }

    @ParameterizedTest(name = "{0}, cache={1}{2}")
    @CsvSource({
        "raw, writeback, ''",
        "raw, none, ''",
        "raw, writeback, ',write-cache=off'",
        "qcow2, writeback, ''",
        "qcow2, none, ''",
        "qcow2, writeback, ',write-cache=off'",
        "qcow2, writethrough, ''"
    })
    void what_was_acknowledged_as_durable_survives_a_kill(
            String format, String cache, String device) throws IOException, InterruptedException {
        boolean durable = !device.isEmpty() || cache.equals("writethrough");
        long seed = new Random().nextLong();
        System.out.println("DiskTest: kill, " + format + ", " + cache + device + ", seed " + seed);
        Random random = new Random(seed);
        Path path = image(format);
        Expected[] expected = new Expected[UNITS];
        for (int i = 0; i < UNITS; i++) {
            expected[i] = new Expected();
        }
        for (int round = 0; round < 3; round++) {
            String drive = "file=" + path + ",format=" + format + ",cache=" + cache;
            try (DeviceProcess process = DeviceProcess.start(command(drive, device), 1, null);
                    DiskClient disk = new DiskClient(process.client(0))) {
                writeUntilKilled(process, disk, expected, durable, random);
            }
            ProgramRun check = stockImg("check -f " + format + " " + path);
            // 3 says leaks and nothing worse; 63 that a raw image cannot be checked.
            assertTrue(List.of(0, 3, 63).contains(check.status()), check.toString());
            Path raw = folder.resolve("as.raw");
            String convert = "convert -f " + format + " -O raw " + path + " " + raw;
            assertEquals(0, stockImg(convert).status());
            assertHolds(Files.readAllBytes(raw), expected);
        }
    }

    private static void writeUntilKilled(
            DeviceProcess process,
            DiskClient disk,
            Expected[] expected,
            boolean durable,
            Random random)
            throws IOException {
        // A write that waits for the disk takes a hundred times as long.
        int writes = (durable ? 20 : 100) + random.nextInt(durable ? 20 : 100);
        for (int i = 0; i < writes; i++) {
            int unit = random.nextInt(UNITS);
            byte value = (byte) random.nextInt();
            assertEquals(GOOD, disk.write((long) unit * UNIT_BLOCKS, UNIT_BLOCKS, value));
            expected[unit].written(value);
            if (durable) {
                expected[unit].safe();
            } else if (random.nextInt(20) == 0) {
                assertEquals(GOOD, disk.synchronize());
                for (Expected each : expected) {
                    each.safe();
                }
            }
        }
        int unit = random.nextInt(UNITS);
        byte value = (byte) random.nextInt();
        expected[unit].written(value);
        disk.beginWrite((long) unit * UNIT_BLOCKS, UNIT_BLOCKS, value);
        process.child().signal(SIGKILL);
        assertEquals(new Child.Exit(-1, SIGKILL), process.child().await(DeviceProcess.TIMEOUT_NS));
    }

    private static void assertHolds(byte[] bytes, Expected[] expected) {
        for (int i = 0; i < bytes.length; i++) {
            int unit = i / UNIT_BYTES;
            if (!expected[unit].allows(bytes[i])) {
                throw new AssertionError(
                        "unit " + unit + " holds " + bytes[i] + ", not " + expected[unit].values);
            }
        }
        for (int unit = 0; unit < expected.length; unit++) {
            // What is on the disk now is where the next round begins.
            expected[unit].written(bytes[unit * UNIT_BYTES]);
            expected[unit].safe();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "qcow2"})
    void an_end_in_peace_leaves_a_clean_image_with_all_that_was_written(String format)
            throws IOException, InterruptedException {
        Path path = image(format);
        String drive = "file=" + path + ",format=" + format;
        try (DeviceProcess process = DeviceProcess.start(command(drive, ""), 1, null);
                DiskClient disk = new DiskClient(process.client(0))) {
            assertEquals(GOOD, disk.write(77, 2048, (byte) 5));
            assertEquals(GOOD, disk.read(78, 1));
            assertEquals(5, disk.data(511));
            disk.hangUp();
            assertEquals(new Child.Exit(0, -1), process.child().await(DeviceProcess.TIMEOUT_NS));
        }
        ProgramRun check = stockImg("check -f " + format + " " + path);
        assertTrue(List.of(0, 63).contains(check.status()), check.toString());
        Path raw = folder.resolve("as.raw");
        assertEquals(0, stockImg("convert -f " + format + " -O raw " + path + " " + raw).status());
        byte[] bytes = Files.readAllBytes(raw);
        for (int i = 0; i < bytes.length; i++) {
            boolean written = i >= 77 * 512 && i < (77 + 2048) * 512;
            assertEquals(written ? 5 : 0, bytes[i], "byte " + i);
        }
    }

    @Test
    void sigterm_makes_durable_what_was_written() throws IOException, InterruptedException {
        Path path = image("qcow2");
        String drive = "file=" + path + ",format=qcow2";
        try (DeviceProcess process = DeviceProcess.start(command(drive, ""), 1, null);
                DiskClient disk = new DiskClient(process.client(0))) {
            assertEquals(GOOD, disk.write(0, 2048, (byte) 6));
            process.child().terminate();
            assertEquals(new Child.Exit(0, -1), process.child().await(DeviceProcess.TIMEOUT_NS));
        }
        Path raw = folder.resolve("as.raw");
        assertEquals(0, stockImg("convert -f qcow2 -O raw " + path + " " + raw).status());
        assertEquals(6, Files.readAllBytes(raw)[2048 * 512 - 1]);
    }

    @Test
    void a_file_cut_short_gives_sense_data_and_not_an_end() throws IOException {
        Path path = image("raw");
        try (DeviceProcess process =
                        DeviceProcess.start(command("format=raw,file=" + path, ""), 1, null);
                DiskClient disk = new DiskClient(process.client(0))) {
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                file.truncate(DISK_BYTES / 2);
            }
            long block = DISK_BYTES / 2 / 512;
            assertEquals(CHECK_CONDITION, disk.read(block, 1));
            assertEquals("3/11/00", disk.sense());
            assertEquals(CHECK_CONDITION, disk.read(block - 1, 2));
            assertEquals("3/11/00", disk.sense());
            assertEquals(GOOD, disk.read(block - 1, 1));
            assertEquals(GOOD, disk.write(block, 1, (byte) 1));
            assertEquals(GOOD, disk.read(block, 1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "qcow2"})
    void an_image_in_use_is_refused_to_others(String format)
            throws IOException, InterruptedException {
        Path path = image(format);
        String drive = "file=" + path + ",format=" + format;
        try (DeviceProcess process = DeviceProcess.start(command(drive, ""), 1, null);
                DiskClient disk = new DiskClient(process.client(0))) {
            ProgramRun second =
                    ProgramRun.of(folder, "-machine x-remote -drive if=none,id=d," + drive);
            assertEquals(1, second.status());
            assertEquals(1, second.errors().size(), second.toString());
            assertTrue(second.errors().getFirst().contains("\" lock"), second.toString());
            ProgramRun stock = stockImg("resize -f " + format + " " + path + " 32M");
            assertEquals(1, stock.status());
            assertTrue(stock.errors().getFirst().contains("\" lock"), stock.toString());
            assertEquals(GOOD, disk.write(0, 1, (byte) 1));
        }
        assertEquals(0, stockImg("resize -f " + format + " " + path + " 32M").status());
    }

    /** A process whose image is on a file system of its own that is small and full. */
    private DeviceProcess onFullHost(String device) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("/usr/bin/unshare", "-rm", "/bin/sh", "-c"));
        command.add(
                "mount -t tmpfs -o size=1m none $0 && truncate -s 16M $0/disk"
                        + " && head -c 768k /dev/zero > $0/filler && exec \"$@\"");
        Process probe =
                new ProcessBuilder(
                                "/usr/bin/unshare",
                                "-rm",
                                "/bin/sh",
                                "-c",
                                "mount -t tmpfs none " + folder)
                        .redirectErrorStream(true)
                        .start();
        probe.getInputStream().readAllBytes();
        Assumptions.assumeTrue(
                probe.waitFor() == 0, "no right to mount a tmpfs, not even in a user namespace");
        command.add(folder.toString());
        command.addAll(command("format=raw,file=" + folder.resolve("disk"), device));
        return DeviceProcess.start(command, 1, null);
    }

    @Test
    void a_full_host_is_told_as_such() throws IOException, InterruptedException {
        try (DeviceProcess process = onFullHost(",werror=report");
                DiskClient disk = new DiskClient(process.client(0))) {
            assertEquals(CHECK_CONDITION, disk.write(0, 2048, (byte) 1));
            assertEquals("7/27/07", disk.sense());
            assertEquals(GOOD, disk.read(0, 8));
        }
    }

    @Test
    void a_guest_waits_for_room_and_goes_on_when_there_is_some()
            throws IOException, InterruptedException {
        try (DeviceProcess process = onFullHost("");
                DiskClient disk = new DiskClient(process.client(0))) {
            disk.beginWrite(0, 1024, (byte) 9);
            assertFalse(disk.isOver());
            Files.delete(process.proc("root").resolve("." + folder.resolve("filler")));
            assertEquals(GOOD, disk.await());
            assertEquals(GOOD, disk.read(1023, 1));
            assertEquals(9, disk.data(511));
        }
    }
}
