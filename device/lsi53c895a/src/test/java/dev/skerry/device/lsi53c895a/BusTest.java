package dev.skerry.device.lsi53c895a;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Block moves, phase mismatches, chained moves and messages. */
class BusTest {
    private static final long MESSAGE = 0x10_0000;
    private static final long CDB = 0x10_0100;
    private static final long ANSWER = 0x10_0200;
    private static final long DATA = 0x11_0000;
    private final Bench bench = new Bench();

    @BeforeEach
    void takeUnitAttention() {
        bench.poke(MESSAGE, "80");
        bench.poke(CDB, "00 00 00 00 00 00");
        bench.run(finish(begin(6).label("dispatch")));
        bench.expectInterrupt(0x99);
        bench.disk.bytes[0] = 0x11;
        for (int i = 0; i < 2048; i++) {
            bench.disk.bytes[i] = (byte) (i % 251);
        }
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static Script begin(int cdbBytes) {
        return new Script()
                .select(0, true, "end")
                .move(Script.MSG_OUT, 1, MESSAGE)
                .move(Script.COMMAND, cdbBytes, CDB);
    }

    private static Script finish(Script script) {
        return script.move(Script.STATUS, 1, ANSWER)
                .move(Script.MSG_IN, 1, ANSWER + 1)
                .clear(0x40)
                .waitDisconnect()
                .label("end")
                .interrupt(0x99);
    }

    private void read(int blocks) {
        bench.poke(CDB, String.format("28 00 00 00 00 00 00 00 %02x 00", blocks));
    }

    @Test
    void phase_mismatch_interrupts_with_what_is_left() {
        read(1);
        bench.run(finish(begin(10).move(Script.DATA_IN, 700, DATA).interrupt(1).label("status")));
        bench.expectScsi(Interrupts.PHASE_MISMATCH);
        assertEquals(188, bench.read(LsiRegister.DBC));
        assertEquals((int) DATA + 512, bench.read(LsiRegister.DNAD));
        assertEquals((int) Bench.SCRIPT + 32, bench.read(LsiRegister.DSP));
        assertEquals(Script.STATUS, bench.read(LsiRegister.SBCL) & 7);
        assertEquals(Script.STATUS, bench.read(LsiRegister.SSTAT1) & 7);
        bench.start(Bench.SCRIPT + 40);
        bench.expectInterrupt(0x99);
        assertEquals("0000", bench.peek(ANSWER, 2));
    }

    @ParameterizedTest(name = "CCNTL0 {0}: jumps to {1}")
    @CsvSource({"0x80, one", "0xc0, two"})
    void phase_mismatch_jumps_when_enabled(String ccntl0, String where) {
        read(1);
        bench.write(LsiRegister.CCNTL0, Integer.decode(ccntl0));
        Script script =
                finish(
                        begin(10)
                                .move(Script.DATA_IN, 0x300, DATA)
                                .interrupt(1)
                                .label("one")
                                .interrupt(2)
                                .label("two")
                                .interrupt(3));
        bench.write(LsiRegister.PMJAD1, (int) Bench.SCRIPT + script.offset("one"));
        bench.write(LsiRegister.PMJAD2, (int) Bench.SCRIPT + script.offset("two"));
        bench.run(script);
        bench.expectInterrupt(where.equals("one") ? 2 : 3);
        assertEquals(0x0900_0100, bench.read(LsiRegister.RBC));
        assertEquals((int) DATA + 0x200, bench.read(LsiRegister.UA));
        assertEquals((int) Bench.SCRIPT + 24, bench.read(LsiRegister.IA));
        assertEquals((int) Bench.SCRIPT + 24, bench.read(LsiRegister.ESA));
        assertEquals(0x200, bench.read(LsiRegister.SBC));
        assertEquals(0x200, bench.read(LsiRegister.CSBC));
    }

    @Test
    void mismatch_in_a_table_move_names_its_entry() {
        read(1);
        bench.write(LsiRegister.CCNTL0, 0xc0);
        bench.memory.write(0x1010, 4, 0xab00_0300L);
        bench.memory.write(0x1014, 4, DATA);
        bench.write(LsiRegister.DSA, 0x1020);
        Script script =
                finish(
                        begin(10)
                                .moveTable(Script.DATA_IN, -0x10 & 0xff_ffff)
                                .label("jump")
                                .interrupt(2));
        bench.write(LsiRegister.PMJAD2, (int) Bench.SCRIPT + script.offset("jump"));
        bench.run(script);
        bench.expectInterrupt(2);
        assertEquals(0xab00_0100, bench.read(LsiRegister.RBC));
        assertEquals(0x1010, bench.read(LsiRegister.ESA));
        assertEquals((int) Bench.SCRIPT + 24, bench.read(LsiRegister.IA));
    }

    @Test
    void data_goes_indirectly_by_table_and_in_odd_pieces() {
        read(2);
        bench.memory.write(0x1000, 4, DATA + 300);
        bench.memory.write(0x1100, 4, 513);
        bench.memory.write(0x1104, 4, DATA + 511);
        bench.write(LsiRegister.DSA, 0x1100);
        bench.run(
                finish(
                        begin(10)
                                .move(Script.DATA_IN, 300, DATA)
                                .word(0x2900_0000 | 211, 0x1000)
                                .moveTable(Script.DATA_IN, 0)));
        bench.expectInterrupt(0x99);
        for (int i = 0; i < 1024; i++) {
            assertEquals(i % 251, bench.memory.read(DATA + i, 1), "byte " + i);
        }
    }

    @ParameterizedTest(name = "index {0}")
    @CsvSource({"0x00, SCRATCHC", "0x0f, SCRATCHR", "0x10, MMRS", "0x14, SBMS", "0x15, DBMS"})
    void sixty_four_bit_table_entry_names_its_selector(String index, LsiRegister selector) {
        read(1);
        bench.write(LsiRegister.CCNTL1, 0x02);
        bench.memory.write(0x1000, 4, Long.decode(index) << 24 | 512);
        bench.memory.write(0x1004, 4, DATA);
        bench.poke(DATA, "ee");
        bench.write(LsiRegister.DSA, 0x1000);
        bench.write(selector, 3);
        Script script = new Script().select(0, true, "end").moveTable(Script.MSG_OUT, 0x10);
        bench.memory.write(0x1010, 4, 0x0100_0001L);
        bench.memory.write(0x1014, 4, MESSAGE);
        bench.memory.write(0x1018, 4, 0x0100_000aL);
        bench.memory.write(0x101c, 4, CDB);
        bench.run(
                script.moveTable(Script.COMMAND, 0x18)
                        .moveTable(Script.DATA_IN, 0)
                        .label("end")
                        .interrupt(1));
        bench.expectInterrupt(1);
        assertEquals("ee", bench.peek(DATA, 1), "it went to 0x300110000, where nobody is");
        assertEquals(3, bench.read(LsiRegister.DNAD64));
    }

    @Test
    void sixty_four_bit_direct_move_has_a_third_word() {
        read(1);
        bench.write(LsiRegister.CCNTL1, 0x01);
        int[] words = {
            0x4100_0000,
            0,
            0x0e00_0001,
            (int) MESSAGE,
            0,
            0x0a00_000a,
            (int) CDB,
            0,
            0x0900_0200,
            (int) DATA,
            0,
            0x9808_0000,
            1
        };
        for (int i = 0; i < words.length; i++) {
            bench.memory.write(Bench.SCRIPT + 4L * i, 4, words[i]);
        }
        bench.start(Bench.SCRIPT);
        bench.expectInterrupt(1);
        assertEquals(1, bench.memory.read(DATA + 1, 1));
    }

    private static Script storeSwideAndScntl2(Script script) {
        return script.word(0xe000_0000 | LsiRegister.SWIDE.offset() << 16 | 1, 0x1000)
                .word(0xe000_0000 | LsiRegister.SCNTL2.offset() << 16 | 1, 0x1001);
    }

    private static Script moveIn(Script script, boolean chained, int count, long gpa) {
        return chained
                ? script.chainedMove(Script.DATA_IN, count, gpa)
                : script.move(Script.DATA_IN, count, gpa);
    }

    /** Manual, 2.2.18.5: what a chained move takes from SWIDE counts, what another ignores is lost. */
    @ParameterizedTest(name = "chained {0}, then chained {1}: {2} bytes, from {3} on")
    @CsvSource({
        "true, true, 507, 5, 05c1", "false, true, 507, 5, 0581",
        "true, false, 506, 6, 05c1", "false, false, 506, 6, 0581"
    })
    void odd_receive_leaves_a_byte_that_a_chained_move_takes(
            boolean first, boolean second, int count, int from, String residue) {
        read(1);
        bench.write(LsiRegister.SCNTL3, 0x08);
        Script script = storeSwideAndScntl2(moveIn(begin(10), first, 5, DATA));
        bench.run(finish(moveIn(script, second, count, DATA + 0x1000)));
        bench.expectInterrupt(0x99);
        assertEquals("0001020304", bench.peek(DATA, 5));
        assertEquals(residue, bench.peek(0x1000, 2), "residue; SDU, CHM and WSR");
        for (int i = 0; i < count; i++) {
            assertEquals((from + i) % 251, bench.memory.read(DATA + 0x1000 + i, 1), "byte " + i);
        }
        assertEquals(0, bench.read(LsiRegister.SCNTL2) & 0x49);
    }

    /** The target has given all by then and asks for the status. */
    @Test
    void last_byte_of_an_odd_chained_receive_is_taken_by_the_next() {
        read(1);
        bench.write(LsiRegister.SCNTL3, 0x08);
        bench.run(
                finish(
                        begin(10)
                                .chainedMove(Script.DATA_IN, 511, DATA)
                                .chainedMove(Script.DATA_IN, 1, DATA + 511)));
        bench.expectInterrupt(0x99);
        for (int i = 0; i < 512; i++) {
            assertEquals(i % 251, bench.memory.read(DATA + i, 1), "byte " + i);
        }
        assertEquals(0, bench.read(LsiRegister.SCNTL2) & 0x09);
    }

    @Test
    void odd_chained_receive_on_the_narrow_bus_leaves_nothing() {
        read(1);
        bench.run(
                finish(
                        storeSwideAndScntl2(begin(10).chainedMove(Script.DATA_IN, 5, DATA))
                                .chainedMove(Script.DATA_IN, 507, DATA + 5)));
        bench.expectInterrupt(0x99);
        assertEquals("00c0", bench.peek(0x1000, 2));
        for (int i = 0; i < 512; i++) {
            assertEquals(i % 251, bench.memory.read(DATA + i, 1), "byte " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void odd_chained_send_keeps_a_byte_for_the_next_move(boolean nextIsChained) {
        bench.poke(CDB, "2a 00 00 00 00 01 00 00 01 00");
        bench.write(LsiRegister.SCNTL3, 0x08);
        bench.poke(DATA, "a0a1a2a3a4");
        bench.poke(DATA + 0x1000, "b0b1");
        Script script = storeSwideAndScntl2(begin(10).chainedMove(Script.DATA_OUT, 5, DATA));
        bench.run(
                finish(
                        nextIsChained
                                ? script.chainedMove(Script.DATA_OUT, 507, DATA + 0x1000)
                                : script.move(Script.DATA_OUT, 507, DATA + 0x1000)));
        bench.expectInterrupt(0x99);
        assertEquals("c8", bench.peek(0x1001, 1), "SDU, CHM and WSS");
        byte[] disk = bench.disk.bytes;
        assertEquals("a3a4b0b1", java.util.HexFormat.of().formatHex(disk, 512 + 3, 512 + 7));
        assertEquals(0, bench.read(LsiRegister.SCNTL2) & 0x49);
    }

    @Test
    void odd_send_without_chaining_keeps_nothing() {
        bench.poke(CDB, "2a 00 00 00 00 01 00 00 01 00");
        bench.write(LsiRegister.SCNTL3, 0x08);
        bench.poke(DATA, "a0a1a2a3a4");
        bench.poke(DATA + 0x1000, "b0b1");
        bench.run(
                finish(
                        storeSwideAndScntl2(begin(10).move(Script.DATA_OUT, 5, DATA))
                                .move(Script.DATA_OUT, 507, DATA + 0x1000)));
        bench.expectInterrupt(0x99);
        assertEquals("80", bench.peek(0x1001, 1));
        byte[] disk = bench.disk.bytes;
        assertEquals("a3a4b0b1", java.util.HexFormat.of().formatHex(disk, 512 + 3, 512 + 7));
    }

    @ParameterizedTest(name = "SCNTL3 {0}: half a word that was sent is dropped by receiving")
    @CsvSource({"0x08", "0x00"})
    void half_a_word_is_dropped_by_the_other_direction_and_by_the_narrow_bus(String scntl3) {
        bench.poke(CDB, "2a 00 00 00 00 01 00 00 01 00");
        bench.write(LsiRegister.SCNTL3, 0x08);
        bench.run(begin(10).chainedMove(Script.DATA_OUT, 5, DATA).label("end").interrupt(1));
        bench.expectInterrupt(1);
        assertEquals(0xc8, bench.read(LsiRegister.SCNTL2));
        bench.write(LsiRegister.SCNTL1, 0x08);
        bench.expectScsi(Interrupts.BUS_RESET);
        bench.write(LsiRegister.SCNTL1, 0x00);
        bench.write(LsiRegister.SCNTL3, Integer.decode(scntl3));
        assertEquals("700006000000000a00000000290200000000", sense());
        assertEquals(0, bench.read(LsiRegister.SCNTL2) & 0x49);
    }

    @ParameterizedTest(name = "{0} is answered {1}")
    @CsvSource({
        "01 03 01 0c 0f, 0103010c0f",
        "01 03 01 00 ff, 0103010a1f",
        "01 02 03 01, 01020301",
        "01 02 03 02, 01020301",
        "01 06 04 09 00 3e 01 02, 0106040a001f0100",
        "01 02 77 00, 07",
        "55, 07"
    })
    void negotiation_is_answered(String message, String answer) {
        byte[] bytes = java.util.HexFormat.of().parseHex(message.replace(" ", ""));
        bench.poke(MESSAGE, "c0" + message);
        bench.poke(CDB, "00 00 00 00 00 00");
        bench.run(
                finish(
                        new Script()
                                .select(0, true, "end")
                                .move(Script.MSG_OUT, 1 + bytes.length, MESSAGE)
                                .move(Script.MSG_IN, 1, DATA)
                                .clear(0x40)
                                .move(Script.MSG_IN, answer.length() / 2, DATA + 1)
                                .clear(0x40)
                                .label("next")
                                .move(Script.COMMAND, 6, CDB)));
        if (answer.length() == 2) {
            // One byte: the second move finds another phase.
            bench.expectScsi(Interrupts.PHASE_MISMATCH);
            bench.start(Bench.SCRIPT + 48);
        }
        bench.expectInterrupt(0x99);
        assertEquals(answer, bench.peek(DATA, answer.length() / 2));
        assertEquals("0000", bench.peek(ANSWER, 2));
    }

    @Test
    void messages_abort_what_is_disconnected() {
        bench.disk.defers = true;
        bench.poke(MESSAGE, "c02005");
        read(1);
        Script script =
                new Script()
                        .select(0, true, "end")
                        .move(Script.MSG_OUT, 3, MESSAGE)
                        .move(Script.COMMAND, 10, CDB)
                        .move(Script.MSG_IN, 1, ANSWER)
                        .clear(0x40)
                        .waitDisconnect()
                        .label("end")
                        .interrupt(1);
        bench.run(script);
        bench.expectInterrupt(1);
        assertEquals("04", bench.peek(ANSWER, 1));
        assertEquals(1, bench.chip.scsiBus().target(0).lun(0).outstanding());
        bench.poke(MESSAGE, "c020050d");
        bench.run(
                new Script()
                        .select(0, true, "end")
                        .register(7, 4, LsiRegister.SCNTL2.offset(), 0x7f)
                        .move(Script.MSG_OUT, 4, MESSAGE)
                        .waitDisconnect()
                        .label("end")
                        .interrupt(2));
        bench.expectInterrupt(2);
        assertEquals(0, bench.chip.scsiBus().target(0).lun(0).outstanding());
        bench.disk.complete();
        assertEquals(0, bench.read(LsiRegister.ISTAT0));
    }

    @Test
    void bus_device_reset_and_bus_reset_reach_the_units() {
        bench.poke(MESSAGE, "800c");
        bench.run(
                new Script()
                        .select(0, true, "end")
                        .register(7, 4, LsiRegister.SCNTL2.offset(), 0x7f)
                        .move(Script.MSG_OUT, 2, MESSAGE)
                        .waitDisconnect()
                        .label("end")
                        .interrupt(2));
        bench.expectInterrupt(2);
        assertEquals("700006000000000a00000000290300000000", sense());
        bench.write(LsiRegister.SCNTL1, 0x08);
        bench.expectScsi(Interrupts.BUS_RESET);
        bench.write(LsiRegister.SCNTL1, 0x00);
        assertEquals("700006000000000a00000000290200000000", sense());
    }

    private String sense() {
        bench.poke(MESSAGE, "80");
        bench.poke(CDB, "03 00 00 00 12 00");
        bench.run(finish(begin(6).move(Script.DATA_IN, 18, DATA)));
        bench.expectInterrupt(0x99);
        return bench.peek(DATA, 18);
    }
}
