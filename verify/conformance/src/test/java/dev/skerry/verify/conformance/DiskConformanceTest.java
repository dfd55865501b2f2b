package dev.skerry.verify.conformance;

import static dev.skerry.verify.conformance.LsiRecorder.assertSame;

import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.Arrays;

/**
 * The same SCSI commands, driven through the controller, to stock QEMU's disk and to ours: status,
 * data, residue and sense are the same. What is meant to differ is in {@link DiskDifferencesTest}.
 */
class DiskConformanceTest {
    private static final String TEST_UNIT_READY = "00 00 00 00 00 00";

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    /** The first command after power-on tells so. */
    static void ready(LsiRecorder disk) throws IOException {
        disk.command(TEST_UNIT_READY, 0);
        disk.command(TEST_UNIT_READY, 0);
    }

    @Test
    void power_on_is_told_once() throws IOException {
        assertSame(DiskConformanceTest::ready);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 36})
    void inquiry_gives_what_is_asked_for(int allocation) throws IOException {
        assertSame(disk -> disk.command(String.format("12 00 00 00 %02x 00", allocation), 255));
    }

    @Test
    void vital_pages_are_the_same() throws IOException {
        assertSame(
                "serial=S1,wwn=0x5000c50012345678",
                disk -> {
                    ready(disk);
                    for (int page : new int[] {0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2, 0x81, 0xff}) {
                        disk.command(String.format("12 01 %02x 00 ff 00", page), 255);
                    }
                    disk.command("12 00 80 00 ff 00", 255);
                });
    }

    @Test
    void capacity_is_the_same() throws IOException {
        assertSame(
                disk -> {
                    ready(disk);
                    disk.command("25 00 00 00 00 00 00 00 00 00", 8);
                    disk.command("9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00", 32);
                    disk.command("9e 10 00 00 00 00 00 00 00 00 00 00 00 0c 00 00", 32);
                });
    }

    @Test
    void logical_units_are_listed_the_same() throws IOException {
        assertSame(
                disk -> {
                    ready(disk);
                    disk.command("a0 00 00 00 00 00 00 00 00 40 00 00", 64);
                    disk.command("a0 00 02 00 00 00 00 00 00 10 00 00", 64);
                    disk.command("a0 00 00 00 00 00 00 00 00 08 00 00", 64);
                    disk.command("a0 00 03 00 00 00 00 00 00 40 00 00", 64);
                });
    }

    @Test
    void reads_of_every_kind_give_the_same() throws IOException {
        assertSame(
                disk -> {
                    ready(disk);
                    disk.command("08 00 00 10 03 00", 3 * 512);
                    disk.command("08 00 00 00 00 00", 256 * 512);
                    disk.command("28 00 00 00 10 00 00 00 08 00", 4096);
                    disk.command("28 00 00 00 10 00 00 00 00 00", 0);
                    disk.command("28 08 00 00 00 01 00 00 01 00", 512);
                    disk.command("28 10 00 00 00 01 00 00 01 00", 512);
                    disk.command("28 00 00 00 00 00 00 08 00 00", 1 << 20);
                    disk.command("a8 00 00 00 00 20 00 00 00 09 00 00", 9 * 512);
                    disk.command("88 00 00 00 00 00 00 00 00 21 00 00 00 07 00 00", 7 * 512);
                });
    }

    @Test
    void writes_of_every_kind_store_the_same() throws IOException {
        byte[] data = new byte[300 * 512];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (i * 13 + (i >> 8));
        }
        assertSame(
                disk -> {
                    ready(disk);
                    disk.commandOut("0a 00 00 02 01 00", Arrays.copyOf(data, 512));
                    disk.commandOut("2a 00 00 00 01 00 00 00 08 00", Arrays.copyOf(data, 4096));
                    disk.commandOut("2a 08 00 00 02 00 00 01 2c 00", data);
                    disk.commandOut(
                            "aa 00 00 00 05 00 00 00 00 02 00 00", Arrays.copyOf(data, 1024));
                    disk.commandOut(
                            "8a 00 00 00 00 00 00 00 06 00 00 00 00 03 00 00",
                            Arrays.copyOf(data, 1536));
                    disk.commandOut("2e 00 00 00 07 00 00 00 01 00", Arrays.copyOf(data, 512));
                    disk.commandOut("2a 00 00 00 07 10 00 00 00 00", new byte[0]);
                    disk.command("35 00 00 00 00 00 00 00 00 00", 0);
                    disk.noteImage();
                });
    }

    @Test
    void blocks_outside_are_refused_the_same() throws IOException {
        assertSame(
                disk -> {
                    ready(disk);
                    disk.command("28 00 00 00 3f ff 00 00 01 00", 512);
                    disk.command("28 00 00 00 40 00 00 00 01 00", 512);
                    disk.command("28 00 00 00 3f ff 00 00 02 00", 1024);
                    disk.command("28 00 ff ff ff ff 00 00 01 00", 512);
                    disk.command("08 1f ff ff 01 00", 512);
                    disk.command("88 00 ff ff ff ff ff ff ff ff 00 00 00 01 00 00", 512);
                    disk.command("88 00 00 00 00 01 00 00 00 00 00 00 00 01 00 00", 512);
                    disk.commandOut("2a 00 00 00 40 00 00 00 01 00", new byte[512]);
                    disk.commandOut("2a 00 00 00 3f ff 00 00 02 00", new byte[1024]);
                    disk.noteImage();
                });
    }

    @Test
    void verify_and_write_same_and_unmap_do_the_same() throws IOException {
        byte[] unmap = new byte[24];
        unmap[1] = 22;
        unmap[3] = 16;
        unmap[15] = 0x40;
        unmap[19] = 8;
        byte[] block = new byte[512];
        Arrays.fill(block, (byte) 0x5c);
        assertSame(
                disk -> {
                    ready(disk);
                    disk.command("2f 00 00 00 00 01 00 00 01 00", 0);
                    disk.commandOut("41 00 00 00 00 80 00 00 10 00", block);
                    disk.commandOut("41 00 00 00 00 a0 00 00 08 00", new byte[512]);
                    disk.commandOut("93 00 00 00 00 00 00 00 00 c0 00 00 00 10 00 00", block);
                    disk.commandOut("41 00 00 00 40 00 00 00 08 00", block);
                    disk.commandOut("42 00 00 00 00 00 00 00 18 00", unmap);
                    disk.commandOut("42 00 00 00 00 00 00 00 04 00", Arrays.copyOf(unmap, 4));
                    disk.commandOut("42 00 00 00 00 00 00 00 00 00", new byte[0]);
                    disk.command("35 00 00 00 00 00 00 00 00 00", 0);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ff 00 00 00 00 00",
                "2b 00 00 00 00 10 00 00 00 00",
                "2b 00 00 00 7f ff 00 00 00 00",
                "3c 00 00 00 00 00 00 00 10 00",
                "4d 00 00 00 00 00 00 00 10 00",
                "a3 0c 00 00 00 00 00 00 00 40 00 00",
                "7f 00 00 00 00 00 00 00 00 00",
                "16 00 00 00 00 00",
                "17 00 00 00 00 00",
                "1e 00 00 00 01 00",
                "1e 00 00 00 00 00",
                "1b 00 00 00 01 00",
                "c0 00 00 00 00 00",
            })
    void commands_without_data_end_the_same(String cdb) throws IOException {
        assertSame(
                disk -> {
                    ready(disk);
                    disk.command(cdb, 16);
                    disk.command(TEST_UNIT_READY, 0);
                });
    }

    @Test
    void mode_pages_are_the_same() throws IOException {
        assertSame(
                disk -> {
                    ready(disk);
                    for (int page : new int[] {0x01, 0x04, 0x05, 0x08, 0x2a, 0x0a, 0x1c}) {
                        for (int control = 0; control < 4; control++) {
                            disk.command(
                                    String.format("1a 00 %02x 00 ff 00", page | control << 6), 255);
                            disk.command(
                                    String.format("1a 08 %02x 00 ff 00", page | control << 6), 255);
                        }
                    }
                });
    }

    @Test
    void other_targets_and_units_answer_the_same() throws IOException {
        assertSame(
                disk -> {
                    ready(disk);
                    disk.command(3, 0, TEST_UNIT_READY, 0);
                    disk.command(0, 1, "12 00 00 00 24 00", 36);
                    disk.command(0, 1, TEST_UNIT_READY, 0);
                    disk.command(0, 1, "03 00 00 00 12 00", 18);
                    disk.command(0, 7, "28 00 00 00 00 00 00 00 01 00", 512);
                    disk.command(0, 0, "28 00 00 00 00 00 00 00 01 00", 512);
                });
    }

    @Test
    void sense_is_kept_as_long() throws IOException {
        assertSame(
                disk -> {
                    ready(disk);
                    disk.command("03 00 00 00 12 00", 18);
                    disk.command("03 01 00 00 12 00", 18);
                    disk.command("03 00 00 00 08 00", 18);
                    disk.command("03 00 00 00 ff 00", 255);
                });
    }
}
