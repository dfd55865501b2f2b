package dev.skerry.device.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.device.block.BlockImage;
import dev.skerry.device.block.BlockQueue;
import dev.skerry.device.block.DriveOptions;
import dev.skerry.device.block.FaultyFile;
import dev.skerry.device.block.HostImageFile;
import dev.skerry.device.block.Images;
import dev.skerry.device.scsi.ScsiBus;
import dev.skerry.device.scsi.ScsiDevice;
import dev.skerry.device.scsi.ScsiHdModel;
import dev.skerry.device.scsi.ScsiTask;
import dev.skerry.device.scsi.TaskAttribute;
import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.PropertyValues;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** A disk's host fails: what the guest is told, by the policy in force. */
class FaultPolicyTest {
    private static final int DISK_BYTES = 64 << 10;
    private static final int BLOCK = 512;
    private static final int GOOD = 0;
    private static final int CHECK_CONDITION = 2;
    private static final int NO_STATUS = -1;
    private static final long SECOND_NS = 1_000_000_000;
    private static final String READ = "28 00 00 00 00 03 00 00 01 00";
    private static final String WRITE = "2a 00 00 00 00 03 00 00 01 00";
    private static final String SYNCHRONIZE = "35 00 00 00 00 00 00 00 00 00";

    @TempDir Path folder;

    private final ManualHost host = new ManualHost();
    private final ScsiBus bus = new ScsiBus(7);
    private Path path;
    private FaultyFile file;
    private BlockImage image;
    private BlockStorage storage;
    private ScsiDevice disk;

    private void make(String device, String drive) throws IOException, OptionException {
        path = Files.write(folder.resolve("disk"), new byte[DISK_BYTES]);
        DriveOptions options =
                DriveOptions.ofDrive(
                        OptionList.parse(
                                "-drive", "if=none,id=d,format=raw,file=" + path + drive, null));
        Images images =
                new Images(
                        (name, readOnly) -> {
                            file = new FaultyFile(HostImageFile.open(name, readOnly));
                            return file;
                        },
                        host.log(),
                        true);
        image = images.open(options);
        ScsiHdModel model = new ScsiHdModel();
        OptionList list = OptionList.parse("-device", "scsi-hd,drive=d" + device, "driver");
        disk =
                (ScsiDevice)
                        model.create(
                                host,
                                new PropertyValues(
                                        model.name(), model.properties(), list, Set.of("driver")));
        storage =
                new BlockStorage(
                        image,
                        host,
                        options.withPolicies(disk.writeErrors(), disk.readErrors()),
                        new BlockQueue.Limits(2, 100, 4096));
        disk.insert(storage);
        bus.attach(disk);
        run("00 00 00 00 00 00", (byte) 0);
    }

    @AfterEach
    void close() throws IOException {
        file.heal();
        image.close();
    }

    private ScsiTask submit(String cdb) {
        byte[] bytes = HexFormat.of().parseHex(cdb.replace(" ", ""));
        return bus.target(0)
                .submit(
                        0,
                        ScsiTask.UNTAGGED,
                        TaskAttribute.SIMPLE,
                        bytes,
                        bytes.length,
                        false,
                        task -> {});
    }

    /** Moves what the target wants, as long as it wants something. */
    private byte[] drive(ScsiTask task, byte value) {
        byte[] got = {};
        host.work();
        while (task.remainingBytes() > 0) {
            MemorySegment memory = Arena.ofAuto().allocate(task.remainingBytes()).fill(value);
            task.move(List.of(memory), memory.byteSize(), bytes -> {});
            got = memory.toArray(ValueLayout.JAVA_BYTE);
            host.work();
        }
        return got;
    }

    private static int status(ScsiTask task) {
        return task.phase() == ScsiTask.Phase.STATUS ? task.status() : NO_STATUS;
    }

    private int run(String cdb, byte value) {
        ScsiTask task = submit(cdb);
        drive(task, value);
        return status(task);
    }

    private String sense() {
        byte[] data = drive(submit("03 00 00 00 12 00"), (byte) 0);
        return String.format("%x/%02x/%02x", data[2] & 0xf, data[12], data[13]);
    }

    private byte byteOnDisk() throws IOException {
        return Files.readAllBytes(path)[3 * BLOCK];
    }

    @ParameterizedTest(name = "{0}{1} {2}: {3}, {4} {5}")
    @CsvSource({
        "'', '', READ, 5, 2, 3/11/00",
        "'', ',rerror=ignore', READ, 5, 0, 0/00/00",
        "',rerror=ignore', '', READ, 5, 0, 0/00/00",
        "',rerror=report', ',rerror=ignore', READ, 5, 2, 3/11/00",
        "'', ',rerror=stop', READ, 5, -1, ''",
        "'', '', WRITE, 5, 2, 3/0c/00",
        "'', '', WRITE, 28, -1, ''",
        "'', '', WRITE, 122, -1, ''",
        "'', ',werror=report', WRITE, 28, 2, 7/27/07",
        "'', ',werror=ignore', WRITE, 5, 0, 0/00/00",
        "'', ',werror=stop', WRITE, 5, -1, ''",
        "',werror=report', ',werror=stop', WRITE, 5, 2, 3/0c/00",
        "'', '', FLUSH, 5, 2, 3/0c/00",
        "'', ',werror=stop', FLUSH, 5, -1, ''",
        "'', ',werror=ignore', FLUSH, 5, 0, 0/00/00"
    })
    void the_policy_says_what_the_guest_is_told(
            String device,
            String drive,
            FaultyFile.Access access,
            int errno,
            int status,
            String sense)
            throws IOException, OptionException {
        make(device, drive);
        file.fail(access, new Errno(errno));
        String command =
                switch (access) {
                    case READ -> READ;
                    case WRITE -> WRITE;
                    case FLUSH -> SYNCHRONIZE;
                };
        assertEquals(status, run(command, (byte) 1));
        if (status != NO_STATUS) {
            assertEquals(sense, sense());
        }
    }

    @Test
    void what_was_stopped_is_tried_again_every_second_until_it_works()
            throws IOException, OptionException {
        make("", "");
        file.fillUpAt(3 * BLOCK);
        ScsiTask write = submit(WRITE);
        drive(write, (byte) 7);
        for (int i = 0; i < 3; i++) {
            host.advance(SECOND_NS);
            host.work();
            assertEquals(NO_STATUS, status(write));
        }
        assertTrue(host.logged().contains("tried again every second"), host.logged());
        file.heal();
        host.work();
        assertEquals(NO_STATUS, status(write));
        host.advance(SECOND_NS);
        host.work();
        assertEquals(GOOD, status(write));
        assertEquals(7, byteOnDisk());
    }

    @Test
    void a_synchronize_waits_for_a_write_that_was_stopped() throws IOException, OptionException {
        make("", "");
        file.fillUpAt(0);
        ScsiTask write =
                bus.target(0)
                        .submit(
                                0,
                                1,
                                TaskAttribute.SIMPLE,
                                HexFormat.of().parseHex(WRITE.replace(" ", "")),
                                10,
                                false,
                                task -> {});
        drive(write, (byte) 7);
        ScsiTask flush =
                bus.target(0)
                        .submit(
                                0,
                                2,
                                TaskAttribute.SIMPLE,
                                HexFormat.of().parseHex(SYNCHRONIZE.replace(" ", "")),
                                10,
                                false,
                                task -> {});
        host.work();
        assertEquals(NO_STATUS, status(flush));
        file.heal();
        host.advance(SECOND_NS);
        host.work();
        assertEquals(GOOD, status(write));
        assertEquals(GOOD, status(flush));
    }

    @Test
    void a_command_that_was_aborted_is_not_tried_again() throws IOException, OptionException {
        make("", "");
        file.fillUpAt(0);
        ScsiTask write = submit(WRITE);
        drive(write, (byte) 7);
        write.abort();
        file.heal();
        host.advance(SECOND_NS);
        assertEquals(0, host.work());
        assertEquals(0, byteOnDisk());
        assertEquals(GOOD, run(WRITE, (byte) 8));
        assertEquals(8, byteOnDisk());
    }

    @Test
    void a_reset_forgets_what_was_stopped() throws IOException, OptionException {
        make("", "");
        file.fillUpAt(0);
        drive(submit(WRITE), (byte) 7);
        disk.reset();
        file.heal();
        host.advance(SECOND_NS);
        assertEquals(0, host.work());
        assertEquals(CHECK_CONDITION, run("00 00 00 00 00 00", (byte) 0));
        assertEquals("6/29/00", sense());
        assertEquals(GOOD, run(READ, (byte) 0));
        assertEquals(0, byteOnDisk());
    }

    @Test
    void a_file_cut_short_gives_sense_data_and_the_rest_stays_readable()
            throws IOException, OptionException {
        make("", "");
        file.endAt(3 * BLOCK);
        assertEquals(CHECK_CONDITION, run(READ, (byte) 0));
        assertEquals("3/11/00", sense());
        assertEquals(GOOD, run("28 00 00 00 00 00 00 00 03 00", (byte) 0));
    }

    @ParameterizedTest(name = "{0}{1}: flushed {2}")
    @CsvSource({
        "'', '', false",
        "',write-cache=off', '', true",
        "'', ',cache=writethrough', true",
        "',write-cache=on', ',cache=writethrough', false",
        "',write-cache=off', ',cache=unsafe', false"
    })
    void a_write_without_a_cache_is_flushed_before_it_is_acknowledged(
            String device, String drive, boolean flushed) throws IOException, OptionException {
        make(device, drive);
        file.fail(FaultyFile.Access.FLUSH, Errno.EIO);
        assertEquals(flushed ? CHECK_CONDITION : GOOD, run(WRITE, (byte) 1));
    }

    @Test
    void failures_do_not_fill_the_log() throws IOException, OptionException {
        make("", "");
        file.fail(FaultyFile.Access.READ, Errno.EIO);
        for (int i = 0; i < 1000; i++) {
            run(READ, (byte) 0);
        }
        assertTrue(host.logged().lines().count() < 30, host.logged());
        assertTrue(host.logged().contains("hd0: "), host.logged());
    }

    @Test
    void data_moves_through_the_storage_unchanged() throws IOException, OptionException {
        make("", "");
        byte[] expected = new byte[DISK_BYTES];
        for (int block = 0; block < DISK_BYTES / BLOCK; block++) {
            byte value = (byte) (31 * block + 1);
            run(String.format("2a 00 00 00 00 %02x 00 00 01 00", block), value);
            Arrays.fill(expected, BLOCK * block, BLOCK * (block + 1), value);
        }
        assertArrayEquals(expected, Files.readAllBytes(path));
        assertArrayEquals(
                expected,
                drive(
                        submit(
                                String.format(
                                        "28 00 00 00 00 00 00 00 %02x 00", DISK_BYTES / BLOCK)),
                        (byte) 0));
    }
}
