package dev.skerry.device.lsi53c895a;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Instructions that need no target (manual, chapter 5). */
class InstructionTest {
    private static final int SCRATCHA = LsiRegister.SCRATCHA.offset();
    private static final int SFBR = LsiRegister.SFBR.offset();
    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    @ParameterizedTest(name = "opcode {0} operator {1}: {2} with {3}, carry {4}: {5}, carry {6}")
    @CsvSource({
        "7, 0, 0x12, 0x34, false, 0x34, false",
        "7, 1, 0x81, 0x00, false, 0x02, true",
        "7, 1, 0x01, 0x00, true, 0x03, false",
        "7, 2, 0x12, 0x21, false, 0x33, false",
        "7, 3, 0xff, 0x0f, true, 0xf0, true",
        "7, 4, 0xf3, 0x3f, false, 0x33, false",
        "7, 5, 0x81, 0x00, false, 0x40, true",
        "7, 5, 0x80, 0x00, true, 0xc0, false",
        "7, 6, 0xff, 0x02, true, 0x01, true",
        "7, 7, 0xff, 0x01, true, 0x01, true",
        "7, 7, 0x10, 0x01, true, 0x12, false",
        "6, 2, 0x12, 0x21, false, 0x33, false",
        "6, 0, 0x12, 0x34, false, 0x34, false",
        "5, 2, 0x12, 0x21, false, 0x33, false",
        "5, 6, 0xf0, 0x11, false, 0x01, true"
    })
    void register_operation(
            int opcode,
            int operator,
            String value,
            String data,
            boolean carry,
            String result,
            boolean carryAfter) {
        int from = opcode == 5 ? SFBR : SCRATCHA;
        int to = opcode == 6 ? SFBR : SCRATCHA;
        bench.memory.write(Bench.REGISTERS + from, 1, Integer.decode(value));
        Script script = new Script();
        script = carry ? script.set(0x400) : script.clear(0x400);
        bench.run(
                script.register(opcode, operator, SCRATCHA, Integer.decode(data))
                        .jump(Script.IF_TRUE | Script.ON_CARRY, "carry")
                        .interrupt(0)
                        .label("carry")
                        .interrupt(1));
        bench.expectInterrupt(carryAfter ? 1 : 0);
        assertEquals(Integer.decode(result).intValue(), bench.memory.read(Bench.REGISTERS + to, 1));
    }

    @Test
    void register_operation_can_take_the_sfbr_for_data() {
        bench.write(LsiRegister.SFBR, 0x0f);
        bench.write(LsiRegister.SCRATCHA, 0x30);
        bench.run(new Script().word(0x7e80_0000 | SCRATCHA << 16, 0).interrupt(9));
        bench.expectInterrupt(9);
        assertEquals(0x3f, bench.read(LsiRegister.SCRATCHA));
    }

    @ParameterizedTest(name = "condition {0}, sfbr {1}: jumps {2}")
    @CsvSource({
        "0x80080000, 0x00, true",
        "0x80000000, 0x00, false",
        // Data, with and without mask, positive and negative.
        "0x800c0012, 0x12, true",
        "0x800c0012, 0x13, false",
        "0x80040012, 0x13, true",
        "0x800c0f10, 0x1a, true",
        "0x800c0f10, 0x2a, false"
    })
    void jump_compares_data(String first, String sfbr, boolean jumps) {
        bench.write(LsiRegister.SFBR, Integer.decode(sfbr));
        bench.run(
                new Script()
                        .word(Long.decode(first).intValue(), "there")
                        .interrupt(0)
                        .label("there")
                        .interrupt(1));
        bench.expectInterrupt(jumps ? 1 : 0);
    }

    @Test
    void call_returns_and_relative_jumps_go_both_ways() {
        bench.run(
                new Script()
                        .word(0x8808_0000, "routine")
                        .word(0x8088_0000, 8)
                        .label("end")
                        .interrupt(5)
                        .word(0x8088_0000, -16 & 0xff_ffff)
                        .label("routine")
                        .register(7, 6, SCRATCHA, 1)
                        .word(0x9008_0000, 0));
        bench.expectInterrupt(5);
        assertEquals(1, bench.read(LsiRegister.SCRATCHA));
        assertEquals((int) Bench.SCRIPT + 8, bench.read(LsiRegister.TEMP));
    }

    @Test
    void memory_move_reaches_ram_script_ram_and_registers() {
        bench.poke(0x1000, "00112233445566778899aabbccddeeff");
        bench.run(
                new Script()
                        .memoryMove(16, 0x1000, Bench.SCRIPT_RAM + 0x100)
                        .memoryMove(13, Bench.SCRIPT_RAM + 0x103, 0x2003)
                        .memoryMove(4, 0x1004, Bench.REGISTERS + SCRATCHA)
                        .memoryMove(4, Bench.REGISTERS + SCRATCHA, 0x3000)
                        .interrupt(1));
        bench.expectInterrupt(1);
        assertEquals("33445566778899aabbccddeeff", bench.peek(0x2003, 13));
        assertEquals("44556677", bench.peek(0x3000, 4));
    }

    @ParameterizedTest
    @CsvSource({
        // Misaligned to each other; a count of nothing; target mode; loads across a word.
        "0xc0000010, 0x1000, 0x2001",
        "0xc0000000, 0x1000, 0x2000",
        "0xe1340000, 0x1000, 0",
        "0xe1360004, 0x1000, 0",
        "0xe1340005, 0x1000, 0",
        "0xffffffff, 0xffffffff, 0",
        "0x08000000, 0, 0",
        "0xb8080000, 0, 0"
    })
    void nonsense_is_an_illegal_instruction(String first, String second, String third) {
        bench.write(LsiRegister.SCNTL0, 0xc0);
        bench.memory.write(Bench.SCRIPT, 4, Long.decode(first));
        bench.memory.write(Bench.SCRIPT + 4, 4, Long.decode(second));
        bench.memory.write(Bench.SCRIPT + 8, 4, Long.decode(third));
        bench.memory.write(Bench.SCRIPT + 12, 4, 0x9808_0000L);
        bench.write(LsiRegister.DIEN, 0x7d);
        bench.start(Bench.SCRIPT);
        boolean waits = (bench.read(LsiRegister.ISTAT1) & 2) != 0;
        // Without a target a block move waits for one.
        assertEquals(first.equals("0x08000000"), waits);
        assertEquals(waits ? 0x80 : 0x81, bench.read(LsiRegister.DSTAT));
    }

    @Test
    void load_and_store_are_absolute_or_relative_to_dsa() {
        bench.poke(0x1000, "11223344");
        bench.write(LsiRegister.DSA, 0x2000);
        bench.run(
                new Script()
                        .word(0xe100_0000 | SCRATCHA << 16 | 4, 0x1000)
                        .word(0xf000_0000 | SCRATCHA + 1 << 16 | 2, -0x10 & 0xff_ffff)
                        .word(0xf100_0000 | 0x5c << 16 | 1, -0x0f & 0xff_ffff)
                        .interrupt(2));
        bench.expectInterrupt(2);
        assertEquals(0x4433_2211, bench.read(LsiRegister.SCRATCHA));
        assertEquals("2233", bench.peek(0x1ff0, 2));
        assertEquals(0x33, bench.read(LsiRegister.SCRATCHB));
    }

    @Test
    void selectors_take_fetches_and_moves_past_four_gigabytes() {
        bench.write(LsiRegister.MMRS, 1);
        bench.write(LsiRegister.MMWS, 0);
        bench.poke(0x2000, "00000000");
        bench.run(new Script().memoryMove(4, 0x1000, 0x2000).interrupt(1));
        bench.expectInterrupt(1);
        assertEquals("ffffffff", bench.peek(0x2000, 4), "nobody is at 0x100001000");
        bench.write(LsiRegister.SFS, 1);
        bench.start(Bench.SCRIPT);
        assertEquals(0x81, bench.read(LsiRegister.DSTAT), "nothing but ones to execute");
    }

    @Test
    void script_runs_from_the_chip_and_may_change_itself() {
        Script script = new Script().memoryMove(4, 0x1000, Bench.SCRIPT_RAM + 12 + 4).interrupt(1);
        bench.place(Bench.SCRIPT_RAM, script);
        bench.memory.write(0x1000, 4, 0x77);
        bench.start(Bench.SCRIPT_RAM);
        bench.expectInterrupt(0x77);
    }

    @Test
    void zero_words_are_skipped_one_by_one() {
        bench.memory.write(Bench.SCRIPT + 4, 4, 0x9808_0000L);
        bench.memory.write(Bench.SCRIPT + 8, 4, 3);
        bench.start(Bench.SCRIPT);
        bench.expectInterrupt(3);
    }

    @Test
    void script_without_end_yields_and_can_be_aborted() {
        bench.write(LsiRegister.DIEN, 0x7d);
        bench.run(new Script().label("a").register(7, 6, SCRATCHA, 1).jump("a"));
        assertEquals(2, bench.read(LsiRegister.ISTAT1) & 2, "running");
        bench.host.advance(1_000_000);
        assertFalse(bench.lineIsUp);
        assertTrue(bench.host.hasArmedTimer());
        bench.write(LsiRegister.ISTAT0, 0x80);
        bench.write(LsiRegister.ISTAT0, 0x00);
        assertTrue(bench.lineIsUp);
        assertEquals(0x90, bench.read(LsiRegister.DSTAT));
        assertFalse(bench.lineIsUp);
        assertEquals(0, bench.read(LsiRegister.ISTAT1) & 2);
        bench.host.advance(1_000_000);
        assertEquals(0, bench.read(LsiRegister.ISTAT1) & 2);
    }

    @Test
    void script_without_end_does_a_bounded_number_of_instructions_at_a_time() {
        bench.run(
                new Script()
                        .label("a")
                        .register(7, 6, SCRATCHA, 1)
                        .register(7, 7, SCRATCHA + 1, 0)
                        .jump("a"));
        for (int slice = 1; slice <= 3; slice++) {
            int loops = bench.read(LsiRegister.SCRATCHA);
            assertEquals((slice * Scripts.SLICE + 2) / 3, loops, "after " + slice);
            bench.host.advance(10_000);
        }
    }

    @Test
    void single_step_interrupts_after_each_instruction() {
        bench.write(LsiRegister.DCNTL, 0x10);
        bench.run(new Script().register(7, 0, SCRATCHA, 1).register(7, 0, SCRATCHA, 2));
        assertEquals(0x88, bench.read(LsiRegister.DSTAT));
        assertEquals(1, bench.read(LsiRegister.SCRATCHA));
        assertEquals((int) Bench.SCRIPT + 8, bench.read(LsiRegister.DSP));
        bench.write(LsiRegister.DCNTL, 0x14);
        assertEquals(0x88, bench.read(LsiRegister.DSTAT));
        assertEquals(2, bench.read(LsiRegister.SCRATCHA));
    }

    @Test
    void manual_start_waits_for_its_bit() {
        bench.write(LsiRegister.DMODE, 0x01);
        bench.run(new Script().interrupt(4));
        assertEquals(0, bench.read(LsiRegister.ISTAT0));
        bench.write(LsiRegister.DCNTL, 0x04);
        bench.expectInterrupt(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x00, 0x20})
    void wait_reselect_ends_by_a_signal(int early) {
        bench.write(LsiRegister.ISTAT0, early);
        bench.run(
                new Script()
                        .waitReselect("signalled")
                        .interrupt(1)
                        .label("signalled")
                        .interrupt(2));
        if (early == 0) {
            assertEquals(0, bench.read(LsiRegister.ISTAT0));
            assertEquals(2, bench.read(LsiRegister.ISTAT1));
            bench.write(LsiRegister.ISTAT0, 0x20);
        }
        bench.expectInterrupt(2);
    }
}
