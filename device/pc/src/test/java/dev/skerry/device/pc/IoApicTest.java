package dev.skerry.device.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;

/** Numbers are those of Intel's 82093AA data sheet (290566-001). */
class IoApicTest {
    private static final int LEVEL = 0x8000;
    private static final int MASKED = 0x10000;
    private static final int REMOTE_IRR = 0x4000;

    private final List<String> sent = new ArrayList<>();
    private final IoApic apic =
            new IoApic(
                    (destination, logical, mode, vector, level) ->
                            sent.add(
                                    String.format(
                                            "%02x %s mode %d vector %02x %s",
                                            destination,
                                            logical ? "logical" : "physical",
                                            mode,
                                            vector,
                                            level ? "level" : "edge")));

    private int read(int index) {
        apic.registers().write(0x00, 4, index);
        return (int) apic.registers().read(0x10, 4);
    }

    private void write(int index, int value) {
        apic.registers().write(0x00, 4, index);
        apic.registers().write(0x10, 4, value);
    }

    private void entry(int input, int low) {
        write(0x10 + 2 * input, low);
    }

    private List<String> takeSent() {
        List<String> was = List.copyOf(sent);
        sent.clear();
        return was;
    }

    private void pulse(int input) {
        apic.line(input).set(true);
        apic.line(input).set(false);
    }

    @ParameterizedTest(name = "index {0}: reset {1}, all ones read {2}")
    @CsvSource({
        "0x00, 0x00000000, 0x0f000000",
        "0x01, 0x00170020, 0x00170020",
        "0x02, 0x00000000, 0x00000000",
        "0x03, 0x00000000, 0x00000000",
        "0x10, 0x00010000, 0x0001afff",
        "0x11, 0x00000000, 0xff000000",
        "0x3e, 0x00010000, 0x0001afff",
        "0x3f, 0x00000000, 0xff000000",
        "0x40, 0x00000000, 0x00000000",
        "0xff, 0x00000000, 0x00000000"
    })
    void register_has_its_reset_value_and_writable_bits(String at, String reset, String ones) {
        int index = Integer.decode(at);
        assertEquals(Integer.decode(reset), read(index));
        write(index, -1);
        assertEquals((int) Long.decode(ones).longValue(), read(index));
        apic.reset();
        assertEquals(Integer.decode(reset), read(index));
    }

    @Test
    void arbitration_follows_the_id() {
        write(0x00, 0x0500_0000);
        assertEquals(0x0500_0000, read(0x02));
    }

    @ParameterizedTest(name = "{0} to {1}: {2}")
    @CsvSource({
        "0x00031, 0x03000000, 03 physical mode 0 vector 31 edge",
        "0x00931, 0x0f000000, 0f logical mode 1 vector 31 edge",
        "0x00400, 0xff000000, ff physical mode 4 vector 00 edge",
        "0x00700, 0x00000000, 00 physical mode 7 vector 00 edge",
        "0x0a031, 0x80000000, 80 physical mode 0 vector 31 level"
    })
    void entry_says_what_is_sent(String low, String high, String message) {
        write(0x10 + 2 * 23 + 1, (int) Long.decode(high).longValue());
        entry(23, Integer.decode(low));
        apic.line(23).set(true);
        assertEquals(List.of(message), takeSent());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 9, 16, 23})
    void edge_is_sent_at_each_rise(int input) {
        entry(input, 0x40 + input);
        apic.line(input).set(true);
        apic.line(input).set(true);
        assertEquals(1, takeSent().size());
        apic.line(input).set(false);
        assertEquals(0, takeSent().size());
        pulse(input);
        pulse(input);
        assertEquals(2, takeSent().size());
        assertEquals(0, read(0x10 + 2 * input) & REMOTE_IRR);
    }

    @Test
    void edge_on_a_masked_input_is_lost() {
        entry(4, 0x44 | MASKED);
        pulse(4);
        apic.line(4).set(true);
        entry(4, 0x44);
        assertEquals(0, takeSent().size());
    }

    @Test
    void level_is_sent_once_until_its_end_and_again_while_it_is_up() {
        entry(10, 0x5a | LEVEL);
        apic.line(10).set(true);
        assertEquals(1, takeSent().size());
        assertEquals(REMOTE_IRR, read(0x24) & REMOTE_IRR);
        apic.line(10).set(false);
        apic.line(10).set(true);
        assertEquals(0, takeSent().size());
        apic.endOfInterrupt(0x5b);
        assertEquals(0, takeSent().size());
        apic.endOfInterrupt(0x5a);
        assertEquals(1, takeSent().size());
        apic.line(10).set(false);
        apic.registers().write(0x40, 4, 0x5a);
        assertEquals(0, takeSent().size());
        assertEquals(0, read(0x24) & REMOTE_IRR);
    }

    @Test
    void end_counts_for_all_inputs_of_the_vector() {
        entry(10, 0x5a | LEVEL);
        entry(11, 0x5a | LEVEL);
        apic.line(10).set(true);
        apic.line(11).set(true);
        takeSent();
        apic.endOfInterrupt(0x5a);
        assertEquals(2, takeSent().size());
    }

    @Test
    void masked_level_waits_for_its_unmasking() {
        entry(10, 0x5a | LEVEL | MASKED);
        apic.line(10).set(true);
        assertEquals(0, takeSent().size());
        entry(10, 0x5a | LEVEL);
        assertEquals(1, takeSent().size());
        entry(10, 0x5a | LEVEL | MASKED);
        apic.endOfInterrupt(0x5a);
        assertEquals(0, takeSent().size());
        assertEquals(0, read(0x24) & REMOTE_IRR);
    }

    @Test
    void turning_to_edge_and_back_frees_a_stuck_level() {
        entry(10, 0x5a | LEVEL);
        apic.line(10).set(true);
        entry(10, 0x5b | LEVEL);
        assertEquals(REMOTE_IRR, read(0x24) & REMOTE_IRR);
        entry(10, 0x5b | MASKED);
        assertEquals(0, read(0x24) & REMOTE_IRR);
        takeSent();
        entry(10, 0x5b | LEVEL);
        assertEquals(1, takeSent().size());
    }
}
