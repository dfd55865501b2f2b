package dev.skerry.device.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.workbench.ManualHost;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers are those of the ACPI specification 6.5, 4.8.3. */
class PowerManagementTest {
    private static final int TIMER = 0x0001;
    private static final int GLOBAL = 0x0020;
    private static final int BUTTON = 0x0100;
    private static final int CLOCK = 0x400;

    private final ManualHost host = new ManualHost();
    private final RecordedLine sci = new RecordedLine();
    private final CountedPower power = new CountedPower();
    private final PowerManagement pm = new PowerManagement(host, power, sci);

    private long status() {
        return pm.events().read(0, 2);
    }

    private void enable(int bits) {
        pm.events().write(2, 2, bits);
    }

    private void acpi() {
        pm.mode().write(0, 1, PowerManagement.ACPI_ENABLE);
    }

    @Test
    void guest_changes_the_mode_and_sees_it() {
        assertEquals(0, pm.control().read(0, 2));
        acpi();
        assertEquals(1, pm.control().read(0, 2));
        pm.control().write(0, 2, 0);
        assertEquals(1, pm.control().read(0, 2));
        pm.mode().write(0, 1, PowerManagement.ACPI_DISABLE);
        assertEquals(0, pm.control().read(0, 2));
        assertEquals(PowerManagement.ACPI_DISABLE, pm.mode().read(0, 1));
        pm.mode().write(1, 1, 0x5a);
        assertEquals(0x5a, pm.mode().read(1, 1));
    }

    @Test
    void power_button_interrupts_in_acpi_mode_until_its_status_is_cleared() {
        enable(BUTTON);
        pm.pressPowerButton();
        assertFalse(sci.isUp());
        acpi();
        assertTrue(sci.isUp());
        assertEquals(BUTTON, status());
        pm.events().write(0, 2, TIMER | GLOBAL);
        assertTrue(sci.isUp());
        pm.events().write(1, 1, 1);
        assertFalse(sci.isUp());
        assertEquals(0, status());
    }

    @Test
    void enables_that_exist_read_back() {
        enable(0xffff);
        assertEquals(TIMER | GLOBAL | BUTTON | CLOCK, pm.events().read(2, 2));
        pm.events().write(3, 1, 0);
        assertEquals(TIMER | GLOBAL, pm.events().read(2, 2));
        assertEquals(0x0021_0000L, pm.events().read(0, 4));
    }

    @Test
    void timer_counts_3579545_a_second_in_24_bits() {
        assertEquals(0, pm.timer().read(0, 4));
        host.advance(1_000_000_000);
        assertEquals(3_579_545, pm.timer().read(0, 4));
        host.advance(4_000_000_000L);
        assertEquals(5 * 3_579_545 - 0x100_0000, pm.timer().read(0, 4));
        pm.timer().write(0, 4, 0);
        assertEquals(5 * 3_579_545 - 0x100_0000, pm.timer().read(0, 4));
    }

    @Test
    void timer_status_comes_every_half_round() {
        acpi();
        enable(TIMER);
        // 2^23 ticks are 2343484437 ns.
        host.advance(2_343_484_436L);
        assertEquals(0, status());
        assertFalse(sci.isUp());
        host.advance(2);
        assertTrue(sci.isUp());
        pm.events().write(0, 2, TIMER);
        assertFalse(sci.isUp());
        host.advance(2_343_484_440L);
        assertTrue(sci.isUp());
        enable(0);
        assertFalse(host.hasArmedTimer());
        pm.events().write(0, 2, TIMER);
        host.advance(3_000_000_000L);
        assertEquals(TIMER, status());
    }

    @ParameterizedTest(name = "PM1_CNT {0}: off {1} times")
    @CsvSource({"0x2000, 1", "0x2001, 1", "0x0000, 0", "0x2400, 0", "0x3c00, 0", "0x1c00, 0"})
    void sleep_in_state_5_switches_off(String control, int times) {
        pm.control().write(0, 2, Integer.decode(control));
        assertEquals(times, power.offs());
        assertEquals(0, pm.control().read(0, 2) & 0x2000);
    }

    @ParameterizedTest(name = "0xcf9 {0}: {1} resets, reads {2}")
    @CsvSource({"0x02, 0, 2", "0x04, 1, 0", "0x06, 1, 2", "0x0e, 1, 2", "0xf9, 0, 0"})
    void reset_control_resets(String value, int resets, int reads) {
        pm.resetControl().write(0, 1, Integer.decode(value));
        assertEquals(resets, power.resets());
        assertEquals(reads, pm.resetControl().read(0, 1));
    }

    @Test
    void reset_forgets_events() {
        acpi();
        enable(BUTTON | TIMER);
        pm.pressPowerButton();
        pm.reset();
        assertFalse(sci.isUp());
        assertEquals(0, pm.events().read(0, 4));
        assertEquals(0, pm.control().read(0, 2));
        assertFalse(host.hasArmedTimer());
    }
}
