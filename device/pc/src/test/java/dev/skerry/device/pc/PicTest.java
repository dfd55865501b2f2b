package dev.skerry.device.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers are those of Intel's 8259A data sheet. */
class PicTest {
    private static final int BASE1 = 0x20;
    private static final int BASE2 = 0x70;
    private static final int NON_SPECIFIC_EOI = 0x20;
    private static final int READ_REQUESTS = 0x0a;
    private static final int READ_IN_SERVICE = 0x0b;
    private static final int POLL = 0x0c;

    private final RecordedLine intr = new RecordedLine();
    private final Pic pic = new Pic(intr);

    @BeforeEach
    void initialise() {
        initialise(0x01, 0x01);
    }

    private void initialise(int firstIcw4, int secondIcw4) {
        command1(0x11);
        mask1(BASE1);
        mask1(0x04);
        mask1(firstIcw4);
        command2(0x11);
        mask2(BASE2);
        mask2(0x02);
        mask2(secondIcw4);
    }

    private void command1(int value) {
        pic.firstPorts().write(0, 1, value);
    }

    private void mask1(int value) {
        pic.firstPorts().write(1, 1, value);
    }

    private void command2(int value) {
        pic.secondPorts().write(0, 1, value);
    }

    private void mask2(int value) {
        pic.secondPorts().write(1, 1, value);
    }

    private int read1(int command) {
        command1(command);
        return (int) pic.firstPorts().read(0, 1);
    }

    private int read2(int command) {
        command2(command);
        return (int) pic.secondPorts().read(0, 1);
    }

    private void up(int irq) {
        pic.line(irq).set(true);
    }

    private void down(int irq) {
        pic.line(irq).set(false);
    }

    private void pulse(int irq) {
        up(irq);
        down(irq);
    }

    private void end(int irq) {
        if (irq >= 8) {
            command2(NON_SPECIFIC_EOI);
        }
        command1(NON_SPECIFIC_EOI);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
    void input_gives_its_vector_once_for_an_edge(int irq) {
        assertFalse(intr.isUp());
        up(irq);
        assertTrue(intr.isUp());
        assertEquals(irq < 8 ? BASE1 + irq : BASE2 + irq - 8, pic.acknowledge());
        assertFalse(intr.isUp());
        end(irq);
        assertFalse(intr.isUp());
        up(irq);
        assertFalse(intr.isUp());
        pulse(irq);
        up(irq);
        assertTrue(intr.isUp());
    }

    @Test
    void cascade_is_no_input() {
        assertThrows(IllegalArgumentException.class, () -> pic.line(Pic.CASCADE));
        assertThrows(IllegalArgumentException.class, () -> pic.line(16));
        assertThrows(IllegalArgumentException.class, () -> pic.line(-1));
    }

    @Test
    void requests_are_served_in_the_order_of_their_inputs() {
        int[] raised = {7, 15, 3, 9, 8, 1, 14, 0};
        for (int irq : raised) {
            pulse(irq);
        }
        int[] expected = {0, 1, 8, 9, 14, 15, 3, 7};
        for (int irq : expected) {
            assertEquals(irq < 8 ? BASE1 + irq : BASE2 + irq - 8, pic.acknowledge());
            end(irq);
        }
        assertFalse(intr.isUp());
    }

    @Test
    void request_in_service_holds_back_its_like_and_lesser_but_not_greater_ones() {
        pulse(4);
        assertEquals(BASE1 + 4, pic.acknowledge());
        pulse(4);
        pulse(5);
        assertFalse(intr.isUp());
        pulse(3);
        assertTrue(intr.isUp());
        assertEquals(BASE1 + 3, pic.acknowledge());
        assertEquals(0x18, read1(READ_IN_SERVICE));
        assertEquals(0x30, read1(READ_REQUESTS));
        command1(NON_SPECIFIC_EOI);
        assertEquals(0x10, read1(READ_IN_SERVICE));
        assertFalse(intr.isUp());
        command1(NON_SPECIFIC_EOI);
        assertEquals(BASE1 + 4, pic.acknowledge());
    }

    @Test
    void masked_request_waits_and_the_mask_reads_back() {
        mask1(0x10);
        mask2(0x5a);
        pulse(4);
        assertFalse(intr.isUp());
        assertEquals(0x10, pic.firstPorts().read(1, 1));
        assertEquals(0x5a, pic.secondPorts().read(1, 1));
        mask1(0);
        assertTrue(intr.isUp());
    }

    @Test
    void request_that_was_masked_meanwhile_is_answered_with_input_7_and_not_in_service() {
        pulse(4);
        mask1(0xff);
        assertFalse(intr.isUp());
        assertEquals(BASE1 + 7, pic.acknowledge());
        assertEquals(0, read1(READ_IN_SERVICE));
    }

    @Test
    void request_lost_behind_the_cascade_is_answered_with_input_15_and_only_the_cascade_serves() {
        pic.triggerPorts().write(1, 1, 0x08);
        up(11);
        down(11);
        assertTrue(intr.isUp());
        assertEquals(BASE2 + 7, pic.acknowledge());
        assertEquals(0, read2(READ_IN_SERVICE));
        assertEquals(0x04, read1(READ_IN_SERVICE));
    }

    @Test
    void second_request_behind_the_cascade_is_not_lost() {
        initialise(0x03, 0x03);
        pulse(8);
        pulse(9);
        assertEquals(BASE2, pic.acknowledge());
        assertTrue(intr.isUp());
        assertEquals(BASE2 + 1, pic.acknowledge());
        assertFalse(intr.isUp());
    }

    @Test
    void level_asks_again_until_it_is_down() {
        pic.triggerPorts().write(1, 1, 0x0c);
        up(10);
        assertEquals(BASE2 + 2, pic.acknowledge());
        assertFalse(intr.isUp());
        end(10);
        assertTrue(intr.isUp());
        assertEquals(BASE2 + 2, pic.acknowledge());
        down(10);
        end(10);
        assertFalse(intr.isUp());
    }

    @Test
    void trigger_registers_keep_the_fixed_inputs_by_edge() {
        pic.triggerPorts().write(0, 2, 0xffff);
        assertEquals(0xdef8, pic.triggerPorts().read(0, 2));
        pic.reset();
        assertEquals(0, pic.triggerPorts().read(0, 2));
    }

    @Test
    void automatic_end_leaves_nothing_in_service() {
        initialise(0x03, 0x01);
        pulse(6);
        assertEquals(BASE1 + 6, pic.acknowledge());
        assertEquals(0, read1(READ_IN_SERVICE));
        pulse(7);
        assertEquals(BASE1 + 7, pic.acknowledge());
    }

    @Test
    void rotating_automatic_end_puts_the_served_input_last() {
        initialise(0x03, 0x01);
        command1(0x80);
        pulse(3);
        assertEquals(BASE1 + 3, pic.acknowledge());
        pulse(3);
        pulse(7);
        assertEquals(BASE1 + 7, pic.acknowledge());
        assertEquals(BASE1 + 3, pic.acknowledge());
        command1(0x00);
        pulse(0);
        pulse(7);
        assertEquals(BASE1 + 7, pic.acknowledge());
        pulse(7);
        assertEquals(BASE1 + 7, pic.acknowledge());
    }

    @Test
    void rotate_on_non_specific_end_puts_the_ended_input_last() {
        pulse(4);
        assertEquals(BASE1 + 4, pic.acknowledge());
        command1(0xa0);
        pulse(4);
        pulse(6);
        assertEquals(BASE1 + 6, pic.acknowledge());
        // 6 ranks above 4 now, so that 4 has to wait.
        assertFalse(intr.isUp());
    }

    @ParameterizedTest(name = "lowest {0}: {1} before {2}")
    @CsvSource({"0, 1, 0", "3, 4, 3", "5, 7, 4", "7, 0, 7"})
    void set_priority_names_the_lowest(int lowest, int earlier, int later) {
        command1(0xc0 | lowest);
        pulse(later);
        pulse(earlier);
        assertEquals(BASE1 + earlier, pic.acknowledge());
        command1(0x60 | earlier);
        assertEquals(BASE1 + later, pic.acknowledge());
    }

    @Test
    void specific_end_ends_the_named_input_and_can_rotate() {
        pulse(5);
        pic.acknowledge();
        pulse(1);
        pic.acknowledge();
        command1(0x65);
        assertEquals(0x02, read1(READ_IN_SERVICE));
        command1(0xe1);
        assertEquals(0, read1(READ_IN_SERVICE));
        pulse(1);
        pulse(7);
        assertEquals(BASE1 + 7, pic.acknowledge());
    }

    @Test
    void special_mask_mode_lets_lesser_requests_through_a_masked_one_in_service() {
        pulse(3);
        pic.acknowledge();
        pulse(6);
        assertFalse(intr.isUp());
        mask1(0x08);
        assertFalse(intr.isUp());
        command1(0x68);
        assertTrue(intr.isUp());
        assertEquals(BASE1 + 6, pic.acknowledge());
        command1(NON_SPECIFIC_EOI);
        assertEquals(0x08, read1(READ_IN_SERVICE));
        command1(0x48);
        pulse(6);
        assertFalse(intr.isUp());
    }

    @Test
    void special_fully_nested_mode_lets_the_cascade_through_itself() {
        initialise(0x11, 0x01);
        pulse(12);
        assertEquals(BASE2 + 4, pic.acknowledge());
        pulse(13);
        assertFalse(intr.isUp());
        pulse(9);
        assertTrue(intr.isUp());
        assertEquals(BASE2 + 1, pic.acknowledge());
    }

    @Test
    void poll_acknowledges_and_says_which() {
        assertEquals(0, read1(POLL));
        pulse(5);
        assertEquals(0x85, read1(POLL));
        assertFalse(intr.isUp());
        assertEquals(0x20, read1(READ_IN_SERVICE));
        command1(NON_SPECIFIC_EOI);
        pulse(14);
        assertEquals(0x82, read1(POLL));
        assertEquals(0x86, read2(POLL));
        assertEquals(0x40, read2(READ_IN_SERVICE));
    }

    @Test
    void initialisation_forgets_edges_and_masks_but_not_levels() {
        pic.triggerPorts().write(1, 1, 0x08);
        mask1(0xff);
        up(4);
        up(11);
        initialise(0x01, 0x01);
        assertEquals(0, pic.firstPorts().read(1, 1));
        assertEquals(0x04, read1(READ_REQUESTS));
        assertEquals(0x08, read2(READ_REQUESTS));
        assertEquals(BASE2 + 3, pic.acknowledge());
    }

    @Test
    void chip_without_icw4_takes_its_mask_after_icw3() {
        command1(0x10);
        mask1(0x40);
        mask1(0x04);
        mask1(0xbf);
        assertEquals(0xbf, pic.firstPorts().read(1, 1));
        pulse(6);
        assertEquals(0x46, pic.acknowledge());
    }
}
