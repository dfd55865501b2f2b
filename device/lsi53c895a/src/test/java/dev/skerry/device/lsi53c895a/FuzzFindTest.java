package dev.skerry.device.lsi53c895a;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What fuzzing has found in QEMU's model of this chip, told again to ours. Nothing happens but what
 * the script asks for, and the chip works afterwards.
 */
class FuzzFindTest {
    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    private void out(int offset, int size, long value) {
        bench.io.write(Bench.PORTS + offset, size, value);
    }

    /** QEMU asserted that a data phase has a command: launchpad 697510, 1905521, 1908515. */
    @ParameterizedTest
    @ValueSource(ints = {Script.DATA_IN, Script.DATA_OUT, Script.STATUS, Script.MSG_IN})
    void data_without_a_command(int phase) {
        bench.memory.write(Bench.REGISTERS + 0x2e, 1, 0xff);
        bench.memory.write(Bench.REGISTERS + 0x2f, 1, 0xff);
        assertEquals(0x81, bench.read(LsiRegister.DSTAT), "nothing is at 0xffff0000");
        bench.addRam(0xffff_0000L - 0x1_0000, 0x1_0000);
        bench.run(new Script().move(phase, 512, 0x1000).interrupt(1));
        bench.host.advance(1_000_000);
        assertEquals(0, bench.read(LsiRegister.ISTAT0), "it waits");
        bench.expectUsable("waits for a target");
        bench.run(
                new Script().select(0, true, "x").move(phase, 512, 0x1000).label("x").interrupt(1));
        bench.expectScsi(Interrupts.PHASE_MISMATCH);
        bench.expectUsable("a phase the target does not ask for");
    }

    /**
     * An ABORT or BUS DEVICE RESET message freed a request that was used afterwards: QEMU issue
     * 972. Three scripts, far apart, found by their zeros; the last ones' messages are 0x0c, 0x80,
     * 0x0d and leftovers.
     */
    @Test
    void request_cancelled_by_a_message() {
        for (long at :
                new long[] {
                    0x6973_0000L,
                    0x5a55_0000L,
                    0x5a34_0000L,
                    0x2751_0000L,
                    0x3640_0000L,
                    0x5a41_0000L,
                    0x36d7_0000L
                }) {
            bench.addRam(at, 0x1_0000);
        }
        bench.chip.function().writeConfig(0x04, 2, 0x5);
        poke(0x6973_6c10L, "08 00 00 58");
        poke(0x6973_6c1aL, "01 06");
        poke(0x6973_6c22L, "01 07");
        poke(0x6973_6c2bL, "02");
        poke(0x6973_6c48L, "08 00 00 58");
        poke(0x6973_6c52L, "04 06");
        poke(0x6973_6c5bL, "02");
        out(0x2d, 4, 0x69_7300);
        settle();
        poke(0x5a55_4662L, "01 07");
        poke(0x5a55_466aL, "10 22 5a 5a 34 5a");
        poke(0x5a34_5a5aL, "77 55 51 27");
        poke(0x2751_5577L, "41");
        out(0x2d, 4, 0x5a_5500);
        settle();
        poke(0x3640_01d0L, "08 00 00 58");
        poke(0x3640_01daL, "01 26 0d ae 41 5a");
        poke(0x5a41_ae0dL, "f8 36 d7 36");
        poke(0x36d7_36f8L, "0c 80 0d");
        out(0x2d, 4, 0x36_4000);
        settle();
        bench.expectUsable("issue 972");
    }

    private void poke(long gpa, String hex) {
        bench.poke(gpa, hex);
    }

    private void settle() {
        for (int i = 0; i < 20; i++) {
            bench.host.advance(20_000);
            bench.disk.complete();
        }
    }

    /** The same story in one script: cancelled while its data is on the way. */
    @ParameterizedTest
    @ValueSource(strings = {"06", "0c", "0d", "0e"})
    void request_cancelled_while_its_data_moves(String message) {
        bench.takeAttention();
        bench.run(new Script().interrupt(1));
        bench.expectInterrupt(1);
        bench.poke(0x1000, "80" + message);
        bench.poke(0x1010, "28000000000000000100");
        bench.disk.defers = true;
        bench.run(
                new Script()
                        .select(0, true, "x")
                        .move(Script.MSG_OUT, 1, 0x1000)
                        .move(Script.COMMAND, 10, 0x1010)
                        .move(Script.DATA_IN, 256, 0x2000)
                        .label("x")
                        .set(0x08)
                        .move(Script.MSG_OUT, 1, 0x1001)
                        .move(Script.DATA_IN, 256, 0x2000)
                        .interrupt(1));
        bench.disk.complete();
        settle();
        bench.expectUsable("message " + message);
    }

    /** A memory move that aborts and restarts the script it is part of: QEMU issue 1563. */
    @Test
    void memory_move_over_the_registers_that_started_it() {
        bench.chip.function().writeConfig(0x14, 4, 0xff10_0000L);
        bench.chip.function().writeConfig(0x18, 4, 0xff00_0000L);
        bench.memory.write(0xff00_0000L, 4, 0xc000_0024L);
        bench.memory.write(0xff00_0114L, 4, 0x80);
        bench.memory.write(0xff00_012cL, 4, 0xff00_0000L);
        bench.memory.write(0xff00_0004L, 4, 0xff00_0114L);
        bench.memory.write(0xff00_0008L, 4, 0xff10_0014L);
        bench.memory.write(0xff10_002fL, 4, 0xff);
        bench.host.advance(100_000);
        assertEquals(1, bench.memory.read(0xff10_0014L, 1) & 1, "aborted, among other things");
        bench.expectUsable("issue 1563");
    }

    /** Ours: the aborted move's data was still on its way when the next move began. */
    @Test
    void move_begins_while_an_aborted_one_is_on_its_way() {
        bench.takeAttention();
        bench.poke(0x1000, "80");
        bench.poke(0x1010, "28000000000000000200");
        bench.disk.defers = true;
        bench.run(
                new Script()
                        .select(0, true, "x")
                        .move(Script.MSG_OUT, 1, 0x1000)
                        .move(Script.COMMAND, 10, 0x1010)
                        .label("x")
                        .move(Script.DATA_IN, 512, 0x2000)
                        .interrupt(2));
        assertEquals(2, bench.read(LsiRegister.ISTAT1));
        bench.write(LsiRegister.ISTAT0, 0x80);
        bench.write(LsiRegister.ISTAT0, 0x00);
        assertEquals(0x90, bench.read(LsiRegister.DSTAT));
        bench.start(Bench.SCRIPT + 24);
        assertEquals(2, bench.read(LsiRegister.ISTAT1), "waits for the old one's end");
        bench.disk.complete();
        bench.disk.complete();
        bench.expectInterrupt(2);
        assertEquals("[read 0 512, read 512 512]", bench.disk.log.toString());
        bench.expectUsable("aborted move");
    }

    @Test
    void script_that_resets_its_own_chip_in_every_way() {
        for (int offset : new int[] {0x14, 0x01, 0x2f, 0x3b}) {
            for (int value : new int[] {0x40, 0x80, 0x08, 0xff}) {
                bench.poke(0x1000, String.format("%02x", value));
                bench.poke(0x1010, "c0");
                bench.memory.write(0x1020, 4, 0x1200);
                Script script =
                        new Script()
                                .select(0, true, "x")
                                .move(Script.MSG_OUT, 1, 0x1010)
                                .memoryMove(1, 0x1000, Bench.REGISTERS + offset)
                                .label("x")
                                .move(Script.COMMAND, 6, 0x1000)
                                .interrupt(1);
                bench.run(script);
                bench.host.advance(100_000);
                bench.expectUsable("offset " + offset + " value " + value);
            }
        }
    }

    @Test
    void data_from_the_disk_may_land_on_the_chips_registers() {
        bench.takeAttention();
        for (int seed = 0; seed < 256; seed++) {
            bench.disk.bytes[seed] = (byte) (seed * 37 + 11);
        }
        bench.poke(0x1000, "80");
        bench.poke(0x1010, "28000000000000000100");
        for (int i = 0; i < 2; i++) {
            bench.run(
                    new Script()
                            .select(0, true, "x")
                            .move(Script.MSG_OUT, 1, 0x1000)
                            .move(Script.COMMAND, 10, 0x1010)
                            .move(Script.DATA_IN, 512, Bench.REGISTERS)
                            .label("x")
                            .interrupt(1));
            bench.host.advance(100_000);
            bench.expectUsable("data over registers");
        }
    }

    /** How a request goes away under the chip's feet. */
    private enum Loss {
        SOFT_RESET,
        BUS_RESET,
        DEVICE_RESET,
        ABORTED_SCRIPT
    }

    private void lose(Loss how) {
        switch (how) {
            case SOFT_RESET -> bench.write(LsiRegister.ISTAT0, 0x40);
            case BUS_RESET -> {
                bench.write(LsiRegister.SCNTL1, 0x08);
                bench.write(LsiRegister.SCNTL1, 0x00);
                bench.expectScsi(Interrupts.BUS_RESET);
            }
            case DEVICE_RESET -> {
                bench.chip.reset();
                bench.setUp();
            }
            case ABORTED_SCRIPT -> {
                bench.write(LsiRegister.ISTAT0, 0x80);
                bench.write(LsiRegister.ISTAT0, 0x00);
                assertEquals(0x90, bench.read(LsiRegister.DSTAT));
            }
        }
    }

    /** A command with one block of data, given without a tag; the disk takes its time. */
    private Script command(int opcode, boolean mayDisconnect) {
        bench.poke(0x1000, mayDisconnect ? "c0" : "80");
        bench.poke(0x1010, String.format("%02x000000000000000100", opcode));
        bench.disk.defers = true;
        return new Script()
                .select(0, true, "x")
                .move(Script.MSG_OUT, 1, 0x1000)
                .move(Script.COMMAND, 10, 0x1010);
    }

    /**
     * QEMU used the request of a data phase that a reset had taken away. Ours lets go of it, the
     * storage's late completion changes nothing, and memory stays mapped until then.
     */
    @ParameterizedTest
    @CsvSource({
        "SOFT_RESET, 28",
        "SOFT_RESET, 2a",
        "BUS_RESET, 28",
        "BUS_RESET, 2a",
        "DEVICE_RESET, 28",
        "DEVICE_RESET, 2a",
        "ABORTED_SCRIPT, 28",
        "ABORTED_SCRIPT, 2a"
    })
    void request_lost_in_its_data_phase(Loss how, String opcode) {
        bench.takeAttention();
        int phase = opcode.equals("28") ? Script.DATA_IN : Script.DATA_OUT;
        bench.run(
                command(Integer.parseInt(opcode, 16), false)
                        .move(phase, 512, 0x2000)
                        .label("x")
                        .interrupt(2));
        assertEquals(2, bench.read(LsiRegister.ISTAT1), "its data is on the way");
        lose(how);
        assertEquals(0, bench.read(LsiRegister.ISTAT1));
        settle();
        assertEquals(0, bench.read(LsiRegister.ISTAT0) & 0x07, "nobody hears of it");
        bench.expectUsable(how + " in the data phase");
    }

    /** QEMU reselected for a request that was gone. */
    @ParameterizedTest
    @EnumSource(
            value = Loss.class,
            names = {"SOFT_RESET", "BUS_RESET", "DEVICE_RESET"})
    void reselection_with_no_request(Loss how) {
        bench.takeAttention();
        bench.run(
                command(0x28, true)
                        .move(Script.MSG_IN, 1, 0x1020)
                        .clear(0x40)
                        .waitDisconnect()
                        .label("x")
                        .interrupt(1));
        bench.expectInterrupt(1);
        assertEquals("04", bench.peek(0x1020, 1), "it has disconnected");
        lose(how);
        bench.run(
                new Script()
                        .waitReselect("x")
                        .move(Script.MSG_IN, 1, 0x1020)
                        .move(Script.DATA_IN, 512, 0x2000)
                        .label("x")
                        .interrupt(2));
        settle();
        assertEquals(2, bench.read(LsiRegister.ISTAT1), "it waits still");
        assertEquals(0, bench.read(LsiRegister.SSID) & 0x80, "nobody came");
        bench.write(LsiRegister.ISTAT0, 0x20);
        bench.expectInterrupt(2);
        bench.expectUsable(how + " while disconnected");
    }

    /** The request is aborted by another connection's message, just when it is about to return. */
    @ParameterizedTest
    @ValueSource(strings = {"c006", "c00c"})
    void reselection_after_an_abort_message(String message) {
        bench.takeAttention();
        Script script =
                command(0x28, true)
                        .move(Script.MSG_IN, 1, 0x1020)
                        .clear(0x40)
                        .waitDisconnect()
                        .label("x")
                        .interrupt(1);
        bench.run(script);
        bench.expectInterrupt(1);
        settle();
        bench.poke(0x1000, message);
        bench.run(
                new Script()
                        .select(0, true, "x")
                        .register(7, 4, LsiRegister.SCNTL2.offset(), 0x7f)
                        .move(Script.MSG_OUT, 2, 0x1000)
                        .waitDisconnect()
                        .waitReselect("x")
                        .label("x")
                        .interrupt(2));
        settle();
        assertEquals(2, bench.read(LsiRegister.ISTAT1), "it waits still");
        assertEquals(0, bench.read(LsiRegister.SSID) & 0x80, "nobody came");
        bench.write(LsiRegister.ISTAT0, 0x20);
        bench.expectInterrupt(2);
        bench.expectUsable("message " + message);
        assertEquals(0, bench.chip.scsiBus().target(0).lun(0).outstanding());
    }

    @Test
    void script_may_lie_in_the_registers() {
        int[] words = {0x7834_4400, 0, 0x9808_0000, 0x55};
        for (int i = 0; i < words.length; i++) {
            bench.memory.write(Bench.REGISTERS + 0x60 + 4 * i, 4, words[i]);
        }
        bench.start(Bench.REGISTERS + 0x60);
        bench.expectInterrupt(0x55);
        assertEquals(0x44, bench.read(LsiRegister.SCRATCHA));
        bench.expectUsable("script in the scratch registers");
    }

    /** Nowhere, the chip's own BARs, across the end of RAM; what can be read back is the data. */
    @ParameterizedTest(name = "{1} bytes at {0}, {2} of them seen")
    @CsvSource({
        "0xd0000001, 511, 0",
        "0xe0000060, 63, 63",
        "0xe0000010, 4, 4",
        "0xe0002001, 509, 509",
        "0x3fff01, 511, 255",
        "0x3fffff, 512, 1"
    })
    void data_goes_anywhere_in_odd_pieces(long gpa, int length, int seen) {
        for (int i = 0; i < 512; i++) {
            bench.disk.bytes[i] = (byte) (7 * i + 1);
        }
        bench.takeAttention();
        for (boolean slow : new boolean[] {false, true}) {
            for (int opcode : new int[] {0x28, 0x2a}) {
                int phase = opcode == 0x28 ? Script.DATA_IN : Script.DATA_OUT;
                Script script =
                        command(opcode, false)
                                .move(phase, length, gpa)
                                .label("x")
                                .interrupt(length);
                bench.disk.defers = slow;
                bench.run(script);
                settle();
                bench.expectInterrupt(length);
                for (int i = 0; opcode == 0x28 && i < seen; i++) {
                    int there = (int) bench.memory.read(gpa + i, 1);
                    assertEquals(7 * i + 1 & 0xff, there, "byte " + i);
                }
                bench.expectUsable(String.format("%d bytes at 0x%x", length, gpa));
            }
        }
    }
}
