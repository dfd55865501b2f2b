package dev.skerry.verify.conformance;

import static dev.skerry.verify.conformance.LsiRecorder.BUFFER;
import static dev.skerry.verify.conformance.LsiRecorder.CDB;
import static dev.skerry.verify.conformance.LsiRecorder.MESSAGE;
import static dev.skerry.verify.conformance.LsiRecorder.PROGRAM;
import static dev.skerry.verify.conformance.LsiRecorder.STATUS;
import static dev.skerry.verify.conformance.LsiRecorder.assertSame;
import static dev.skerry.verify.conformance.LsiRecorder.end;

import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.verify.testkit.LsiPort;
import dev.skerry.verify.testkit.LsiScript;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;

/**
 * The same registers and SCRIPTS to stock QEMU's {@code lsi53c895a} and to ours: data, phases,
 * interrupts, counters and pointers are the same. What is meant to differ is in {@link
 * LsiDifferencesTest}.
 */
class ScriptConformanceTest {
    private static final String INQUIRY = "12 00 00 00 24 00";
    private static final String READ_CAPACITY = "25 00 00 00 00 00 00 00 00 00";
    private static final int SCNTL1 = 0x01;
    private static final int SCNTL2 = 0x02;
    private static final int SSTAT1 = 0x0e;
    private static final int DNAD = 0x28;
    private static final int DMODE = 0x38;
    private static final int DCNTL = 0x3b;
    private static final int CCNTL0 = 0x56;
    private static final int SCRATCHC = 0x60;
    private static final int PMJAD1 = 0xc0;
    private static final int PMJAD2 = 0xc4;
    private static final int IA = 0xd4;
    private static final int CSBC = 0xdc;
    private static final int RAM_BYTES = 0x2000;

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    @Test
    void registers_have_the_same_values_after_reset_and_take_the_same_bits() throws IOException {
        assertSame(
                chip -> {
                    for (int register = 0; register < 0x100; register++) {
                        if (!LsiDifferencesTest.differs(register)) {
                            chip.noteRegister(register);
                        }
                    }
                    for (int register = 0; register < 0x100; register++) {
                        if (!LsiDifferencesTest.differs(register) && !acts(register)) {
                            int before = chip.port().read(register);
                            for (int value : new int[] {0xff, 0x00, 0x55, before}) {
                                chip.port().write(register, value);
                                chip.noteRegister(register);
                            }
                        }
                    }
                });
    }

    /** SCNTL1, ISTAT0, DSP's last byte and DCNTL start something. */
    private static boolean acts(int register) {
        return register == SCNTL1
                || register == LsiPort.ISTAT0
                || register == LsiPort.DSP + 3
                || register == DCNTL;
    }

    @Test
    void the_ports_and_the_upper_copies_are_the_same_registers() throws IOException {
        assertSame(
                chip -> {
                    chip.port().write32(LsiPort.SCRATCHA, 0x1234_5678);
                    for (int size : new int[] {1, 2, 4}) {
                        for (int at = 0; at < 4; at += size) {
                            int register = LsiPort.SCRATCHA + at;
                            long port =
                                    chip.port().client().readPort(LsiPort.PORTS + register, size);
                            long memory =
                                    chip.port()
                                            .client()
                                            .readMemory(LsiPort.REGISTERS + 0x300 + register, size);
                            chip.note(String.format("%d: %x %x", register, port, memory));
                        }
                    }
                    chip.port().client().writePort(LsiPort.PORTS + LsiPort.SCRATCHB + 1, 2, 0xabcd);
                    chip.noteRegister32(LsiPort.SCRATCHB);
                });
    }

    @Test
    void the_scripts_ram_keeps_what_is_written() throws IOException {
        assertSame(
                chip -> {
                    for (int size : new int[] {1, 2, 4}) {
                        for (int at = 0; at < RAM_BYTES; at += 0x3fc) {
                            long gpa = LsiPort.SCRIPT_RAM + (at & -size);
                            chip.port().client().writeMemory(gpa, size, 0x8182_8384L + at);
                            for (int other : new int[] {1, 2, 4}) {
                                long value = chip.port().client().readMemory(gpa & -other, other);
                                chip.note(String.format("%x: %x", gpa, value));
                            }
                        }
                    }
                });
    }

    @Test
    void block_moves_find_their_bytes_in_every_way() throws IOException {
        assertSame(
                chip -> {
                    chip.run(end(chip.begin(INQUIRY).move(LsiScript.DATA_IN, 36, BUFFER)));
                    chip.noteMemory(BUFFER, 37);
                    chip.noteMemory(STATUS, 3);
                    chip.port().poke(0x2000, "00 10 40 00");
                    chip.run(end(chip.begin(INQUIRY).moveIndirect(LsiScript.DATA_IN, 36, 0x2000)));
                    chip.noteMemory(BUFFER + 0x1000, 37);
                    chip.port().poke(0x3000 - 8, "24 00 00 00 00 20 40 00");
                    chip.port().write32(LsiPort.DSA, 0x3000);
                    chip.run(end(chip.begin(INQUIRY).moveTable(LsiScript.DATA_IN, 0xff_fff8)));
                    chip.noteMemory(BUFFER + 0x2000, 37);
                    chip.run(
                            end(
                                    chip.begin(INQUIRY)
                                            .chainedMove(LsiScript.DATA_IN, 20, BUFFER + 0x3000)
                                            .chainedMove(LsiScript.DATA_IN, 16, BUFFER + 0x3100)));
                    chip.noteMemory(BUFFER + 0x3000, 21);
                    chip.noteMemory(BUFFER + 0x3100, 17);
                });
    }

    @Test
    void selection_by_table_is_the_same() throws IOException {
        assertSame(
                chip -> {
                    chip.port().poke(MESSAGE, "80");
                    chip.port().poke(CDB, INQUIRY);
                    chip.port().poke(0x3000, "00 08 00 35");
                    chip.port().write32(LsiPort.DSA, 0x3000 - 16);
                    LsiScript script =
                            new LsiScript()
                                    .selectTable(16, "end")
                                    .move(LsiScript.MSG_OUT, 1, MESSAGE)
                                    .move(LsiScript.COMMAND, 6, CDB)
                                    .move(LsiScript.DATA_IN, 36, BUFFER);
                    chip.run(end(script));
                    chip.noteMemory(BUFFER, 37);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 15})
    void nobody_at_a_target_times_out(int target) throws IOException {
        assertSame(
                chip -> {
                    chip.port().write(LsiPort.SIEN1, 0x04);
                    LsiScript script =
                            new LsiScript()
                                    .select(target, true, "end")
                                    .move(LsiScript.MSG_OUT, 1, MESSAGE)
                                    .label("end")
                                    .interrupt(1);
                    chip.run(script);
                    chip.noteLine();
                    chip.clearAttention();
                });
    }

    @ParameterizedTest
    @CsvSource({"0, 36", "2, 6", "3, 1", "6, 1", "7, 2"})
    void a_wrong_phase_stops_at_the_data(int phase, int count) throws IOException {
        assertSame(
                chip -> {
                    chip.port().write(LsiPort.SIEN0, 0x80);
                    chip.run(
                            chip.begin(INQUIRY)
                                    .move(phase, count, BUFFER)
                                    .label("end")
                                    .interrupt(1));
                    chip.noteLine();
                    chip.noteRegister(SSTAT1);
                });
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 10", "3, 1", "7, 1"})
    void a_wrong_phase_stops_at_the_message(int phase, int count) throws IOException {
        assertSame(
                chip -> {
                    LsiScript script =
                            new LsiScript()
                                    .select(0, true, "end")
                                    .move(phase, count, BUFFER)
                                    .label("end")
                                    .interrupt(1);
                    if (phase != LsiScript.COMMAND) {
                        chip.run(script);
                    }
                });
    }

    @Test
    void less_data_than_asked_for_is_a_mismatch_with_the_rest_counted() throws IOException {
        assertSame(
                chip -> {
                    chip.run(
                            chip.begin("12 00 00 00 10 00")
                                    .move(LsiScript.DATA_IN, 100, BUFFER)
                                    .label("end")
                                    .interrupt(1));
                    chip.noteMemory(BUFFER, 17);
                    chip.noteRegister32(DNAD);
                    chip.run(end(new LsiScript()));
                    chip.noteMemory(STATUS, 2);
                });
    }

    @Test
    void a_mismatch_jumps_where_it_is_told() throws IOException {
        assertSame(
                chip -> {
                    for (int control : new int[] {0x80, 0xc0, 0xa0, 0xe0}) {
                        chip.port().write(CCNTL0, control);
                        chip.port().write32(CSBC, 0x100);
                        LsiScript script =
                                chip.begin("12 00 00 00 10 00")
                                        .move(LsiScript.DATA_IN, 100, BUFFER)
                                        .interrupt(0)
                                        .label("first")
                                        .interrupt(1)
                                        .label("second")
                                        .interrupt(2)
                                        .label("end")
                                        .interrupt(3);
                        chip.port().write32(PMJAD1, (int) PROGRAM + script.offset("first"));
                        chip.port().write32(PMJAD2, (int) PROGRAM + script.offset("second"));
                        chip.run(script);
                        chip.noteRegister32(CSBC);
                        chip.noteRegister32(IA);
                        chip.run(end(new LsiScript()));
                        chip.noteMemory(STATUS, 2);
                    }
                    chip.port().write(CCNTL0, 0);
                });
    }

    @Test
    void interrupts_on_the_fly_do_not_stop() throws IOException {
        assertSame(
                chip -> {
                    chip.port().write(LsiPort.DIEN, 0x7d);
                    chip.run(new LsiScript().interruptOnTheFly(1).interrupt(2));
                    chip.noteLine();
                    chip.noteRegister(LsiPort.ISTAT0);
                    chip.run(new LsiScript().interrupt(3));
                    chip.noteLine();
                });
    }

    @Test
    void masked_interrupts_stop_without_raising_the_line() throws IOException {
        assertSame(
                chip -> {
                    for (int mask : new int[] {0, 0x04, 0x7d}) {
                        chip.port().write(LsiPort.DIEN, mask);
                        chip.run(new LsiScript().interrupt(mask));
                        chip.noteLine();
                    }
                });
    }

    @Test
    void memory_moves_copy() throws IOException {
        assertSame(
                chip -> {
                    chip.port().poke(0x2000, "000102030405060708090a0b0c0d0e0f1011121314151617");
                    for (int length : new int[] {1, 2, 3, 4, 7, 24}) {
                        LsiScript script =
                                new LsiScript()
                                        .memoryMove(length, 0x2000, 0x2100)
                                        .memoryMove(length, 0x2000, LsiPort.SCRIPT_RAM + 0x400)
                                        .memoryMove(length, LsiPort.SCRIPT_RAM + 0x400, 0x2200)
                                        .memoryMove(
                                                Math.min(length, 4),
                                                0x2000,
                                                LsiPort.REGISTERS + LsiPort.SCRATCHA)
                                        .memoryMove(4, LsiPort.REGISTERS + LsiPort.SCRATCHA, 0x2300)
                                        .interrupt(length);
                        chip.run(script);
                        chip.noteMemory(0x2100, 28);
                        chip.noteMemory(0x2200, 28);
                        chip.noteMemory(0x2300, 4);
                    }
                });
    }

    @Test
    void large_memory_moves_copy() throws IOException {
        assertSame(
                chip -> {
                    for (int i = 0; i < 0x3000; i += 4) {
                        chip.port().poke(BUFFER + i, String.format("%08x", i * 31));
                    }
                    chip.run(
                            new LsiScript()
                                    .memoryMove(0x2ffd, BUFFER + 1, BUFFER + 0x10001)
                                    .interrupt(1));
                    chip.noteMemory(BUFFER + 0x10000, 0x3004);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void loads_and_stores_move_registers(int count) throws IOException {
        assertSame(
                chip -> {
                    chip.port().poke(0x2000, "a1a2a3a4a5a6a7a8");
                    chip.port().write32(LsiPort.DSA, 0x2004);
                    chip.run(
                            new LsiScript()
                                    .load(LsiPort.SCRATCHA, count, 0x2000)
                                    .loadRelative(LsiPort.SCRATCHB, count, 0)
                                    .loadRelative(SCRATCHC, count, -4)
                                    .store(LsiPort.SCRATCHB, count, 0x2100)
                                    .storeRelative(LsiPort.SCRATCHA, count, 0x100)
                                    .interrupt(count));
                    chip.noteRegister32(LsiPort.SCRATCHA);
                    chip.noteRegister32(LsiPort.SCRATCHB);
                    chip.noteRegister32(SCRATCHC);
                    chip.noteMemory(0x2100, 12);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void register_operations_give_the_same(int operator) throws IOException {
        assertSame(
                chip -> {
                    for (int before : new int[] {0x00, 0x81, 0x7f, 0xff, 0x5a}) {
                        for (int data : new int[] {0x00, 0x01, 0x80, 0xff, 0x33}) {
                            for (boolean carry : new boolean[] {false, true}) {
                                operate(chip, operator, before, data, carry);
                            }
                        }
                    }
                });
    }

    private static void operate(LsiRecorder chip, int operator, int before, int data, boolean carry)
            throws IOException {
        int a = LsiPort.SCRATCHA;
        LsiScript script = new LsiScript();
        for (int i = 0; i < 3; i++) {
            script.modify(a + i, LsiScript.SET, before);
        }
        script.toSfbr(a, LsiScript.OR, 0);
        for (int way = 0; way < 3; way++) {
            if (carry) {
                script.set(LsiScript.CARRY);
            } else {
                script.clear(LsiScript.CARRY);
            }
            switch (way) {
                case 0 -> script.modify(a, operator, data);
                case 1 -> script.fromSfbr(a + 1, operator, data);
                default -> script.toSfbr(a + 2, operator, data);
            }
            script.jump(LsiScript.IF_TRUE | LsiScript.ON_CARRY, "carry" + way)
                    .modify(LsiPort.SCRATCHB + way, LsiScript.SET, 0)
                    .jump("on" + way)
                    .label("carry" + way)
                    .modify(LsiPort.SCRATCHB + way, LsiScript.SET, 1)
                    .label("on" + way);
        }
        chip.run(script.fromSfbr(a + 3, LsiScript.OR, 0).interrupt(operator));
        chip.note(String.format("%x %x %x %s", operator, before, data, carry));
        chip.noteRegister32(a);
        chip.noteRegister32(LsiPort.SCRATCHB);
    }

    @Test
    void jumps_compare_data_under_a_mask() throws IOException {
        assertSame(
                chip -> {
                    for (int sfbr : new int[] {0x00, 0x42, 0x4f, 0xff}) {
                        for (int condition : new int[] {0x0004_0042, 0x000c_0042, 0x000c_0f42}) {
                            chip.run(
                                    new LsiScript()
                                            .modify(LsiPort.SCRATCHA, LsiScript.SET, sfbr)
                                            .toSfbr(LsiPort.SCRATCHA, LsiScript.OR, 0)
                                            .jump(condition, "taken")
                                            .interrupt(0)
                                            .label("taken")
                                            .interrupt(1));
                        }
                    }
                });
    }

    @Test
    void calls_return_and_relative_jumps_land() throws IOException {
        assertSame(
                chip -> {
                    chip.run(
                            new LsiScript()
                                    .call(PROGRAM + 32)
                                    .word(0x8088_0000, 8)
                                    .interrupt(1)
                                    .interrupt(2)
                                    .modify(LsiPort.SCRATCHA, LsiScript.ADD, 1)
                                    .returnToCaller());
                    chip.noteRegister32(LsiPort.TEMP);
                    chip.run(
                            new LsiScript()
                                    .word(0x8088_0000, 8)
                                    .interrupt(1)
                                    .word(0x8880_0000, -16 & 0xff_ffff)
                                    .word(0x9888_0000, 7));
                });
    }

    @Test
    void phases_are_compared() throws IOException {
        assertSame(
                chip -> {
                    for (int phase = 0; phase < 8; phase++) {
                        chip.run(
                                end(
                                        chip.begin(READ_CAPACITY)
                                                .jumpWhenPhase(phase, "taken")
                                                .modify(LsiPort.SCRATCHA, LsiScript.SET, 0x10)
                                                .jump("on")
                                                .label("taken")
                                                .modify(LsiPort.SCRATCHA, LsiScript.SET, 0x20)
                                                .label("on")
                                                .move(LsiScript.DATA_IN, 8, BUFFER)));
                        chip.noteRegister(LsiPort.SCRATCHA);
                    }
                });
    }

    @Test
    void single_steps_stop_after_each_instruction() throws IOException {
        assertSame(
                chip -> {
                    chip.port().write(DCNTL, 0x10);
                    chip.run(
                            new LsiScript()
                                    .modify(LsiPort.SCRATCHA, LsiScript.SET, 1)
                                    .modify(LsiPort.SCRATCHA, LsiScript.SET, 2)
                                    .interrupt(3));
                    chip.noteRegister(LsiPort.SCRATCHA);
                    chip.port().write(DCNTL, 0x14);
                    chip.noteStop();
                    chip.noteRegister(LsiPort.SCRATCHA);
                    chip.port().write(DCNTL, 0x04);
                    chip.noteStop();
                });
    }

    @Test
    void manual_start_waits_for_its_bit() throws IOException {
        assertSame(
                chip -> {
                    chip.port().write(DMODE, 0x01);
                    chip.port().place(PROGRAM, new LsiScript().interrupt(5));
                    chip.port().start(PROGRAM);
                    chip.noteRegister(LsiPort.ISTAT0);
                    chip.port().write(DCNTL, 0x04);
                    chip.noteStop();
                });
    }

    @Test
    void a_wait_for_reselection_can_be_signalled_and_aborted() throws IOException {
        assertSame(
                chip -> {
                    LsiScript script =
                            new LsiScript()
                                    .waitReselect("signalled")
                                    .interrupt(1)
                                    .label("signalled")
                                    .toSfbr(LsiPort.CTEST2, LsiScript.OR, 0)
                                    .interrupt(2);
                    chip.port().place(PROGRAM, script);
                    chip.port().start(PROGRAM);
                    chip.noteRegister(LsiPort.ISTAT0);
                    chip.port().write(LsiPort.ISTAT0, LsiPort.SIGNAL);
                    chip.noteStop();
                    chip.noteRegister(LsiPort.ISTAT0);
                    chip.port().write(LsiPort.ISTAT0, LsiPort.SIGNAL);
                    chip.run(script);
                    chip.port().start(PROGRAM);
                    chip.noteRegister(LsiPort.ISTAT0);
                    chip.port().write(LsiPort.ISTAT0, LsiPort.ABORT);
                    chip.noteRegister(LsiPort.ISTAT0);
                    chip.port().write(LsiPort.ISTAT0, 0);
                    chip.noteStop();
                });
    }

    @Test
    void messages_are_answered_the_same() throws IOException {
        assertSame(
                chip -> {
                    chip.clearAttention();
                    for (String message :
                            new String[] {
                                "80 08", "c0", "80 20 05", "c0 20 ff", "80 21 01", "80 22 02"
                            }) {
                        chip.run(
                                end(
                                        chip.begin(message, INQUIRY)
                                                .move(LsiScript.DATA_IN, 36, BUFFER)));
                        chip.note("message " + message);
                        chip.noteMemory(STATUS, 2);
                    }
                });
    }

    @Test
    void a_soft_reset_forgets_everything() throws IOException {
        assertSame(
                chip -> {
                    chip.port().write(LsiPort.SIEN0, 0xff);
                    chip.port().write(LsiPort.DIEN, 0x7d);
                    chip.port().write32(LsiPort.SCRATCHA, 0x1234);
                    chip.port().place(PROGRAM, new LsiScript().interrupt(1));
                    chip.port().start(PROGRAM);
                    chip.port().write(LsiPort.ISTAT0, LsiPort.SOFT_RESET);
                    chip.port().write(LsiPort.ISTAT0, 0);
                    for (int register = 0; register < 0x100; register++) {
                        if (!LsiDifferencesTest.differs(register)) {
                            chip.noteRegister(register);
                        }
                    }
                    chip.clearAttention();
                    chip.noteMemory(STATUS, 2);
                });
    }

    @Test
    void a_bus_reset_is_told_by_chip_and_disk() throws IOException {
        assertSame(
                chip -> {
                    chip.clearAttention();
                    chip.clearAttention();
                    chip.noteMemory(STATUS, 2);
                    chip.port().write(LsiPort.SIEN0, 0x02);
                    chip.port().write(SCNTL1, 0x08);
                    chip.noteRegister(SCNTL1);
                    chip.port().write(SCNTL1, 0x00);
                    chip.noteStop();
                    chip.noteRegister(0x0d);
                    chip.run(end(chip.begin("00 00 00 00 00 00")));
                    chip.noteMemory(STATUS, 2);
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"06", "0d"})
    void a_message_that_ends_the_command_frees_the_bus(String message) throws IOException {
        assertSame(
                chip -> {
                    chip.clearAttention();
                    chip.port().poke(MESSAGE + 0x10, message);
                    chip.run(
                            chip.begin("80 20 01", INQUIRY)
                                    .set(LsiScript.ATN)
                                    .interrupt(1)
                                    .label("end")
                                    .interrupt(2));
                    chip.run(
                            new LsiScript()
                                    .modify(SCNTL2, LsiScript.AND, 0x7f)
                                    .move(LsiScript.MSG_OUT, 1, MESSAGE + 0x10)
                                    .waitDisconnect()
                                    .interrupt(3));
                    chip.run(
                            end(
                                    chip.begin(READ_CAPACITY)
                                            .jumpUnlessPhase(LsiScript.DATA_IN, "short")
                                            .move(LsiScript.DATA_IN, 8, BUFFER)
                                            .label("short")));
                    chip.noteMemory(STATUS, 2);
                });
    }
}
