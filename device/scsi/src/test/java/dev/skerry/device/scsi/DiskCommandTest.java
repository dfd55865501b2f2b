package dev.skerry.device.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.List;

/** Answers seen on QEMU 7.2 where it gives the same. */
class DiskCommandTest {
    private static final int SIZE = 1 << 20;
    private final Workbench disk =
            new Workbench("scsi-hd,serial=ABC123,drive=d0,wwn=0x5000c50015ea71ac", SIZE).ready();

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        // Standard data; cut to what is asked for.
        "12 00 00 00 24 00, 000005121f00001251454d552020202051454d5520484152444449534b202020322e352b",
        "12 00 00 00 05 00, 000005121f",
        // Vital pages.
        "12 01 00 00 ff 00, 00000006008083b0b1b2",
        "12 01 80 00 ff 00, 00800006414243313233",
        "12 01 83 00 ff 00, 00830016020000064142433132330103000850 00c50015ea71ac",
        "12 01 b0 00 20 00, 00b0003c01000000003fffff000000000000000000200000000000ff00000008",
        "12 01 b1 00 08 00, 00b1003c00000000",
        "12 01 b2 00 ff 00, 00b2000400e00200",
        "25 00 00 00 00 00 00 00 00 00, 000007ff00000200",
        "9e 10 00 00 00 00 00 00 00 00 00 00 00 10 00 00, 00000000000007ff0000020000008000",
        "a0 00 00 00 00 00 00 00 00 10 00 00, 00000008000000000000000000000000",
        // Mode pages: caching, its changeable bits, geometry without block descriptor.
        "1a 00 08 00 ff 00, 1f00000800000800000002000812040000000000000000000000000000000000",
        "1a 08 48 00 ff 00, 170000000812040000000000000000000000000000000000",
        "1a 08 04 00 ff 00, 1b000000041600000210000002000002 00c8ffffff00000015180000",
        "5a 08 08 00 00 00 00 00 ff 00, 001a0000000000000812040000000000000000000000000000000000",
        "03 00 00 00 12 00, 700000000000000a00000000000000000000",
        "03 01 00 00 12 00, 7200000000000000",
        "5e 00 00 00 00 00 00 00 ff 00, 0000000000000000",
        "5e 02 00 00 00 00 00 00 ff 00, 00080080ea010000"
    })
    void command_answers_with_data(String cdb, String data) {
        Workbench.Result result = disk.run(cdb);
        assertEquals(ScsiStatus.GOOD, result.status());
        assertEquals(data.replace(" ", ""), result.data());
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "c1 00 00 00 00 00, 5/20/00",
        "43 00 00 00 00 00 00 00 ff 00, 5/20/00",
        "9e 11 00 00 00 00 00 00 00 00 00 00 00 10 00 00, 5/20/00",
        "12 00 80 00 ff 00, 5/24/00",
        "12 01 b9 00 ff 00, 5/24/00",
        "12 02 00 00 ff 00, 5/24/00",
        "1a 00 c8 00 ff 00, 5/39/00",
        "1a 00 2a 00 ff 00, 5/24/00",
        "1a 00 08 01 ff 00, 5/24/00",
        "15 00 00 00 0c 00, 5/24/00",
        "15 11 00 00 0c 00, 5/24/00",
        "a0 00 03 00 00 00 00 00 00 10 00 00, 5/24/00",
        "a0 00 00 00 00 00 00 00 00 08 00 00, 5/24/00",
        "28 00 00 00 08 00 00 00 01 00, 5/21/00",
        "28 00 00 00 07 ff 00 00 02 00, 5/21/00",
        "28 20 00 00 00 00 00 00 01 00, 5/24/00",
        "2a 00 00 00 08 00 00 00 01 00, 5/21/00",
        "88 00 ff ff ff ff ff ff ff ff 00 00 00 01 00 00, 5/21/00",
        "88 00 7f ff ff ff ff ff ff ff ff ff ff ff 00 00, 5/21/00",
        "2f 00 00 00 08 00 00 00 01 00, 5/21/00",
        "2f 04 00 00 00 00 00 00 01 00, 5/24/00",
        "41 00 00 00 00 00 00 00 00 00, 5/24/00",
        "41 02 00 00 00 00 00 00 01 00, 5/24/00",
        "93 00 00 00 00 00 00 00 08 00 00 00 00 01 00 00, 5/21/00",
        "42 01 00 00 00 00 00 00 18 00, 5/24/00",
        "35 00 00 00 08 00 00 00 01 00, 5/21/00",
        "1b 00 00 00 02 00, 5/24/00",
        "1d 00 00 00 00 00, 5/24/00",
        "5e 04 00 00 00 00 00 00 ff 00, 5/24/00",
        "5f 00 00 00 00 00 00 00 08 00, 5/1a/00",
        "2b 00 00 00 08 00 00 00 00 00, 5/21/00"
    })
    void refusal_says_why(String cdb, String sense) {
        assertEquals(ScsiStatus.CHECK_CONDITION, disk.run(cdb).status());
        assertEquals(sense, disk.sense());
        assertEquals("0/00/00", disk.sense(), "told once");
        assertEquals(List.of(), disk.storage.log);
    }

    @ParameterizedTest
    @CsvSource({
        "00 00 00 00 00 00",
        "1d 04 00 00 00 00",
        "1e 00 00 00 01 00",
        "16 00 00 00 00 00",
        "17 00 00 00 00 00",
        "2b 00 00 00 07 ff 00 00 00 00",
        "28 00 00 00 00 00 00 00 00 00",
        "2a 00 00 00 00 00 00 00 00 00",
        "2f 00 00 00 00 00 00 00 10 00",
        "12 00 00 00 00 00",
        "42 00 00 00 00 00 00 00 00 00"
    })
    void command_without_data_is_good(String cdb) {
        assertEquals(new Workbench.Result("", ScsiStatus.GOOD, 0), disk.run(cdb));
    }

    @ParameterizedTest(name = "{0} then {1}")
    @CsvSource({
        "0a 00 00 02 01 00, 08 00 00 02 01 00",
        "2a 00 00 00 00 02 00 00 01 00, 28 00 00 00 00 02 00 00 01 00",
        "aa 00 00 00 00 02 00 00 00 01 00 00, a8 00 00 00 00 02 00 00 00 01 00 00",
        "8a 00 00 00 00 00 00 00 00 02 00 00 00 01 00 00,"
                + " 88 00 00 00 00 00 00 00 00 02 00 00 00 01 00 00",
        "2e 00 00 00 00 02 00 00 01 00, 28 08 00 00 00 02 00 00 01 00"
    })
    void what_was_written_is_read(String write, String read) {
        String block = "5a1b".repeat(256);
        assertEquals(ScsiStatus.GOOD, disk.run(write, block).status());
        assertEquals(new Workbench.Result(block, ScsiStatus.GOOD, 0), disk.run(read));
        assertEquals(0x5a, disk.storage.bytes[1024]);
        assertEquals(0, disk.storage.bytes[1536]);
    }

    @Test
    void six_byte_length_of_zero_is_256_blocks() {
        assertEquals(256 * 512 * 2, disk.run("08 00 00 00 00 00").data().length());
    }

    @ParameterizedTest(name = "write cache {0}, {1}: flushed {2}")
    @CsvSource({
        "on, 2a 00 00 00 00 00 00 00 01 00, false",
        "on, 2a 08 00 00 00 00 00 00 01 00, true",
        "on, 2e 00 00 00 00 00 00 00 01 00, true",
        "off, 2a 00 00 00 00 00 00 00 01 00, true",
        "off, 41 00 00 00 00 00 00 00 01 00, true",
        "on, 41 00 00 00 00 00 00 00 01 00, false"
    })
    void write_is_durable_when_it_must_be(String cache, String cdb, boolean flushed) {
        Workbench bench = new Workbench("scsi-hd,write-cache=" + cache, SIZE).ready();
        assertEquals(ScsiStatus.GOOD, bench.run(cdb, "11".repeat(512)).status());
        assertEquals(flushed, bench.storage.log.getLast().equals("flush"));
    }

    @Test
    void synchronize_cache_flushes_and_its_failure_is_told() {
        assertEquals(ScsiStatus.GOOD, disk.run("35 00 00 00 00 00 00 00 00 00").status());
        assertEquals(List.of("flush"), disk.storage.log);
        disk.storage.failure = new IOException("broken");
        assertEquals(
                ScsiStatus.CHECK_CONDITION,
                disk.run("91 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00").status());
        assertEquals("3/0c/00", disk.sense());
    }

    @Test
    void storage_failure_is_told_with_its_block() {
        disk.storage.failure = new IOException("broken");
        Workbench.Result read = disk.run("28 00 00 00 00 05 00 00 01 00");
        assertEquals(ScsiStatus.CHECK_CONDITION, read.status());
        assertEquals("f00003000000050a00000000110000000000", disk.run("03 00 00 00 12 00").data());
        disk.run("2a 00 00 00 00 05 00 00 01 00", "00".repeat(512));
        assertEquals("3/0c/00", disk.sense());
        disk.storage.failure = new Storage.FullException("full");
        disk.run("2a 00 00 00 00 05 00 00 01 00", "00".repeat(512));
        assertEquals("7/27/07", disk.sense());
    }

    @Test
    void read_only_medium_is_write_protected() {
        disk.storage.readOnly = true;
        for (String cdb :
                List.of(
                        "2a 00 00 00 00 00 00 00 01 00",
                        "41 00 00 00 00 00 00 00 01 00",
                        "42 00 00 00 00 00 00 00 18 00")) {
            assertEquals(ScsiStatus.CHECK_CONDITION, disk.run(cdb).status());
            assertEquals("7/27/00", disk.sense());
        }
        assertTrue(disk.run("1a 00 08 00 04 00").data().startsWith("1f0080"));
    }

    @Test
    void verify_compares_when_asked_to() {
        disk.run("2a 00 00 00 00 01 00 00 02 00", "77".repeat(1024));
        assertEquals(
                ScsiStatus.GOOD,
                disk.run("2f 02 00 00 00 01 00 00 02 00", "77".repeat(1024)).status());
        String different = "77".repeat(1023) + "78";
        assertEquals(
                ScsiStatus.CHECK_CONDITION,
                disk.run("2f 02 00 00 00 01 00 00 02 00", different).status());
        assertEquals("e/1d/00", disk.sense());
    }

    @Test
    void write_same_repeats_a_block_or_zeroes() {
        disk.run("93 00 00 00 00 00 00 00 00 01 00 00 00 c8 00 00", "ab".repeat(512));
        for (int i = 0; i < 202 * 512; i++) {
            int expected = i >= 512 && i < 201 * 512 ? (byte) 0xab : 0;
            assertEquals(expected, disk.storage.bytes[i], "byte " + i);
        }
        disk.storage.log.clear();
        disk.run("41 08 00 00 00 01 00 00 08 00", "00".repeat(512));
        disk.run("93 09 00 00 00 00 00 00 00 10 00 00 00 04 00 00");
        assertEquals(List.of("zero 512 4096", "zero 8192 2048"), disk.storage.log);
    }

    @Test
    void write_same_of_much_needs_no_stack() {
        Workbench big = new Workbench("scsi-hd,logical_block_size=32768", 1 << 15).ready();
        big.storage.sizeBytes = 1L << 40;
        big.storage.forgets = true;
        // 0x3fffff blocks of 32 KiB are 2 million writes, all of which complete at once.
        assertEquals(
                ScsiStatus.GOOD,
                big.run("93 00 00 00 00 00 00 00 00 00 00 0f ff ff 00 00", "ab".repeat(32768))
                        .status());
        assertEquals(524_288, big.storage.writes);
    }

    @ParameterizedTest(name = "{0}: {1} {2}")
    @CsvSource({
        "0016 0010 00000000 0000000000000010 00000004 00000000, 0, 'discard 8192 2048'",
        "0006 0000 00000000, 0, ''",
        "0016 0010 00000000 0000000000000800 00000001 00000000, 5/21/00, ''",
        "0016 0020 00000000 0000000000000010 00000004 00000000, 5/1a/00, ''",
        "0000 00, 5/1a/00, ''"
    })
    void unmap_discards_what_its_list_says(String list, String outcome, String logged) {
        byte[] bytes = Workbench.hex(list);
        String cdb = String.format("42 00 00 00 00 00 00 00 %02x 00", bytes.length);
        int status = disk.run(cdb, list).status();
        assertEquals(outcome, status == ScsiStatus.GOOD ? "0" : disk.sense());
        assertEquals(logged.isEmpty() ? List.of() : List.of(logged), disk.storage.log);
    }

    @Test
    void mode_select_switches_the_write_cache() {
        String off = "00000000 0812 00" + "00".repeat(17);
        assertEquals(ScsiStatus.GOOD, disk.run("15 10 00 00 18 00", off).status());
        assertEquals(List.of("flush"), disk.storage.log, "switching it off empties it");
        assertEquals("00", disk.run("1a 08 08 00 ff 00").data().substring(12, 14));
        assertEquals("04", disk.run("1a 08 88 00 ff 00").data().substring(12, 14), "default");
        disk.run("2a 00 00 00 00 00 00 00 01 00", "00".repeat(512));
        assertEquals("flush", disk.storage.log.getLast());
        String on = "0000000000000000 0812 04" + "00".repeat(17);
        assertEquals(ScsiStatus.GOOD, disk.run("55 10 00 00 00 00 00 00 1c 00", on).status());
        assertEquals("04", disk.run("1a 08 08 00 ff 00").data().substring(12, 14));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        // Something that cannot be changed.
        "00000000 0812 0401 00000000000000000000000000000000, 5/26/00",
        // A page nobody has, a page of the wrong length, a page cut short.
        "00000000 3702 0000, 5/26/00",
        "00000000 0802 0400, 5/26/00",
        "00000000 0812 0400, 5/1a/00",
        // Another block size; a descriptor that is not there.
        "00000008 00000000 00000400, 5/26/00",
        "00000008, 5/1a/00",
        "000000, 5/1a/00"
    })
    void mode_select_changes_nothing_it_may_not(String list, String sense) {
        byte[] bytes = Workbench.hex(list);
        String cdb = String.format("15 10 00 00 %02x 00", bytes.length);
        assertEquals(ScsiStatus.CHECK_CONDITION, disk.run(cdb, list).status());
        assertEquals(sense, disk.sense());
        assertEquals("04", disk.run("1a 08 08 00 ff 00").data().substring(12, 14));
    }

    @Test
    void stopped_disk_wants_to_be_started() {
        assertEquals(ScsiStatus.GOOD, disk.run("1b 00 00 00 00 00").status());
        assertEquals(ScsiStatus.CHECK_CONDITION, disk.run("00 00 00 00 00 00").status());
        assertEquals("2/04/02", disk.sense());
        disk.run("1b 00 00 00 01 00");
        assertEquals(ScsiStatus.GOOD, disk.run("00 00 00 00 00 00").status());
    }

    @Test
    void persistent_reservation_is_registered_held_and_released() {
        String register = "0000000000000000 00000000000000aa 00000000 00000000";
        String held = "00000000000000aa 0000000000000000 00000000 00000000";
        assertEquals(0, disk.run("5f 00 00 00 00 00 00 00 18 00", register).status());
        assertEquals(
                "000000010000000800000000000000aa",
                disk.run("5e 00 00 00 00 00 00 00 ff 00").data());
        assertEquals(0, disk.run("5f 01 05 00 00 00 00 00 18 00", held).status());
        assertEquals(
                "000000010000001000000000000000aa0000000000050000",
                disk.run("5e 01 00 00 00 00 00 00 ff 00").data());
        assertEquals(
                ScsiStatus.RESERVATION_CONFLICT,
                disk.run("5f 02 05 00 00 00 00 00 18 00", register).status());
        disk.run("5f 02 01 00 00 00 00 00 18 00", held);
        assertEquals("5/26/04", disk.sense(), "release of another type");
        assertEquals(0, disk.run("5f 03 00 00 00 00 00 00 18 00", held).status());
        assertEquals("0000000200000000", disk.run("5e 00 00 00 00 00 00 00 ff 00").data());
    }

    @Test
    void number_without_unit_says_so() {
        ScsiTask inquiry =
                disk.submit(3, ScsiTask.UNTAGGED, TaskAttribute.SIMPLE, "12 00 00 00 24 00");
        assertEquals(ScsiTask.Phase.DATA_IN, inquiry.phase());
        inquiry.abort();
        ScsiTask test =
                disk.submit(3, ScsiTask.UNTAGGED, TaskAttribute.SIMPLE, "00 00 00 00 00 00");
        assertEquals(ScsiStatus.CHECK_CONDITION, test.status());
        assertFalse(disk.run("12 00 00 00 24 00").data().startsWith("7f"));
    }
}
