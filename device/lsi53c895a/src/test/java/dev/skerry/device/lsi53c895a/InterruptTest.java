package dev.skerry.device.lsi53c895a;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Causes, masks, stacking and the two timers (manual, 2.2.17 and 4.2). */
class InterruptTest {
    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void script_interrupt_reaches_the_pin_if_enabled() {
        bench.run(new Script().interrupt(1));
        assertEquals(0x01, bench.read(LsiRegister.ISTAT0));
        assertFalse(bench.lineIsUp);
        bench.write(LsiRegister.DIEN, 0x04);
        assertTrue(bench.lineIsUp);
        bench.write(LsiRegister.DCNTL, 0x02);
        assertFalse(bench.lineIsUp, "IRQD");
        bench.write(LsiRegister.DCNTL, 0x00);
        bench.write(LsiRegister.ISTAT1, 0x01);
        assertFalse(bench.lineIsUp, "SIRQD");
        bench.write(LsiRegister.ISTAT1, 0x00);
        assertTrue(bench.lineIsUp);
        bench.expectInterrupt(1);
        assertFalse(bench.lineIsUp);
    }

    @Test
    void interrupt_on_the_fly_lets_scripts_go_on() {
        bench.run(new Script().interruptOnTheFly(7).interrupt(8));
        assertEquals(0x05, bench.read(LsiRegister.ISTAT0));
        assertTrue(bench.lineIsUp, "it has no mask");
        bench.write(LsiRegister.ISTAT0, 0x04);
        assertEquals(0x01, bench.read(LsiRegister.ISTAT0));
        bench.expectInterrupt(8);
    }

    @Test
    void second_interrupt_waits_behind_the_first() {
        bench.write(LsiRegister.DIEN, 0x7d);
        bench.run(new Script().interrupt(1));
        bench.write(LsiRegister.ISTAT0, 0x80);
        bench.write(LsiRegister.ISTAT0, 0x00);
        assertEquals(0x84, bench.read(LsiRegister.DSTAT));
        assertTrue(bench.lineIsUp);
        assertEquals(0x90, bench.read(LsiRegister.DSTAT));
        assertFalse(bench.lineIsUp);
        assertEquals(0x80, bench.read(LsiRegister.DSTAT));
    }

    @Test
    void scsi_interrupts_stack_too() {
        bench.run(new Script().select(3, true, "x").label("x").interrupt(1));
        assertEquals(0x03, bench.read(LsiRegister.ISTAT0), "time-out lets other instructions be");
        bench.write(LsiRegister.SCNTL1, 0x08);
        assertEquals(0x02, bench.read(LsiRegister.SSTAT0) & 0x02);
        bench.expectScsi(Interrupts.SELECTION_TIMEOUT);
        bench.expectScsi(Interrupts.BUS_RESET);
        assertEquals(0x84, bench.read(LsiRegister.DSTAT));
        bench.write(LsiRegister.SCNTL1, 0x00);
        assertEquals(0x00, bench.read(LsiRegister.SSTAT0));
        assertEquals(0x00, bench.read(LsiRegister.ISTAT0));
    }

    @Test
    void a_chip_that_stands_in_reports_a_bus_reset_until_it_is_read() {
        bench.chip.standIn();
        assertTrue(bench.lineIsUp, "though it is masked");
        assertEquals(0x02, bench.read(LsiRegister.ISTAT0));
        bench.expectScsi(Interrupts.BUS_RESET);
        assertFalse(bench.lineIsUp);
        assertEquals(0x00, bench.read(LsiRegister.ISTAT0));
    }

    @Test
    void a_chip_that_stands_in_before_there_is_a_driver_leaves_its_line_down() {
        bench.chip.function().writeConfig(0x04, 2, 0x3);
        bench.chip.standIn();
        assertFalse(bench.lineIsUp);
        bench.chip.function().writeConfig(0x04, 2, 0x7);
        assertTrue(bench.lineIsUp);
    }

    @Test
    void a_chip_that_stands_in_and_is_reset_has_nothing_to_report() {
        bench.chip.standIn();
        bench.write(LsiRegister.ISTAT0, 0x40);
        assertFalse(bench.lineIsUp);
        assertEquals(0x00, bench.read(LsiRegister.ISTAT0));
        bench.chip.standIn();
        bench.chip.reset();
        assertFalse(bench.lineIsUp);
    }

    @Test
    void selection_time_out_stops_at_the_next_use_of_the_bus() {
        bench.run(
                new Script()
                        .select(5, true, "x")
                        .register(7, 0, LsiRegister.SCRATCHA.offset(), 1)
                        .jumpWhen(Script.MSG_OUT, "x")
                        .label("x")
                        .interrupt(1));
        assertEquals(1, bench.read(LsiRegister.SCRATCHA));
        assertEquals((int) Bench.SCRIPT + 24, bench.read(LsiRegister.DSP));
        assertEquals(0x02, bench.read(LsiRegister.ISTAT0));
        bench.expectScsi(Interrupts.SELECTION_TIMEOUT);
    }

    @ParameterizedTest(name = "STIME1 {0}: after {1} ns")
    @CsvSource({"0x01, 125000", "0x05, 2000000", "0x0f, 2048000000", "0x21, 2000000"})
    void general_timer_takes_its_time(String stime1, long ns) {
        bench.write(LsiRegister.SIEN1, 0x02);
        bench.write(LsiRegister.STIME1, Integer.decode(stime1));
        bench.host.advance(ns - 1);
        assertFalse(bench.lineIsUp);
        bench.host.advance(1);
        assertTrue(bench.lineIsUp);
        bench.expectScsi(Interrupts.GENERAL_TIMER);
        assertFalse(bench.lineIsUp);
    }

    @Test
    void masked_timer_is_seen_in_its_register_alone_and_stops_nothing() {
        bench.write(LsiRegister.STIME1, 0x01);
        bench.run(new Script().waitReselect("x").interrupt(1).label("x").interrupt(2));
        bench.host.advance(125_000);
        assertEquals(0, bench.read(LsiRegister.ISTAT0));
        assertEquals(2, bench.read(LsiRegister.ISTAT1));
        bench.expectScsi(Interrupts.GENERAL_TIMER);
        bench.write(LsiRegister.STIME1, 0x01);
        bench.write(LsiRegister.STIME1, 0x00);
        bench.host.advance(1_000_000);
        bench.expectScsi(0);
    }

    @Test
    void handshake_timer_notices_a_target_that_says_nothing() {
        bench.disk.defers = true;
        bench.write(LsiRegister.SIEN1, 0x01);
        bench.write(LsiRegister.STIME0, 0x10);
        bench.poke(0x1000, "80");
        bench.poke(0x1010, "35000000000000000000");
        Script script =
                new Script()
                        .select(0, true, "x")
                        .move(Script.MSG_OUT, 1, 0x1000)
                        .move(Script.COMMAND, 10, 0x1010)
                        .jumpWhen(Script.STATUS, "x")
                        .label("x")
                        .interrupt(1);
        bench.run(script);
        // The first answer is the unit attention, at once.
        bench.expectInterrupt(1);
        bench.write(LsiRegister.ISTAT0, 0x40);
        bench.write(LsiRegister.SIEN1, 0x01);
        bench.write(LsiRegister.STIME0, 0x10);
        bench.run(script);
        assertEquals(2, bench.read(LsiRegister.ISTAT1));
        bench.host.advance(124_999);
        assertFalse(bench.lineIsUp);
        bench.host.advance(1);
        bench.expectScsi(Interrupts.HANDSHAKE_TIMER);
        assertEquals(0, bench.read(LsiRegister.ISTAT1), "enabled, hence fatal");
    }

    @Test
    void abort_message_with_a_disconnection_nobody_expects() {
        bench.poke(0x1000, "8006");
        bench.run(
                new Script()
                        .select(0, true, "x")
                        .move(Script.MSG_OUT, 2, 0x1000)
                        .label("x")
                        .interrupt(1));
        bench.expectScsi(Interrupts.UNEXPECTED_DISCONNECT);
        bench.run(
                new Script()
                        .select(0, true, "x")
                        .register(7, 4, LsiRegister.SCNTL2.offset(), 0x7f)
                        .move(Script.MSG_OUT, 2, 0x1000)
                        .waitDisconnect()
                        .label("x")
                        .interrupt(1));
        bench.expectInterrupt(1);
        assertEquals(0, bench.read(LsiRegister.SCNTL1));
    }

    @Test
    void idle_chip_is_reselected_by_interrupt_if_asked() {
        bench.poke(0x1000, "c0");
        bench.poke(0x1010, "28000000000000000100");
        bench.write(LsiRegister.SCID, 0x47);
        bench.write(LsiRegister.SIEN0, 0x10);
        Script script =
                new Script()
                        .select(0, true, "x")
                        .move(Script.MSG_OUT, 1, 0x1000)
                        .move(Script.COMMAND, 10, 0x1010)
                        .move(Script.MSG_IN, 1, 0x1020)
                        .clear(0x40)
                        .waitDisconnect()
                        .label("x")
                        .interrupt(1);
        bench.run(script);
        // A unit attention: status, not a message.
        bench.expectScsi(Interrupts.PHASE_MISMATCH);
        bench.write(LsiRegister.ISTAT0, 0x40);
        bench.write(LsiRegister.SCID, 0x47);
        bench.write(LsiRegister.SIEN0, 0x10);
        bench.disk.defers = true;
        bench.run(script);
        bench.disk.complete();
        assertEquals(0x01, bench.read(LsiRegister.ISTAT0), "not while another interrupt waits");
        assertEquals(0x84, bench.read(LsiRegister.DSTAT));
        assertTrue(bench.lineIsUp);
        assertEquals(0x80, bench.read(LsiRegister.SSID));
        assertEquals(0x10, bench.read(LsiRegister.SCNTL1));
        bench.expectScsi(Interrupts.RESELECTED);
        bench.run(
                new Script()
                        .move(Script.MSG_IN, 1, 0x1020)
                        .clear(0x40)
                        .move(Script.DATA_IN, 512, 0x2000)
                        .interrupt(2));
        bench.expectInterrupt(2);
        assertEquals("80", bench.peek(0x1020, 1));
        assertEquals(0x80, bench.read(LsiRegister.SIDL) & 0xff, "the last byte of a message");
    }

    @Test
    void soft_reset_forgets_everything() {
        bench.run(new Script().select(0, true, "x").label("x").interrupt(1));
        assertEquals(0x10, bench.read(LsiRegister.SCNTL1));
        bench.write(LsiRegister.ISTAT0, 0x40);
        assertEquals(0, bench.read(LsiRegister.ISTAT0));
        assertEquals(0, bench.read(LsiRegister.SCNTL1));
        assertEquals(0x80, bench.read(LsiRegister.DSTAT));
    }
}
