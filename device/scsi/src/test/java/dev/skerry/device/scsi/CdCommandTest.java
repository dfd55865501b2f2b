package dev.skerry.device.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers seen on QEMU 7.2 where it gives the same; the medium is 4 MiB as there. */
class CdCommandTest {
    private final Workbench cd = new Workbench("scsi-cd,drive=d1", 4 << 20).ready();

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "12 00 00 00 24 00, 058005121f00001251454d552020202051454d552043442d524f4d2020202020322e352b",
        "12 01 00 00 ff 00, 050000020083",
        "12 01 83 00 ff 00, 05830006020000026431",
        "25 00 00 00 00 00 00 00 00 00, 000007ff00000800",
        "43 02 00 00 00 00 00 00 ff 00, 0012010100140100000002000016aa0000001d17",
        "43 00 00 00 00 00 00 00 ff 00, 0012010100140100000000000016aa0000000800",
        "43 00 00 00 00 00 aa 00 ff 00, 000a01010016aa0000000800",
        "43 02 01 00 00 00 00 00 ff 00, 000a01010000000000000000",
        "43 02 02 00 00 00 00 00 ff 00,"
                + " 002e0101011400a000000000010000011400a100000000010000"
                + "011400a20000000000 1d17011400010000000000 0200",
        "46 00 00 00 00 00 00 00 ff 00,"
                + " 000000240000000800000308001000000008010000010b0800000001010000000003"
                + "0b0439000000",
        "4a 01 00 00 10 00 00 00 ff 00, 0006041000020000",
        "4a 01 00 00 02 00 00 00 ff 00, 00028010",
        "51 00 00 00 00 00 00 00 08 00, 00200e0101010120",
        "bd 00 00 00 00 00 00 00 00 ff 00 00, 0000000000010000",
        "1a 00 2a 00 ff 00, 190000002a143b007fff2d002260000208000b0000000b000b00",
        "1a 00 01 00 ff 00, 0f000000010a80200000000000000000"
    })
    void command_answers_with_data(String cdb, String data) {
        Workbench.Result result = cd.run(cdb);
        assertEquals(ScsiStatus.GOOD, result.status());
        assertEquals(data.replace(" ", ""), result.data());
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "2a 00 00 00 00 00 00 00 01 00, 5/20/00",
        "12 01 80 00 ff 00, 5/24/00",
        "12 01 b0 00 ff 00, 5/24/00",
        "43 00 03 00 00 00 00 00 ff 00, 5/24/00",
        "43 00 00 00 00 00 05 00 ff 00, 5/24/00",
        "4a 00 00 00 10 00 00 00 ff 00, 5/24/00",
        "51 01 00 00 00 00 00 00 ff 00, 5/24/00",
        "ad 00 00 00 00 00 00 00 00 ff 00 00, 5/30/00",
        "1a 00 04 00 ff 00, 5/24/00",
        "28 00 00 00 08 00 00 00 01 00, 5/21/00"
    })
    void refusal_says_why(String cdb, String sense) {
        assertEquals(ScsiStatus.CHECK_CONDITION, cd.run(cdb).status());
        assertEquals(sense, cd.sense());
    }

    /** A DVD is told from a CD by its size; nothing of it is read. */
    private static Workbench dvd() {
        Workbench dvd = new Workbench("scsi-cd,drive=d1", 0);
        dvd.device.insert(new MemoryStorage(0, 5L << 30));
        dvd.ready();
        return dvd.ready();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "ad 00 00 00 00 00 00 00 00 14 00 00, 08020000010f010000030000002affff00000000",
        "ad 00 00 00 00 00 00 01 ff ff 00 00, 0006000000000000",
        "ad 00 00 00 00 00 00 ff ff ff 00 00, 000e0000004008040140000804400804"
    })
    void structures_of_a_dvd_are_told(String cdb, String data) {
        Workbench.Result result = dvd().run(cdb);
        assertEquals(ScsiStatus.GOOD, result.status());
        assertEquals(data, result.data());
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "ad 01 00 00 00 00 00 00 ff ff 00 00",
                "ad 00 00 00 00 00 01 00 ff ff 00 00",
                "ad 00 00 00 00 00 00 03 ff ff 00 00",
                "ad 00 00 00 00 00 00 77 ff ff 00 00"
            })
    void a_structure_a_dvd_has_not_is_refused(String cdb) {
        Workbench dvd = dvd();
        assertEquals(ScsiStatus.CHECK_CONDITION, dvd.run(cdb).status());
        assertEquals("5/24/00", dvd.sense());
    }

    @Test
    void blocks_are_of_2048_bytes() {
        cd.storage.bytes[2048] = 0x42;
        String data = cd.run("28 00 00 00 00 01 00 00 01 00").data();
        assertEquals(2 * 2048, data.length());
        assertTrue(data.startsWith("42"));
    }

    @Test
    void medium_change_is_told_by_attention_and_event() {
        cd.device.insert(null);
        assertEquals(ScsiStatus.CHECK_CONDITION, cd.run("00 00 00 00 00 00").status());
        assertEquals("6/28/00", cd.sense());
        cd.run("00 00 00 00 00 00");
        assertEquals("2/3a/00", cd.sense());
        assertEquals("0006041003000000", cd.run("4a 01 00 00 10 00 00 00 ff 00").data());
        cd.device.insert(new MemoryStorage(2 << 20));
        assertEquals("0006041002020000", cd.run("4a 01 00 00 10 00 00 00 ff 00").data());
        assertEquals("0006041000020000", cd.run("4a 01 00 00 10 00 00 00 ff 00").data());
        cd.run("00 00 00 00 00 00");
        assertEquals("6/28/00", cd.sense());
        assertEquals("000003ff00000800", cd.run("25 00 00 00 00 00 00 00 00 00").data());
    }

    @Test
    void tray_opens_unless_it_is_locked() {
        cd.run("1e 00 00 00 01 00");
        assertEquals(ScsiStatus.CHECK_CONDITION, cd.run("1b 00 00 00 02 00").status());
        assertEquals("5/53/02", cd.sense());
        cd.run("1e 00 00 00 00 00");
        assertEquals(ScsiStatus.GOOD, cd.run("1b 00 00 00 02 00").status());
        cd.run("00 00 00 00 00 00");
        assertEquals("2/3a/02", cd.sense());
        assertEquals("0000", cd.run("46 00 00 00 00 00 00 00 08 00").data().substring(12));
        assertEquals(ScsiStatus.GOOD, cd.run("1b 00 00 00 03 00").status());
        cd.run("00 00 00 00 00 00");
        assertEquals("6/28/00", cd.sense());
        assertEquals(ScsiStatus.GOOD, cd.run("00 00 00 00 00 00").status());
    }

    @Test
    void empty_drive_is_no_error_until_it_is_used() {
        Workbench empty = new Workbench("scsi-cd", 0);
        empty.device.insert(null);
        empty.ready();
        empty.sense();
        empty.run("25 00 00 00 00 00 00 00 00 00");
        assertEquals("2/3a/00", empty.sense());
    }
}
