package dev.skerry.verify.conformance;

import static dev.skerry.verify.conformance.LsiRecorder.BUFFER;
import static dev.skerry.verify.conformance.LsiRecorder.MESSAGE;
import static dev.skerry.verify.conformance.LsiRecorder.PROGRAM;
import static dev.skerry.verify.conformance.LsiRecorder.assertDiffers;

import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.verify.testkit.LsiPort;
import dev.skerry.verify.testkit.LsiScript;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where our controller means to differ from stock QEMU's, mostly to follow the chip's manual; each
 * with what both do.
 */
class LsiDifferencesTest {
    private static final int SCNTL1 = 0x01;
    private static final int SCNTL3 = 0x03;
    private static final int SXFER = 0x05;
    private static final int CCNTL0 = 0x56;
    private static final int MMWS = 0xa4;
    private static final int PMJAD1 = 0xc0;
    private static final int PMJAD2 = 0xc4;
    private static final int RBC = 0xc8;
    private static final int UA = 0xcc;

    /**
     * Registers by offset: what stock QEMU and ours read after reset, after ones were written, and
     * after zeros were. Stock ignores writes to some and has others as if they were not there, which
     * reads as ones; ours keep what is written, as the manual has it.
     */
    private static final Map<Integer, String> REGISTERS =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry(0x08, "00 00 00 | 00 ff 00"),
                            Map.entry(0x09, "00 00 00 | 00 ff 00"),
                            Map.entry(0x15, "00 00 00 | 00 01 00"),
                            Map.entry(0x18, "ff ff ff | ff ff 00"),
                            Map.entry(0x1b, "00 0f 00 | 00 0b 00"),
                            Map.entry(0x20, "00 00 00 | 00 ff 00"),
                            Map.entry(0x23, "00 00 00 | 00 ff 00"),
                            Map.entry(0x27, "40 40 40 | 40 ff 00"),
                            Map.entry(0x44, "ff ff ff | 00 ff 00"),
                            Map.entry(0x45, "ff ff ff | 00 ff 00"),
                            Map.entry(0x46, "0f 0f 0f | 0f ff 00"),
                            Map.entry(0x47, "0f 0f 0f | 0f ff 00"),
                            Map.entry(0x49, "ff ff ff | 00 ff 00"),
                            Map.entry(0x4c, "ff ff ff | 00 00 00"),
                            Map.entry(0x51, "ff ff ff | 00 00 00"),
                            Map.entry(0x54, "ff ff ff | 00 ff 00"),
                            Map.entry(0x55, "ff ff ff | 00 ff 00"),
                            Map.entry(0xd0, "ff ff ff | 00 ff 00"),
                            Map.entry(0xd1, "ff ff ff | 00 ff 00"),
                            Map.entry(0xd2, "ff ff ff | 00 ff 00"),
                            Map.entry(0xd3, "ff ff ff | 00 ff 00"),
                            Map.entry(0xd8, "00 ff 00 | 00 00 00"),
                            Map.entry(0xd9, "00 ff 00 | 00 00 00"),
                            Map.entry(0xda, "00 ff 00 | 00 00 00"),
                            Map.entry(0xdb, "00 ff 00 | ff ff ff")));

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    static boolean differs(int register) {
        return REGISTERS.containsKey(register);
    }

    private static String registers(int side) {
        StringBuilder text = new StringBuilder();
        REGISTERS.forEach(
                (register, values) ->
                        text.append(
                                String.format(
                                        "%s%02x: %s",
                                        text.isEmpty() ? "" : "\n",
                                        register,
                                        values.split(" \\| ")[side])));
        return text.toString();
    }

    @Test
    void registers_stock_does_not_have_keep_what_is_written() throws IOException {
        assertDiffers(
                registers(0),
                registers(1),
                chip -> {
                    for (int register : REGISTERS.keySet()) {
                        int before = chip.port().read(register);
                        chip.port().write(register, 0xff);
                        int ones = chip.port().read(register);
                        chip.port().write(register, 0);
                        int zeros = chip.port().read(register);
                        chip.port().write(register, before);
                        chip.note(
                                String.format(
                                        "%02x: %02x %02x %02x", register, before, ones, zeros));
                    }
                });
    }

    /** Manual, 4.2, ISTAT0. */
    @Test
    void a_connection_shows_in_istat() throws IOException {
        assertDiffers(
                "register 14: 01",
                "register 14: 09",
                chip -> {
                    LsiScript script =
                            new LsiScript().select(0, true, "end").label("end").interrupt(1);
                    chip.port().place(PROGRAM, script);
                    chip.port().start(PROGRAM);
                    chip.noteRegister(LsiPort.ISTAT0);
                });
    }

    @Test
    void dstat_is_cleared_by_reading_whatever_else_is_pending() throws IOException {
        assertDiffers(
                "register 0c: 84\nregister 0c: 84",
                "register 0c: 84\nregister 0c: 80",
                chip -> {
                    chip.port().place(PROGRAM, new LsiScript().interruptOnTheFly(1).interrupt(2));
                    chip.port().start(PROGRAM);
                    chip.noteRegister(LsiPort.DSTAT);
                    chip.noteRegister(LsiPort.DSTAT);
                });
    }

    /** Manual, 4.2, RBC and UA: what is left, and where it goes. */
    @Test
    void a_mismatch_leaves_count_and_address_as_the_manual_has_them() throws IOException {
        assertDiffers(
                "register c8: 00000010\nregister cc: 00400054",
                "register c8: 09000054\nregister cc: 00400010",
                chip -> {
                    chip.port().write(CCNTL0, 0x80);
                    LsiScript script =
                            chip.begin("12 00 00 00 10 00")
                                    .move(LsiScript.DATA_IN, 100, BUFFER)
                                    .label("end")
                                    .interrupt(1);
                    chip.port().write32(PMJAD1, (int) PROGRAM + script.offset("end"));
                    chip.port().write32(PMJAD2, (int) PROGRAM + script.offset("end"));
                    chip.runQuietly(script);
                    chip.noteRegister32(RBC);
                    chip.noteRegister32(UA);
                });
    }

    /** Manual, 5.4.1: a table's entry brings SCNTL3 and SXFER. */
    @Test
    void a_selection_by_table_sets_the_transfer_registers() throws IOException {
        assertDiffers(
                "register 03: 00\nregister 05: 00",
                "register 03: 35\nregister 05: 08",
                chip -> {
                    chip.port().poke(0x3000, "00 08 00 35");
                    chip.port().write32(LsiPort.DSA, 0x3000);
                    chip.runQuietly(
                            new LsiScript().selectTable(0, "end").label("end").interrupt(1));
                    chip.noteRegister(SCNTL3);
                    chip.noteRegister(SXFER);
                });
    }

    @Test
    void the_first_byte_received_can_be_read() throws IOException {
        assertDiffers(
                "register 08: 00",
                "register 08: 5a",
                chip -> {
                    chip.runQuietly(
                            new LsiScript()
                                    .modify(LsiPort.SCRATCHA, LsiScript.SET, 0x5a)
                                    .toSfbr(LsiPort.SCRATCHA, LsiScript.OR, 0)
                                    .interrupt(1));
                    chip.noteRegister(LsiPort.SFBR);
                });
    }

    /** Manual, 4.2, MMWS: the upper half of where a memory move goes. Nothing is there. */
    @Test
    void memory_moves_have_addresses_of_64_bits() throws IOException {
        assertDiffers(
                "memory 2100: deadbeef",
                "memory 2100: 00000000",
                chip -> {
                    chip.port().poke(0x2000, "deadbeef");
                    chip.port().write32(MMWS, 1);
                    chip.runQuietly(new LsiScript().memoryMove(4, 0x2000, 0x2100).interrupt(1));
                    chip.noteMemory(0x2100, 4);
                });
    }

    /** Manual, 5.7: the third word goes to TEMP. */
    @Test
    void a_memory_move_leaves_its_destination_in_temp() throws IOException {
        assertDiffers(
                "register 1c: 00000000",
                "register 1c: 00002100",
                chip -> {
                    chip.runQuietly(new LsiScript().memoryMove(4, 0x2000, 0x2100).interrupt(1));
                    chip.noteRegister32(LsiPort.TEMP);
                });
    }

    /** Manual, 5.7 and 5.8. */
    @Test
    void moves_that_cross_what_they_must_not_are_illegal() throws IOException {
        String interrupt = "stopped: istat 01, sist 0000, dstat 84, vector 1, dsp %s, left 0";
        String illegal = "stopped: istat 01, sist 0000, dstat 81, vector 0, dsp %s, left 0";
        assertDiffers(
                String.join("\n", interrupt.formatted("8014"), interrupt.formatted("8010")),
                String.join("\n", illegal.formatted("800c"), illegal.formatted("8008")),
                chip -> {
                    chip.run(new LsiScript().memoryMove(4, 0x2000, 0x2101).interrupt(1));
                    chip.run(new LsiScript().load(LsiPort.SCRATCHA + 2, 4, 0x2000).interrupt(1));
                });
    }

    /** SAM-3, 5.9.7 and SPC-3, 4.5.6: what kind of reset it was. */
    @Test
    void a_bus_reset_is_told_as_one() throws IOException {
        assertDiffers(
                "memory 400000: 700006000000000a00000000290000000000",
                "memory 400000: 700006000000000a00000000290200000000",
                chip -> {
                    chip.clearAttention();
                    chip.port().write(SCNTL1, 0x08);
                    chip.port().write(SCNTL1, 0x00);
                    chip.port().takeScsi();
                    chip.noteSense();
                });
    }

    /** The reset of the chip is not one of the bus. */
    @Test
    void a_soft_reset_is_the_chips_alone() throws IOException {
        assertDiffers(
                "memory 400000: 700006000000000a00000000290000000000",
                "memory 400000: 700000000000000a00000000000000000000",
                chip -> {
                    chip.clearAttention();
                    chip.port().write(LsiPort.ISTAT0, LsiPort.SOFT_RESET);
                    chip.port().write(LsiPort.ISTAT0, 0);
                    chip.noteSense();
                });
    }

    /** SAM-3, 5.9.7. */
    @Test
    void a_reset_message_is_told_by_the_disk() throws IOException {
        assertDiffers(
                "memory 400000: 700000000000000a00000000000000000000",
                "memory 400000: 700006000000000a00000000290300000000",
                chip -> {
                    chip.clearAttention();
                    chip.port().poke(MESSAGE, "80 0c");
                    chip.runQuietly(
                            new LsiScript()
                                    .select(0, true, "end")
                                    .modify(0x02, LsiScript.AND, 0x7f)
                                    .move(LsiScript.MSG_OUT, 2, MESSAGE)
                                    .waitDisconnect()
                                    .label("end")
                                    .interrupt(1));
                    chip.noteSense();
                });
    }

    /** Manual, 4.2, SCNTL2's SDU: a target that leaves without having said so. */
    @Test
    void a_disconnection_nobody_announced_is_unexpected() throws IOException {
        assertDiffers(
                "stopped: istat 01, sist 0000, dstat 84, vector 1, dsp 8020, left 0",
                "stopped: istat 02, sist 0004, dstat 80, vector 0, dsp 8010, left 0",
                chip -> {
                    chip.clearAttention();
                    chip.port().poke(MESSAGE, "80 06");
                    chip.run(
                            new LsiScript()
                                    .select(0, true, "end")
                                    .move(LsiScript.MSG_OUT, 2, MESSAGE)
                                    .waitDisconnect()
                                    .label("end")
                                    .interrupt(1));
                });
    }
}
