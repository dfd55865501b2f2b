package dev.skerry.verify.conformance;

import static dev.skerry.verify.conformance.LsiRecorder.assertDiffers;

import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;

/** Where our disk means to differ from stock QEMU's, each with what both do. */
class DiskDifferencesTest {
    private static final String GOOD = ": status 0, data ";
    private static final String REFUSED = ": status 2, data , sense 700005000000000a00000000";

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    /** What both answer to a command, once the unit attention is told. */
    private static void differs(String cdb, String stock, String ours) throws IOException {
        assertDiffers(
                cdb + stock,
                cdb + ours,
                disk -> {
                    disk.makeReady();
                    disk.command(cdb, 64);
                });
    }

    /** REZERO UNIT, SEEK, SEND DIAGNOSTIC and SYNCHRONIZE CACHE (16). */
    @ParameterizedTest
    @CsvSource({
        "01 00 00 00 00 00",
        "0b 00 00 00 00 00",
        "1d 04 00 00 00 00",
        "91 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
    })
    void commands_stock_refuses_are_carried_out(String cdb) throws IOException {
        differs(cdb, REFUSED + "200000000000", GOOD);
    }

    /** SBC-3, 5.20: blocks are checked whatever is verified. */
    @Test
    void a_verify_outside_is_refused() throws IOException {
        differs("2f 00 00 00 40 01 00 00 01 00", GOOD, REFUSED + "210000000000");
    }

    /** SPC-3, 4.3.4.1: a service action that is not there is an operation code that is not. */
    @Test
    void an_unknown_service_action_is_an_invalid_opcode() throws IOException {
        differs(
                "9e 11 00 00 00 00 00 00 00 00 00 00 00 20 00 00",
                REFUSED + "240000000000",
                REFUSED + "200000000000");
    }

    /** SPC-3, 6.27: it is what REQUEST SENSE is for. */
    @Test
    void a_unit_attention_is_sense_data_where_stock_refuses_to_tell() throws IOException {
        String cdb = "03 00 00 00 12 00";
        assertDiffers(
                cdb + ": status 2, data , sense 700006000000000a00000000290000000000",
                cdb + GOOD + "700006000000000a0000000029",
                disk -> disk.command(cdb, 18));
    }

    @ParameterizedTest
    @CsvSource({"12 01 00 00 ff 00, 9", "1a 00 08 00 ff 00, 32", "03 00 00 00 ff 00, 18"})
    void answers_end_where_their_length_says(String cdb, int lengthBytes) throws IOException {
        assertDiffers(
                "255 bytes",
                lengthBytes + " bytes",
                disk -> {
                    disk.makeReady();
                    disk.noteAnswerLength(cdb, 255);
                });
    }

    /** SBC-3, 5.19: a stopped disk needs a start. */
    @Test
    void a_stopped_disk_is_not_ready() throws IOException {
        String stop = "1b 00 00 00 00 00";
        String read = "28 00 00 00 00 00 00 00 00 00";
        assertDiffers(
                String.join("\n", stop + GOOD, read + GOOD),
                String.join(
                        "\n",
                        stop + GOOD,
                        read + ": status 2, data , sense 700002000000000a00000000040200000000"),
                disk -> {
                    disk.makeReady();
                    disk.command(stop, 0);
                    disk.command(read, 0);
                });
    }

    /** SAM-3, 5.9.4 lets only INQUIRY and REQUEST SENSE through; the list is the target's. */
    @Test
    void a_unit_that_is_not_there_lists_those_that_are() throws IOException {
        String cdb = "a0 00 00 00 00 00 00 00 00 40 00 00";
        assertDiffers(
                cdb + REFUSED + "250000000000",
                cdb + GOOD + "00000008",
                disk -> {
                    disk.makeReady();
                    disk.command(0, 1, cdb, 64);
                });
    }

    @Test
    void persistent_reservations_are_kept() throws IOException {
        differs("5e 00 00 00 00 00 00 00 08 00", REFUSED + "200000000000", GOOD);
    }
}
